import { open } from '../../core/sealing.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { connectionOf } from './connection.ts';
import type { Discover } from './discovery.ts';
import type { UpstreamIdentity } from './identity.ts';
import { Refusal } from './refusal.ts';

export const idTokenKey = (tenant: Tenant): Buffer => tenant.secretFor('upstream ID tokens');
export const idTokenContext = (upstreamId: string): string => `ID token of ${upstreamId}`;

export type SignOut = Pick<UpstreamIdentity, 'upstreamId' | 'idToken'> & {
  /** Registered there; `state` comes back with it. */
  postLogoutRedirectUri: string;
  state: string;
};

/**
 * Where the browser goes to end the session at the upstream, too (OpenID Connect RP-Initiated Logout 1.0). Undefined where
 * the tenant does not want it, or the upstream has no such place or is down: our own sign-out does not wait for it.
 */
export async function logoutUrl(
  discover: Discover,
  tenant: Tenant,
  { upstreamId, idToken, postLogoutRedirectUri, state }: SignOut,
): Promise<string | undefined> {
  const upstream = tenant.settings.upstreams.find(({ id }) => id === upstreamId);
  if (!upstream?.enabled || !upstream.logout) return undefined;
  const connection = connectionOf(upstream);
  if (connection.type !== 'oidc') return undefined;
  const endpoint = await discover(connection).then(
    ({ metadata }) => metadata.end_session_endpoint,
    (error) => {
      if (error instanceof Refusal) return undefined;
      throw error;
    },
  );
  if (!endpoint) return undefined;
  const url = new URL(endpoint);
  url.searchParams.set('client_id', connection.clientId);
  url.searchParams.set('post_logout_redirect_uri', postLogoutRedirectUri);
  url.searchParams.set('state', state);
  if (idToken)
    url.searchParams.set('id_token_hint', open(idTokenKey(tenant), idToken, idTokenContext(upstreamId)).toString());
  return url.href;
}
