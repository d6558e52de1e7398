import type { AccessToken, ClientCredentials, KoaContextWithOIDC } from 'oidc-provider';

/**
 * What an API needs to ask for more (RFC 9470 6.2, RFC 9068 2.2.1): how and when the user of an access token signed in.
 * A token that is exchanged or refreshed says what its sign-in was, not what the session is by now.
 */
export function assuranceClaims(
  ctx: KoaContextWithOIDC | undefined,
  token: AccessToken | ClientCredentials,
): Record<string, unknown> | undefined {
  if (token.kind !== 'AccessToken') return undefined;
  const { AuthorizationCode, RefreshToken, DeviceCode, BackchannelAuthenticationRequest } = ctx?.oidc.entities ?? {};
  const source = AuthorizationCode ?? RefreshToken ?? DeviceCode ?? BackchannelAuthenticationRequest;
  if (!source) return undefined;
  const { acr, amr, authTime } = source;
  return { ...(acr && { acr }), ...(amr?.length && { amr }), ...(authTime && { auth_time: authTime }) };
}
