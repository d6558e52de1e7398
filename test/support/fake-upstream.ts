import { createHash, generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { es256, forge, publicJwk } from './forge.ts';

type Claims = Record<string, unknown>;
type Request = { params: URLSearchParams; code: string };
/** What the endpoint does instead of its work. */
type Failure = 'error' | 'hang' | 'huge' | 'drop' | 'html' | 'broken' | 'redirect' | { status: number; body: unknown };
type Endpoint = 'discovery' | 'jwks' | 'token' | 'userinfo' | 'emails';

const newKey = () => ({ ...generateKeyPairSync('ec', { namedCurve: 'P-256' }), kid: randomUUID() });

/** Right, until told otherwise. */
const wellBehaved = () => ({
  /** The user, as ID token and userinfo tell them. */
  user: { sub: 'ada', email: 'ada@example.com', email_verified: true, name: 'Ada Lovelace' } as Claims,
  /** Changes the claims of ID tokens; undefined leaves one out. */
  tamper: (claims: Claims): Claims => claims,
  /** Signs in another way. */
  sign: undefined as ((claims: Claims, key: ReturnType<typeof newKey>) => string | undefined) | undefined,
  userinfo: undefined as Claims | undefined,
  emails: [] as Claims[],
  metadata: {} as Claims,
  failures: {} as Partial<Record<Endpoint, Failure>>,
  ignorePkce: false,
  /** Instead of a code. */
  error: undefined as string | undefined,
  /** How often each endpoint was asked. */
  asked: { discovery: 0, jwks: 0, token: 0, userinfo: 0, emails: 0 } as Record<Endpoint, number>,
  lastTokenRequest: { params: new URLSearchParams(), authorization: '' },
});

/**
 * A provider of identity that does what it is told, right or wrong. It speaks OpenID Connect, and OAuth 2.0 to who asks for
 * no `openid`. Whoever comes to its authorization endpoint is signed in at once. Codes are good once, with PKCE.
 */
export async function startFakeUpstream() {
  const state = wellBehaved();
  let key = newKey();
  const requests = new Map<string, Request>();

  const server = createServer((req, res) => void answer(req, res)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  /** The authorization endpoint's answer to an authorization URL: the callback URL, with code, state and iss. */
  function authorize(url: string | URL): URL {
    const params = new URL(url).searchParams;
    const callback = new URL(params.get('redirect_uri')!);
    callback.searchParams.set('state', params.get('state')!);
    callback.searchParams.set('iss', issuer);
    if (state.error) {
      callback.searchParams.set('error', state.error);
      return callback;
    }
    const code = randomUUID();
    requests.set(code, { params, code });
    callback.searchParams.set('code', code);
    return callback;
  }

  const endpointOf = (pathname: string) => (pathname.endsWith(DISCOVERY) ? 'discovery' : ENDPOINTS[pathname]);

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { pathname } = new URL(req.url!, issuer);
    const json = (status: number, body: unknown) =>
      void res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (pathname === '/authorize')
      return void res.writeHead(303, { location: authorize(issuer + req.url!).href }).end();

    const endpoint = endpointOf(pathname);
    if (!endpoint) return json(404, {});
    state.asked[endpoint] += 1;
    const failure = state.failures[endpoint];
    if (failure) return fail(res, failure);
    switch (endpoint) {
      case 'discovery':
        return json(200, { ...metadata, ...state.metadata });
      case 'jwks':
        return json(200, { keys: [{ ...publicJwk(key.publicKey), kid: key.kid, alg: 'ES256', use: 'sig' }] });
      case 'token': {
        const { status, body } = redeem(new URLSearchParams(await text(req)), req.headers.authorization ?? '');
        return json(status, body);
      }
      case 'userinfo':
        return json(200, state.userinfo ?? state.user);
      case 'emails':
        return json(200, state.emails);
    }
  }

  function redeem(params: URLSearchParams, authorization: string): { status: number; body: object } {
    state.lastTokenRequest = { params, authorization };
    const request = requests.get(params.get('code') ?? '');
    requests.delete(params.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(params.get('code_verifier') ?? '')
      .digest('base64url');
    const isProven =
      state.ignorePkce ||
      (request?.params.get('code_challenge') === challenge && request.params.get('code_challenge_method') === 'S256');
    const fits = request && isProven && request.params.get('redirect_uri') === params.get('redirect_uri');
    if (!fits) return { status: 400, body: { error: 'invalid_grant' } };
    const tokens = { access_token: randomUUID(), token_type: 'Bearer', expires_in: 60 };
    const isOidc = request.params.get('scope')?.split(' ').includes('openid');
    return { status: 200, body: isOidc ? { ...tokens, id_token: idToken(request, tokens.access_token) } : tokens };
  }

  function idToken({ params }: Request, accessToken: string): string | undefined {
    const now = Math.floor(Date.now() / 1000);
    const claims = state.tamper({
      iss: issuer,
      aud: params.get('client_id'),
      iat: now,
      exp: now + 300,
      nonce: params.get('nonce') ?? undefined,
      at_hash: createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url'),
      ...state.user,
    });
    if (state.sign) return state.sign(claims, key);
    return forge({ alg: 'ES256', kid: key.kid, typ: 'JWT' }, claims, es256(key.privateKey));
  }

  function fail(res: ServerResponse, failure: Failure): void {
    const type = { 'content-type': 'application/json' };
    if (typeof failure === 'object') return void res.writeHead(failure.status, type).end(JSON.stringify(failure.body));
    const ways: Record<Exclude<Failure, object>, () => unknown> = {
      error: () => res.writeHead(500, type).end('{}'),
      hang: () => {},
      huge: () => res.writeHead(200, type).end(`"${'x'.repeat(1_000_000)}"`),
      drop: () => res.destroy(),
      html: () => res.writeHead(200, { 'content-type': 'text/html' }).end('<p>{}'),
      broken: () => res.writeHead(200, type).end('{"access_token":'),
      redirect: () => res.writeHead(302, { location: '/elsewhere' }).end(),
    };
    ways[failure]();
  }

  const metadata = {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/jwks`,
    end_session_endpoint: `${issuer}/session/end`,
    response_types_supported: ['code'],
    id_token_signing_alg_values_supported: ['ES256'],
    authorization_response_iss_parameter_supported: true,
  };

  return {
    issuer,
    /** Whether what is asked of that address will not be answered. */
    hangs: (url: string) => state.failures[endpointOf(new URL(url).pathname)!] === 'hang',
    /** As OAuth 2.0 without discovery. */
    endpoints: { authorization: `${issuer}/authorize`, token: `${issuer}/token`, userinfo: `${issuer}/userinfo` },
    state,
    authorize,
    /** The keys of before are gone. */
    rotateKey: () => {
      key = newKey();
    },
    publicKey: () => key.publicKey,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Below any issuer. */
const DISCOVERY = '/.well-known/openid-configuration';
const ENDPOINTS: Record<string, Endpoint> = {
  '/jwks': 'jwks',
  '/token': 'token',
  '/userinfo': 'userinfo',
  '/userinfo/emails': 'emails',
};

export type FakeUpstream = Awaited<ReturnType<typeof startFakeUpstream>>;
