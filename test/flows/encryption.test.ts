import { createHash, createSecretKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  CompactEncrypt,
  type CryptoKey,
  compactDecrypt,
  createRemoteJWKSet,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  jwtVerify,
  SignJWT,
} from 'jose';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { basic, bearer, newCode, type RawClient, rawClient, USER } from '../support/raw-client.ts';
import { CALLBACK, goThrough, PASSWORD, secretOf, webClient } from '../support/relying-party.ts';
import { createUserAgent } from '../support/user-agent.ts';

/** What is encrypted for a client, and what it may encrypt for us (OpenID Connect Core 10.2, JARM, RFC 9101, RFC 9701). */

type Pair = { publicKey: CryptoKey; privateKey: CryptoKey };
let gatehouse: TestGatehouse;
let acme: Tenant;
let rsa: Pair;
let ec: Pair;
let signer: Pair;
let documents: { jwks: JWK[]; discovery: Record<string, string[]> };

beforeAll(async () => {
  gatehouse = await startGatehouse();
  acme = await gatehouse.tenant({
    id: 'acme',
    settings: {
      signing: { algorithms: ['ES256'] },
      encryption: { algorithms: ['RSA-OAEP-256', 'ECDH-ES+A128KW'] },
      resources: [{ indicator: 'https://api.example', access_token_format: 'opaque' }],
    },
  });
  await gatehouse.services.accounts.create(acme, { email: USER, email_verified: true, password: PASSWORD });
  [rsa, ec, signer] = await Promise.all([
    generateKeyPair('RSA-OAEP-256', { extractable: true }),
    generateKeyPair('ECDH-ES', { extractable: true }),
    generateKeyPair('ES256', { extractable: true }),
  ]);
  const get = async (path: string) => (await fetch(acme.issuer + path)).json();
  documents = {
    jwks: ((await get('/jwks')) as { keys: JWK[] }).keys,
    discovery: (await get('/.well-known/openid-configuration')) as Record<string, string[]>,
  };
});
afterAll(() => gatehouse.stop());

let count = 0;
async function client(more: object): Promise<RawClient> {
  const id = `encrypted-${count++}`;
  const keys = await Promise.all(
    [
      [rsa, 'enc', 'RSA-OAEP-256'],
      [ec, 'enc', 'ECDH-ES'],
      [signer, 'sig', 'ES256'],
    ].map(async ([pair, use, alg]) => ({ ...(await exportJWK((pair as Pair).publicKey)), use, alg, kid: `${alg}` })),
  );
  await gatehouse.services.clients.create(acme, webClient(id, { skip_consent: true, jwks: { keys }, ...more }));
  return rawClient(acme.issuer, id);
}

const agent = () => createUserAgent({ stopAt: CALLBACK });
const keySet = () => createRemoteJWKSet(new URL(`${acme.issuer}/jwks`));
/** OpenID Connect Core 10.2: the secret's hash, as long as the algorithm wants. */
const bySecret = (id: string, bytes: number) =>
  createSecretKey(createHash('sha256').update(secretOf(id)).digest().subarray(0, bytes));

async function opened(jwe: string, key: Parameters<typeof compactDecrypt>[1], audience: string) {
  const { plaintext } = await compactDecrypt(jwe, key);
  return (await jwtVerify(plaintext, keySet(), { issuer: acme.issuer, audience })).payload;
}

describe('an ID token', () => {
  const cases: [string, string, (id: string) => Parameters<typeof compactDecrypt>[1]][] = [
    ['RSA-OAEP-256', 'A256GCM', () => rsa.privateKey],
    ['ECDH-ES', 'A128CBC-HS256', () => ec.privateKey],
    ['A128KW', 'A128GCM', (id) => bySecret(id, 16)],
    ['A256GCMKW', 'A256GCM', (id) => bySecret(id, 32)],
    ['dir', 'A128CBC-HS256', (id) => bySecret(id, 32)],
  ];
  test.each(cases)('%s %s', async (id_token_encrypted_response_alg, id_token_encrypted_response_enc, keyOf) => {
    const web = await client({ id_token_encrypted_response_alg, id_token_encrypted_response_enc });
    const { body } = await web.token(await newCode(agent(), web));
    expect(decodeProtectedHeader(body.id_token)).toMatchObject({
      alg: id_token_encrypted_response_alg,
      enc: id_token_encrypted_response_enc,
      cty: 'JWT',
    });
    expect(await opened(body.id_token, keyOf(web.clientId), web.clientId)).toMatchObject({ sub: expect.any(String) });
  });
});

test('userinfo, signed and encrypted', async () => {
  const web = await client({
    userinfo_signed_response_alg: 'ES256',
    userinfo_encrypted_response_alg: 'RSA-OAEP-256',
    userinfo_encrypted_response_enc: 'A256GCM',
  });
  const { body } = await web.token(await newCode(agent(), web));
  const answer = await web.userinfo(body.access_token);
  expect(answer.headers.get('content-type')).toMatch('application/jwt');
  expect(await opened(answer.body, rsa.privateKey, web.clientId)).toMatchObject({ email: USER });
});

test('an authorization response (JARM)', async () => {
  const web = await client({
    authorization_encrypted_response_alg: 'ECDH-ES',
    authorization_encrypted_response_enc: 'A256GCM',
  });
  const page = await goThrough(agent(), web.begin({ response_mode: 'query.jwt', state: 's' }).url, USER);
  const response = new URL(page.url).searchParams.get('response')!;
  expect(await opened(response, ec.privateKey, web.clientId)).toMatchObject({
    code: expect.any(String),
    state: 's',
    iss: acme.issuer,
  });
});

test('introspection', async () => {
  const web = await client({
    introspection_encrypted_response_alg: 'RSA-OAEP-256',
    introspection_encrypted_response_enc: 'A256GCM',
  });
  const { body } = await web.token(await newCode(agent(), web));
  const answer = await web.request('/token/introspection', {
    method: 'POST',
    headers: { ...basic(web.clientId), accept: 'application/token-introspection+jwt' },
    body: new URLSearchParams({ token: body.access_token }),
  });
  expect(await opened(answer.body, rsa.privateKey, web.clientId)).toMatchObject({
    token_introspection: { active: true, client_id: web.clientId },
  });
});

describe('a request object', () => {
  const signed = (web: RawClient, params: Record<string, string>) =>
    new SignJWT(params)
      .setProtectedHeader({ alg: 'ES256', kid: 'ES256' })
      .setIssuer(web.clientId)
      .setAudience(acme.issuer)
      .setExpirationTime('1m')
      .sign(signer.privateKey);

  test.each(['RSA-OAEP-256', 'ECDH-ES+A128KW'])('for our key of %s', async (alg) => {
    expect(documents.discovery.request_object_encryption_alg_values_supported).toContain(alg);
    const jwk = documents.jwks.find((key) => key.alg === alg)!;
    expect(jwk).toMatchObject({ use: 'enc' });
    const web = await client({ request_object_signing_alg: 'ES256', require_signed_request_object: true });
    const { query, redemption } = web.begin({ state: 'sealed', scope: 'openid email' });
    const request = await new CompactEncrypt(Buffer.from(await signed(web, query)))
      .setProtectedHeader({ alg, enc: 'A256GCM', kid: jwk.kid!, cty: 'JWT' })
      .encrypt(await importJWK(jwk, alg));
    const params = new URLSearchParams({ client_id: web.clientId, request, state: 'outside', scope: 'openid' });
    const page = await goThrough(agent(), `${acme.issuer}/auth?${params}`, USER);
    const { searchParams } = new URL(page.url);
    // RFC 9101 6.3: what stands outside does not count.
    expect(searchParams.get('state')).toBe('sealed');
    const { body } = await web.token({ ...redemption, code: searchParams.get('code')! });
    expect((await web.get('/me', bearer(body.access_token))).body).toMatchObject({ email: USER });
  });

  test('for another’s key is refused', async () => {
    const web = await client({ request_object_signing_alg: 'ES256' });
    const { query } = web.begin();
    const request = await new CompactEncrypt(Buffer.from(await signed(web, query)))
      .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM' })
      .encrypt(rsa.publicKey);
    const page = await agent().get(`${acme.issuer}/auth?${new URLSearchParams({ ...query, request })}`);
    expect(new URL(page.url).searchParams.get('error')).toBe('invalid_request_object');
  });
});

test('a key to decrypt with is replaced as the others are, and opens what was sent before', async () => {
  const before = documents.jwks.filter(({ use }) => use === 'enc').map(({ kid }) => kid);
  await gatehouse.services.tenants.rotateKeys('acme', { now: true });
  const { keys } = (await (await fetch(`${acme.issuer}/jwks`)).json()) as { keys: JWK[] };
  const after = keys.filter(({ use }) => use === 'enc').map(({ kid }) => kid);
  expect(after).toEqual(expect.arrayContaining(before));
  expect(after).toHaveLength(4);
});
