import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { compactDecrypt, createRemoteJWKSet, exportJWK, jwtVerify } from 'jose';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { rawClient } from '../support/raw-client.ts';
import { webClient } from '../support/relying-party.ts';

/** APIs of a tenant: whose tokens, for how long, signed and encrypted how. */

const OPEN = 'https://open.example';
const GRANTED = 'https://granted.example';
const SECRET = 'https://secret.example';
const api = generateKeyPairSync('rsa', { modulusLength: 2048 });

let gatehouse: TestGatehouse;
let acme: Tenant;

beforeAll(async () => {
  gatehouse = await startGatehouse();
  acme = await gatehouse.tenant({
    id: 'acme',
    settings: {
      signing: { algorithms: ['ES256', 'PS256'] },
      resources: [
        { indicator: OPEN, scopes: ['read', 'write'], signing_alg: 'PS256', access_token_ttl: 60 },
        { indicator: GRANTED, scopes: ['read', 'write'], clients: 'granted' },
        {
          indicator: SECRET,
          scopes: ['read'],
          encryption: { alg: 'RSA-OAEP-256', jwk: { ...(await exportJWK(api.publicKey)), kid: 'api-1' } },
        },
      ],
    },
  });
  const client = (id: string, more: object) =>
    gatehouse.services.clients.create(
      acme,
      webClient(id, { grant_types: ['client_credentials'], redirect_uris: [], response_types: [], ...more }),
    );
  await client('any', {});
  await client('reader', { scope: 'read' });
  await client('granted', { resource_scopes: { [GRANTED]: ['read'] } });
});
afterAll(() => gatehouse.stop());

const ask = async (client: string, resource: string, scope = 'read write') =>
  (await rawClient(acme.issuer, client).token({ grant_type: 'client_credentials', resource, scope })).body;

describe('whose tokens', () => {
  test.each([
    ['any', OPEN, 'read write', 'read write'],
    ['any', SECRET, 'read', 'read'],
    ['reader', OPEN, 'read', 'read'],
    ['granted', GRANTED, 'read write', 'read'],
    ['granted', GRANTED, 'read', 'read'],
  ])('%s at %s: %s', async (client, resource, scope, given) => {
    expect(await ask(client, resource, scope)).toMatchObject({ scope: given });
  });

  test.each([
    ['any', GRANTED],
    ['reader', GRANTED],
    ['granted', OPEN],
    ['granted', 'https://unknown.example'],
  ])('none for %s at %s', async (client, resource) => {
    expect(await ask(client, resource)).toMatchObject({ error: 'invalid_target' });
  });
});

test('a token is signed and lives as its API wants', async () => {
  const { access_token, expires_in } = await ask('any', OPEN);
  const keys = createRemoteJWKSet(new URL(`${acme.issuer}/jwks`));
  const { protectedHeader } = await jwtVerify(access_token, keys, { audience: OPEN, typ: 'at+jwt' });
  expect([protectedHeader.alg, expires_in]).toEqual(['PS256', 60]);
  await expect(jwtVerify(access_token, keys, { audience: GRANTED })).rejects.toThrow('aud');
});

test('an encrypted token is for its API alone', async () => {
  const { access_token } = await ask('any', SECRET, 'read');
  expect(access_token.split('.')).toHaveLength(5);
  const { plaintext, protectedHeader } = await compactDecrypt(access_token, api.privateKey);
  expect(protectedHeader).toMatchObject({ alg: 'RSA-OAEP-256', enc: 'A256GCM', kid: 'api-1', cty: 'at+jwt' });
  const keys = createRemoteJWKSet(new URL(`${acme.issuer}/jwks`));
  const { payload } = await jwtVerify(plaintext, keys, { audience: SECRET, issuer: acme.issuer });
  expect(payload).toMatchObject({ scope: 'read', client_id: 'any' });
});

test.each([
  ['a private key', async () => exportJWK(api.privateKey)],
  ['no key', async () => ({ kty: 'RSA' })],
])('%s encrypts nothing', async (_name, jwk) => {
  const settings = { resources: [{ indicator: SECRET, encryption: { alg: 'RSA-OAEP-256', jwk: await jwk() } }] };
  await expect(gatehouse.services.tenants.change('acme', { settings: settings as never })).rejects.toMatchObject({
    code: 'invalid_input',
    problems: [{ pointer: '/settings/resources/0/encryption/jwk' }],
  });
});

test.each([{ resource_scopes: ['x'] }, { resource_scopes: { x: ['read'] } }, { resource_scopes: { [OPEN]: 'read' } }])(
  '%j is refused',
  async (metadata) => {
    await expect(gatehouse.services.clients.create(acme, webClient('bad', metadata))).rejects.toMatchObject({
      problems: [{ pointer: '/resource_scopes' }],
    });
  },
);
