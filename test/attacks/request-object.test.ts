import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { type RawClient, rawClient } from '../support/raw-client.ts';
import { CALLBACK, webClient } from '../support/relying-party.ts';
import { createUserAgent } from '../support/user-agent.ts';

/** T016: a signed request that is not what the client has signed, for this issuer, now and once. */

let gatehouse: TestGatehouse;
let acme: Tenant;
let old: Tenant;
let key: CryptoKey;
let foreign: CryptoKey;

beforeAll(async () => {
  gatehouse = await startGatehouse();
  const pair = await generateKeyPair('ES256', { extractable: true });
  key = pair.privateKey;
  foreign = (await generateKeyPair('ES256')).privateKey;
  acme = await gatehouse.tenant({ id: 'acme' });
  old = await gatehouse.tenant({ id: 'old', settings: { protocol: { profile: 'compat' } } });
  const jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), use: 'sig', alg: 'ES256', kid: 'k' }] };
  for (const tenant of [acme, old]) await gatehouse.services.clients.create(tenant, webClient('web', { jwks }));
});
afterAll(() => gatehouse.stop());

type Crafted = { claims?: Record<string, unknown>; signer?: CryptoKey; end?: string };
const object = (web: RawClient, issuer: string, { claims = {}, signer = key, end = '1m' }: Crafted = {}) => {
  const { query } = web.begin({ state: 'sealed' });
  const jwt = new SignJWT({ ...query, iss: web.clientId, aud: issuer, ...claims });
  if (end) jwt.setExpirationTime(end);
  return jwt.setProtectedHeader({ alg: 'ES256', kid: 'k' }).sign(signer);
};

async function ask({ issuer }: Tenant, request: string) {
  const outside = { client_id: 'web', redirect_uri: CALLBACK, response_type: 'code', scope: 'openid' };
  const agent = createUserAgent({ stopAt: CALLBACK });
  const { url } = await agent.get(`${issuer}/auth?${new URLSearchParams({ ...outside, request })}`);
  return url.startsWith(CALLBACK) ? new URL(url).searchParams.get('error') : new URL(url).pathname.split('/')[3];
}

const cases: [string, Crafted][] = [
  [
    'of another key',
    {
      get signer() {
        return foreign;
      },
    },
  ],
  ['for another issuer', { claims: { aud: 'https://other.example' } }],
  ['of another client', { claims: { iss: 'other' } }],
  ['for another client', { claims: { client_id: 'other' } }],
  ['that has ended', { end: '-5m' }],
  ['that never ends', { end: '' }],
  ['with another in it', { claims: { request: 'x' } }],
];
test.each(cases)('one %s is refused', async (_name, crafted) => {
  expect(await ask(acme, await object(rawClient(acme.issuer, 'web'), acme.issuer, crafted))).toBe(
    'invalid_request_object',
  );
});

describe('one with a jti', () => {
  const signed = (tenant: Tenant) =>
    object(rawClient(tenant.issuer, 'web'), tenant.issuer, { claims: { jti: 'once' } });

  test('is good once', async () => {
    const request = await signed(acme);
    expect(await ask(acme, request)).toBe('interaction');
    expect(await ask(acme, request)).toBe('invalid_request_object');
    const [head, payload] = request.split('.');
    expect(await ask(acme, `${head}.${payload}.AAAA`)).toBe('invalid_request_object');
  });

  test('is pushed once, and used', async () => {
    const web = rawClient(acme.issuer, 'web');
    const request = await signed(acme);
    const pushed = await web.post('/request', { request });
    expect(pushed.status).toBe(201);
    const query = new URLSearchParams({ client_id: 'web', request_uri: pushed.body.request_uri });
    const page = await createUserAgent({ stopAt: CALLBACK }).get(`${acme.issuer}/auth?${query}`);
    expect(new URL(page.url).pathname).toContain('/interaction/');
    expect(await web.post('/request', { request })).toMatchObject({
      status: 400,
      body: { error: 'invalid_request_object' },
    });
  });

  test('may be used again by old clients', async () => {
    const request = await signed(old);
    expect([await ask(old, request), await ask(old, request)]).toEqual(['interaction', 'interaction']);
  });
});
