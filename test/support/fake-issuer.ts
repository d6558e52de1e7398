import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** As little of a provider as the demo's tests need; what it answers at the token endpoint is theirs to say. */
export async function startFakeIssuer() {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256', use: 'sig' };
  const state = {
    /** Of the authorization request that the demo made. */
    nonce: '',
    /** Further claims of the ID token. */
    claims: {} as Record<string, unknown>,
    /** Instead of tokens: an error of the token endpoint, or of userinfo. */
    refuse: undefined as { status: number; error: string } | undefined,
    refuseUserinfo: false,
    lastTokenRequest: new URLSearchParams(),
  };
  const server = createServer((req, res) => {
    answer(req).then(({ status, body, headers }) => {
      res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  type Reply = { status: number; body: object; headers?: Record<string, string> };

  async function answer(req: IncomingMessage): Promise<Reply> {
    switch (req.url) {
      case '/.well-known/openid-configuration':
        return { status: 200, body: metadata };
      case '/jwks':
        return { status: 200, body: { keys: [jwk] } };
      case '/token':
        state.lastTokenRequest = new URLSearchParams(await text(req));
        if (state.refuse) return { status: state.refuse.status, body: { error: state.refuse.error } };
        return { status: 200, body: await tokens() };
      case '/me':
        return state.refuseUserinfo
          ? { status: 401, body: {}, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } }
          : { status: 200, body: { sub: 'ada', email: 'ada@example.com' } };
      default:
        return { status: 404, body: {} };
    }
  }

  async function tokens() {
    const claims = { nonce: state.nonce, name: '<b>Ada</b>', ...state.claims };
    const idToken = new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: 'k' })
      .setIssuer(issuer)
      .setSubject('ada');
    return {
      access_token: 'at',
      token_type: 'bearer',
      expires_in: 60,
      refresh_token: 'refresh-token',
      id_token: await idToken.setAudience('demo').setIssuedAt().setExpirationTime('5m').sign(privateKey),
    };
  }

  const metadata = {
    issuer,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/me`,
    jwks_uri: `${issuer}/jwks`,
    end_session_endpoint: `${issuer}/session/end`,
    response_types_supported: ['code'],
    id_token_signing_alg_values_supported: ['ES256'],
    authorization_response_iss_parameter_supported: true,
  };
  return {
    issuer,
    state,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
