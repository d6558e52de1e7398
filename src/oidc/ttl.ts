import type { Configuration } from 'oidc-provider';
import { type Clock, seconds } from '../core/clock.ts';
import { isFapi } from '../tenants/settings/protocol.ts';
import type { TenantSettings } from '../tenants/settings.ts';

/** Seconds that a user has for all steps of a sign-in. */
const INTERACTION = 3600;

/** How long each thing lives, in seconds, by the tenant's settings. */
export function ttl({ tokens, session, protocol }: TenantSettings, clock: Clock): Configuration['ttl'] {
  const untilMaxAge = (begun: number) => begun + tokens.refresh_token_max_age - seconds(clock);
  return {
    AccessToken: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? tokens.access_token_ttl,
    ClientCredentials: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? tokens.client_credentials_ttl,
    // FAPI 2.0 Security Profile 5.3.2.1: a minute at the most.
    AuthorizationCode: isFapi(protocol) ? Math.min(60, tokens.authorization_code_ttl) : tokens.authorization_code_ttl,
    IdToken: tokens.id_token_ttl,
    // Idle expiry moves with each rotation, the absolute one does not: `iiat` is when the chain began.
    RefreshToken: (_ctx, token) => Math.max(1, Math.min(tokens.refresh_token_ttl, untilMaxAge(token.iiat!))),
    DeviceCode: protocol.device_authorization.code_ttl,
    BackchannelAuthenticationRequest: (ctx) =>
      Math.min(protocol.ciba.request_ttl, Number(ctx.oidc.params?.requested_expiry ?? Infinity)),
    Interaction: INTERACTION,
    Session: session.ttl,
    // Grants outlive all that goes by them.
    Grant: Math.max(session.ttl, tokens.refresh_token_max_age),
  };
}
