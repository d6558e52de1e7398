import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { badProofs, toMe as proofToMe, toToken as proofToToken, prover } from '../support/dpop.ts';
import { ecKeys, forge, forgeries, hs256, publicJwk, unsigned } from '../support/forge.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { inhabited } from '../support/inhabited.ts';
import { basic, bearer, newCode, type RawClient, rawClient } from '../support/raw-client.ts';
import { CALLBACK, webClient } from '../support/relying-party.ts';
import { createUserAgent } from '../support/user-agent.ts';

const agent = createUserAgent({ stopAt: CALLBACK });
const key = ecKeys();
const stranger = ecKeys();

let gatehouse: TestGatehouse;
let acme: Tenant;
let web: RawClient;
/** Bound to `key`. */
let accessToken: string;
let refreshToken: string;

beforeAll(async () => {
  gatehouse = await startGatehouse();
  acme = await inhabited(gatehouse, 'acme');
  await gatehouse.services.clients.create(acme, webClient('bound', { dpop_bound_access_tokens: true }));
  web = rawClient(acme.issuer, 'web');
  const { body } = await web.token(await newCode(agent, web), withProof(proof(toToken())));
  expect(body.token_type).toBe('DPoP');
  ({ access_token: accessToken, refresh_token: refreshToken } = body);
});
afterAll(() => gatehouse.stop());

const proof = prover(key);
const toToken = () => proofToToken(acme.issuer);
const toMe = (token = accessToken) => proofToMe(acme.issuer, token);
const withProof = (dpop: string) => ({ ...basic('web'), dpop });
const userinfo = (dpop: string, token = accessToken) => web.get('/me', { authorization: `DPoP ${token}`, dpop });

test('a good proof is accepted once, by userinfo and the token endpoint', async () => {
  const used = proof(toMe());
  expect((await userinfo(used)).status).toBe(200);
  expect((await userinfo(used)).status).toBe(401);
  const first = proof(toToken());
  expect((await web.token(await newCode(agent, web), withProof(first))).status).toBe(200);
  expect((await web.token(await newCode(agent, web), withProof(first))).body.error).toBe('invalid_dpop_proof');
});

test('of twenty uses of one proof at once one is accepted', async () => {
  const used = proof(toMe());
  const answers = await Promise.all(Array.from({ length: 20 }, () => userinfo(used)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
});

describe('T035 a bound token needs its key', () => {
  const seconds = () => Math.floor(Date.now() / 1000);
  const foreign = { key: stranger.privateKey, header: { jwk: publicJwk(stranger.publicKey) } };
  const cases: [string, () => string][] = [
    ...badProofs('GET', '/me', key).map(
      ([name, claims, options]) =>
        [`a proof ${name}`, () => proof({ ...toMe(), ...claims(acme.issuer) }, options)] as [string, () => string],
    ),
    ['a proof for another token', () => proof(toMe(`${accessToken}x`))],
    ['a proof for no token', () => proof({ ...toMe(), ath: undefined })],
    ["another key's proof", () => proof(toMe(), foreign)],
  ];
  test.each(cases)('%s', async (_name, dpop) => {
    const { status, headers } = await userinfo(dpop());
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toMatch(/error="(invalid_dpop_proof|invalid_token|use_dpop_nonce)"/);
  });

  test('as Bearer, or without any proof, it is worth nothing', async () => {
    expect((await web.get('/me', bearer(accessToken))).status).toBe(401);
    expect((await web.get('/me', { authorization: `DPoP ${accessToken}` })).status).toBe(400);
  });

  test('T027 forged proofs', async () => {
    const accepted: string[] = [];
    const claims = { ...toMe(), iat: seconds() };
    const pem = key.publicKey.export({ type: 'spki', format: 'pem' }) as string;
    const forged = {
      ...forgeries({ ...claims, jti: 'f' }, { jwk: publicJwk(key.publicKey), pem, kid: 'k', alg: 'ES256' }),
      unsigned: forge(
        { typ: 'dpop+jwt', alg: 'none', jwk: publicJwk(key.publicKey) },
        { ...claims, jti: 'u' },
        unsigned,
      ),
      symmetric: forge(
        { typ: 'dpop+jwt', alg: 'HS256', jwk: { kty: 'oct', k: 'c2VjcmV0' } },
        { ...claims, jti: 's' },
        hs256('secret'),
      ),
    };
    for (const [name, jwt] of Object.entries(forged)) if ((await userinfo(jwt)).status !== 401) accepted.push(name);
    expect(accepted).toEqual([]);
  });
});

describe('T031 what is bound stays bound', () => {
  test('a confidential client refreshes with any key of its own: the token then is bound to that one', async () => {
    const { status, body } = await web.refresh(refreshToken, {}, withProof(proof(toToken())));
    expect(status).toBe(200);
    expect((await web.get('/me', bearer(body.access_token))).status).toBe(401);
  });

  test('a client that promised bound tokens gets no other', async () => {
    const bound = rawClient(acme.issuer, 'bound');
    expect(await bound.token(await newCode(agent, bound))).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
  });

  test('a public client refreshes with the same key only', async () => {
    const { client_secret: _, ...metadata } = webClient('app', { token_endpoint_auth_method: 'none' });
    await gatehouse.services.clients.create(acme, metadata);
    const app = rawClient(acme.issuer, 'app', { headers: {}, fields: { client_id: 'app' } });
    const { body } = await app.token(await newCode(agent, app), { dpop: proof(toToken()) });
    const foreign = proof(toToken(), { key: stranger.privateKey, header: { jwk: publicJwk(stranger.publicKey) } });
    expect(await app.refresh(body.refresh_token, {}, { dpop: foreign })).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
    expect((await app.refresh(body.refresh_token, {}, {})).status).toBe(400);
    expect((await app.refresh(body.refresh_token, {}, { dpop: proof(toToken()) })).status).toBe(200);
  });
});
