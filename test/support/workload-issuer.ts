import { randomUUID } from 'node:crypto';
import { ecKeys, es256, forge, publicJwk } from './forge.ts';
import { startHttpServer } from './http-server.ts';

export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** A service that vouches for workloads, as a CI service does: its keys at an address, and what it signs. */
export async function startWorkloadIssuer() {
  const server = await startHttpServer();
  const keys = ecKeys();
  const state = { kid: 'ci-1', isDown: false };
  server.state.answer = (_received, res) => {
    if (state.isDown) return void res.writeHead(503).end();
    const jwks = { keys: [{ ...publicJwk(keys.publicKey), kid: state.kid, alg: 'ES256', use: 'sig' }] };
    res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(jwks));
  };

  return {
    issuer: 'https://ci.example',
    jwksUri: `${server.url}/jwks`,
    keys,
    state,
    /** How often it was asked for its keys. */
    asked: () => server.state.received.length,
    /** An assertion for an audience, in order save for what is said otherwise. */
    assert(aud: unknown, claims: object = {}, header: object = {}): string {
      const now = Math.floor(Date.now() / 1000);
      const good = { iss: this.issuer, sub: 'repo:acme/shop', aud, iat: now, exp: now + 300, jti: randomUUID() };
      return forge(
        { alg: 'ES256', kid: state.kid, typ: 'JWT', ...header },
        { ...good, ...claims },
        es256(keys.privateKey),
      );
    },
    stop: server.stop,
  };
}

export type WorkloadIssuer = Awaited<ReturnType<typeof startWorkloadIssuer>>;
