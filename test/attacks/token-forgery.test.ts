import { createPublicKey, type KeyObject } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { claimsOf, ecKeys, es256, forge, forgeries, headerOf, publicJwk } from '../support/forge.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { inhabited, JWT_API } from '../support/inhabited.ts';
import { type Answer, newTokens, type RawClient, rawClient } from '../support/raw-client.ts';
import { CALLBACK, webClient } from '../support/relying-party.ts';
import { createUserAgent } from '../support/user-agent.ts';

const agent = createUserAgent({ stopAt: CALLBACK });
const clientKeys = ecKeys();

let gatehouse: TestGatehouse;
let acme: Tenant;
let web: RawClient;
/** Issued by tenants that sign with RS256 and with ES256. */
let tokens: Record<string, string>;
let apiToken: string;

beforeAll(async () => {
  gatehouse = await startGatehouse();
  acme = await inhabited(gatehouse, 'acme', { signing: { algorithms: ['RS256', 'ES256'] } });
  const { client_secret: _, ...keyed } = webClient('keyed', {
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [{ ...publicJwk(clientKeys.publicKey), kid: 'k', alg: 'ES256', use: 'sig' }] },
  });
  await gatehouse.services.clients.create(acme, keyed);
  web = rawClient(acme.issuer, 'web');
  tokens = await newTokens(agent, web);
  ({ access_token: apiToken } = await newTokens(agent, web, { resource: JWT_API, scope: 'openid read' }));
});
afterAll(() => gatehouse.stop());

const seconds = () => Math.floor(Date.now() / 1000);
const trusted = (key: KeyObject, kid: string, alg: string) => ({
  jwk: publicJwk(key),
  pem: key.export({ type: 'spki', format: 'pem' }) as string,
  kid,
  alg,
});

async function tenantKey(alg: string) {
  const { body } = await web.get('/jwks');
  const jwk = body.keys.find((key: { alg: string }) => key.alg === alg);
  return trusted(createPublicKey({ key: jwk, format: 'jwk' }), jwk.kid, alg);
}

/** Where a JWT comes in from outside, and whether it was taken for good. */
const INPUTS: Record<
  string,
  { present(jwt: string): Promise<boolean>; good(): Promise<string>; forged(): Promise<Record<string, string>> }
> = {
  client_assertion: {
    async present(client_assertion) {
      const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
      const answer = await web.token({ grant_type: 'client_credentials', client_assertion, client_assertion_type }, {});
      expect(answer.status).toBeLessThan(500);
      return answer.status === 200;
    },
    good: async () => forge({ alg: 'ES256', kid: 'k' }, assertion('good'), es256(clientKeys.privateKey)),
    forged: async () => forgeries(assertion('forged'), trusted(clientKeys.publicKey, 'k', 'ES256')),
  },
  'id_token_hint at /auth': {
    async present(id_token_hint) {
      const { url } = await agent.get(web.begin({ prompt: 'none', id_token_hint }).url);
      return url.includes('code=');
    },
    good: async () => tokens.id_token!,
    forged: async () => forgeries(claimsOf(tokens.id_token!), await tenantKey('RS256')),
  },
  'id_token_hint at /session/end': {
    async present(id_token_hint) {
      const { status } = await web.get(`/session/end?${new URLSearchParams({ id_token_hint })}`);
      expect(status).toBeLessThan(500);
      return status === 200;
    },
    good: async () => tokens.id_token!,
    forged: async () => ({
      ...forgeries(claimsOf(tokens.id_token!), await tenantKey('RS256')),
      'a key of the tenant for another algorithm': forge({ alg: 'ES256' }, claimsOf(tokens.id_token!)),
    }),
  },
};
const assertion = (jti: string) => ({ iss: 'keyed', sub: 'keyed', aud: acme.issuer, jti, exp: seconds() + 60 });

describe.each(Object.entries(INPUTS))('T027 %s', (_name, { present, good, forged }) => {
  test('takes a good one, and no forgery', async () => {
    expect(await present(await good())).toBe(true);
    const accepted: string[] = [];
    for (const [name, jwt] of Object.entries(await forged())) if (await present(jwt)) accepted.push(name);
    expect(accepted).toEqual([]);
  });
});

describe('T028 a token of one kind is not taken for another', () => {
  const api = () => apiToken;
  const id = () => tokens.id_token!;
  const cases: [string, () => Promise<Answer>, number][] = [
    ['ID token as access token', () => web.userinfo(id()), 401],
    ['refresh token as access token', () => web.userinfo(tokens.refresh_token!), 401],
    ['access token of an API at userinfo', () => web.userinfo(api()), 401],
    ['access token as refresh token', () => web.refresh(tokens.access_token!), 400],
    ['ID token as refresh token', () => web.refresh(id()), 400],
    [
      'refresh token as code',
      () =>
        web.token({
          grant_type: 'authorization_code',
          code: tokens.refresh_token!,
          redirect_uri: CALLBACK,
          code_verifier: 'a'.repeat(43),
        }),
      400,
    ],
    ['JWT access token as id_token_hint', () => web.get(`/session/end?id_token_hint=${api()}`), 400],
    [
      'client credentials as access token',
      async () => {
        const { body } = await rawClient(acme.issuer, 'service').token({ grant_type: 'client_credentials' });
        return web.userinfo(body.access_token);
      },
      401,
    ],
    [
      'ID token as client assertion',
      () =>
        web.token(
          {
            grant_type: 'client_credentials',
            client_assertion: id(),
            client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          },
          {},
        ),
      401,
    ],
  ];
  test.each(cases)('%s', async (_name, attempt, status) => {
    expect((await attempt()).status).toBe(status);
  });

  test('a JWT access token says what it is (RFC 9068 2.1)', () => {
    expect(headerOf(api())).toMatchObject({ typ: 'at+jwt', alg: 'RS256' });
    expect(claimsOf(api())).toMatchObject({ iss: acme.issuer, aud: JWT_API, client_id: 'web', scope: 'read' });
  });

  test.each(['id_token', 'api'])('a JWT is read by who gets it, and not introspected: %s', async (kind) => {
    expect(await web.introspect(kind === 'api' ? api() : id())).toMatchObject({ error: 'unsupported_token_type' });
  });
});
