import { createLocalJWKSet, type JWTPayload, jwtVerify } from 'jose';
import { startHttpServer } from './http-server.ts';

export type LogoutToken = JWTPayload & { events?: Record<string, unknown>; sid?: string; nonce?: string };

/**
 * Relying parties that take logout tokens, as OpenID Connect Back-Channel Logout 1.0 2.6 tells them to; one a path. `send`:
 * how they ask for the keys.
 */
export async function startLogoutReceiver(send: () => typeof fetch = () => fetch) {
  const server = await startHttpServer();
  const jtis = new Set<string>();

  /** Throws what is wrong with a token, for the client that listens at the path. */
  async function check(issuer: string, path: string, body: string): Promise<LogoutToken> {
    const form = new URLSearchParams(body);
    if ([...form.keys()].join() !== 'logout_token') throw new Error(`fields: ${[...form.keys()]}`);
    const jwks = (await (await send()(`${issuer}/jwks`)).json()) as { keys: [] };
    const { payload } = await jwtVerify(form.get('logout_token')!, createLocalJWKSet(jwks), {
      issuer,
      audience: path.slice(1),
      typ: 'logout+jwt',
      requiredClaims: ['iat', 'exp', 'jti'],
    });
    const token = payload as LogoutToken;
    if (!token.sub && !token.sid) throw new Error('neither sub nor sid');
    if ('nonce' in token) throw new Error('a nonce');
    const event = token.events?.['http://schemas.openid.net/event/backchannel-logout'];
    if (JSON.stringify(event) !== '{}') throw new Error(`events: ${JSON.stringify(token.events)}`);
    if (token.exp! - token.iat! > 120) throw new Error('lives for more than two minutes');
    if (jtis.has(token.jti!)) throw new Error('a jti that was used before');
    jtis.add(token.jti!);
    return token;
  }

  return {
    ...server,
    /** Metadata of a client that listens here. */
    metadata: (clientId: string, isByName = true) => ({
      backchannel_logout_uri: `${server.url}/${clientId}`,
      backchannel_logout_session_required: isByName,
    }),
    /** The tokens for a client so far, each checked; each `jti` is taken once. */
    async tokens(issuer: string, clientId: string): Promise<LogoutToken[]> {
      const path = `/${clientId}`;
      const received = server.state.received.filter((one) => one.path === path);
      server.state.received = server.state.received.filter((one) => one.path !== path);
      return Promise.all(received.map(({ body }) => check(issuer, path, body)));
    },
  };
}

export type LogoutReceiver = Awaited<ReturnType<typeof startLogoutReceiver>>;
