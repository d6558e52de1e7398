import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { eventsOf } from '../support/accounts-stage.ts';
import { badProofs, prover, toToken } from '../support/dpop.ts';
import { ecKeys } from '../support/forge.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { basic, rawClient } from '../support/raw-client.ts';
import { webClient } from '../support/relying-party.ts';

/** T035: tokens that are bound by DPoP, at the APIs of the issuer that clients call for themselves. */

let gatehouse: TestGatehouse;
let acme: Tenant;
let token: string;
const keys = ecKeys();
const prove = prover(keys);

beforeAll(async () => {
  gatehouse = await startGatehouse();
  acme = await gatehouse.tenant({
    id: 'acme',
    settings: { signing: { algorithms: ['ES256'] }, protocol: { grant_management: true } },
  });
  const client = {
    grant_types: ['client_credentials'],
    scope: 'grant_management_query',
    redirect_uris: [],
    response_types: [],
  };
  await gatehouse.services.clients.create(acme, webClient('bound', client));
});
afterAll(() => gatehouse.stop());
beforeEach(async () => {
  token = await newToken({ dpop: prove(toToken(acme.issuer)) });
});

const FIELDS = { grant_type: 'client_credentials', scope: 'grant_management_query' };
const newToken = async (headers: Record<string, string> = {}): Promise<string> =>
  (await rawClient(acme.issuer, 'bound').token(FIELDS, { ...basic('bound'), ...headers })).body.access_token;
const good = (of = token) => ({
  htm: 'GET',
  htu: `${acme.issuer}/grants`,
  ath: createHash('sha256').update(of).digest('base64url'),
});
const ask = (headers: Record<string, string>) => rawClient(acme.issuer, 'bound').get('/grants', headers);
const withProof = (proof: string, of = token) => ask({ authorization: `DPoP ${of}`, dpop: proof });

test('with a proof for each request', async () => {
  expect(await withProof(prove(good()))).toMatchObject({ status: 200, body: { grants: [] } });
  // What the authorization server of the same origin has told is no harm.
  expect((await withProof(prove({ ...good(), nonce: 'of-the-token-endpoint' }))).status).toBe(200);
  expect((await withProof(prove({ ...good(), htu: `${acme.issuer}/grants?x=1#y` }))).status).toBe(200);
});

const bad = badProofs('GET', '/grants', keys).filter(([name]) => !name.includes('nonce'));
test.each(
  bad.map(([name, claims, options]) => [name, () => prove({ ...good(), ...claims(acme.issuer) }, options)] as const),
)('a proof %s is refused, by one event', async (_name, proof) => {
  const before = (await refusals()).length;
  const answer = await withProof(proof());
  expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
  expect(answer.headers.get('www-authenticate')).toMatch(/^DPoP realm=.*error="invalid_token"/);
  expect((await refusals()).length - before).toBe(1);
});

test('a proof is for one token, and good once', async () => {
  const other = await newToken({ dpop: prove(toToken(acme.issuer)) });
  expect((await withProof(prove(good(other)))).status).toBe(401);
  const proof = prove(good());
  expect((await withProof(proof)).status).toBe(200);
  expect((await withProof(proof)).status).toBe(401);
  // Of twenty at once, one.
  const once = prove(good());
  const answers = await Promise.all(Array.from({ length: 20 }, () => withProof(once)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
});

test('what is bound is no bearer token, what is not bound needs no proof, and another key proves nothing', async () => {
  expect((await ask({ authorization: `Bearer ${token}` })).status).toBe(401);
  expect((await ask({ authorization: `DPoP ${token}` })).status).toBe(401);
  expect((await withProof(prover(ecKeys())(good()))).status).toBe(401);
  const plain = await newToken();
  expect((await ask({ authorization: `Bearer ${plain}` })).status).toBe(200);
  expect((await withProof(prove(good(plain)), plain)).status).toBe(401);
});

const refusals = async () => (await eventsOf(gatehouse, acme)).filter(({ type }) => type === 'grant.refused');
