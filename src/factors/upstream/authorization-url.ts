import type { Tenant } from '../../tenants/tenant.ts';
import { type Connection, callbackUri } from './connection.ts';
import { challengeOf, nonceOf } from './flow.ts';
import type { Wishes } from './protocol.ts';

/** Only providers of OpenID Connect are told of wishes. */
export function authorizationUrl(
  tenant: Tenant,
  connection: Connection,
  endpoint: string,
  state: string,
  { loginHint, prompt, acrValues, maxAge }: Wishes,
): string {
  const url = new URL(endpoint);
  const params = {
    client_id: connection.clientId,
    response_type: 'code',
    redirect_uri: callbackUri(tenant, connection.id),
    scope: connection.scopes.join(' ') || undefined,
    state,
    code_challenge: challengeOf(tenant, state),
    code_challenge_method: 'S256',
    response_mode: connection.responseMode,
    ...(connection.type === 'oidc' && {
      nonce: nonceOf(tenant, state),
      login_hint: loginHint,
      prompt,
      acr_values: acrValues,
      max_age: maxAge?.toString(),
    }),
  };
  for (const [name, value] of Object.entries(params)) if (value !== undefined) url.searchParams.set(name, value);
  return url.href;
}
