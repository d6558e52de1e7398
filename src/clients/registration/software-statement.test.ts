import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { exportJWK, type JWTPayload, SignJWT } from 'jose';
import { tenantSettings } from '../../tenants/settings.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { createStatements } from './software-statement.ts';

const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const others = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'k', alg: 'ES256', use: 'sig' };
const CLAIMS = { software_id: 'notes', redirect_uris: ['https://app.example.com/cb'], client_name: 'Notes' };
const JWKS_URI = 'https://remote.example/jwks';

let now = Date.now();
const fetch = jest.fn(async () => Response.json({ keys: [jwk] }));
beforeEach(() => void fetch.mockClear());
afterAll(() => void jest.restoreAllMocks());

const tenant = (issuers: object[], required = false): Tenant =>
  ({
    issuer: 'https://login.example',
    settings: tenantSettings.parse({
      protocol: { client_registration: { software_statements: { issuers, required } } },
    }),
  }) as Tenant;
const local = { issuer: 'https://trusted.example', jwks: { keys: [jwk] } };
const remote = { issuer: 'https://remote.example', jwks_uri: JWKS_URI };
const acme = tenant([local, remote, { ...local, issuer: 'https://few.example', software_ids: ['notes'] }]);

const sign = (claims: JWTPayload, { key = keys.privateKey, alg = 'ES256', kid = 'k' } = {}) =>
  new SignJWT(claims).setProtectedHeader({ alg, kid }).sign(key);
const verify = (statement: unknown, at = acme) =>
  createStatements({ clock: () => now, fetch: fetch as unknown as typeof globalThis.fetch })(at, statement);

test.each([
  ['keys here', local.issuer, 0],
  ['keys there', remote.issuer, 1],
])('what it says of the client, by %s', async (_, iss, asked) => {
  const statement = await sign({ ...CLAIMS, iss, iat: 1, jti: 'j', sub: 'x', aud: ['https://login.example', 'x'] });
  expect(await verify(statement)).toEqual(CLAIMS);
  expect(fetch).toHaveBeenCalledTimes(asked);
});

const INVALID = 'invalid_software_statement';
const UNAPPROVED = 'unapproved_software_statement';

describe('refused', () => {
  test.each<[string, () => Promise<unknown>, string]>([
    ['not a text', async () => 5, INVALID],
    ['not a JWT', async () => 'x', INVALID],
    ['nobody’s', () => sign(CLAIMS), UNAPPROVED],
    ['of another issuer', () => sign({ ...CLAIMS, iss: 'https://evil.example' }), UNAPPROVED],
    ['with another key', () => sign({ iss: local.issuer }, { key: others.privateKey }), INVALID],
    ['of an issuer, with the key of another', () => sign({ iss: local.issuer }, { kid: 'x' }), INVALID],
    [
      'unsigned',
      async () =>
        `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify({ iss: local.issuer })).toString('base64url')}.`,
      INVALID,
    ],
    ['expired', () => sign({ iss: local.issuer, exp: Math.floor(now / 1000) - 1 }), INVALID],
    ['too early', () => sign({ iss: local.issuer, nbf: Math.floor(now / 1000) + 600 }), INVALID],
    ['for somebody else', () => sign({ iss: local.issuer, aud: 'https://other.example' }), INVALID],
    [
      'about software that is not approved',
      () => sign({ iss: 'https://few.example', software_id: 'games' }),
      UNAPPROVED,
    ],
    ['about no software', () => sign({ iss: 'https://few.example' }), UNAPPROVED],
  ])('%s', async (_, make, code) => {
    await expect(verify(await make())).rejects.toMatchObject({ code, status: 400 });
  });

  test('the clock is ours', async () => {
    const statement = await sign({ iss: local.issuer, exp: Math.floor(now / 1000) + 60 });
    await verify(statement);
    now += 61_000;
    await expect(verify(statement)).rejects.toMatchObject({
      code: INVALID,
      message: expect.stringContaining('expired'),
    });
  });
});

test.each<[string, () => Promise<Response>]>([
  ['does not answer', () => Promise.reject(new TypeError('no network'))],
  ['answers with an error', async () => new Response('', { status: 500 })],
])('an issuer that %s: later, perhaps', async (_, answer) => {
  fetch.mockImplementationOnce(answer as never);
  await expect(verify(await sign({ iss: remote.issuer }))).rejects.toMatchObject({ code: 'unavailable', status: 503 });
});

test.each<[object, string]>([
  [{ issuers: [{ issuer: 'x' }] }, 'jwks'],
  [{ issuers: [{ ...local, jwks_uri: JWKS_URI }] }, 'jwks'],
  [{ issuers: [{ issuer: 'x', jwks_uri: 'http://x.example' }] }, 'jwks_uri'],
  [{ issuers: [{ issuer: 'x', jwks: { keys: [{ kty: 'oct', k: 'x' }] } }] }, 'kty'],
  [{ issuers: [{ issuer: 'x', jwks: { keys: [{ ...jwk, d: 'x' }] } }] }, 'public'],
  [{ issuers: [local, local] }, 'twice'],
  [{ required: true }, 'one at least'],
])('the setting %j is refused: %s', (software_statements, message) => {
  const { error } = tenantSettings.safeParse({ protocol: { client_registration: { software_statements } } });
  expect(JSON.stringify(error?.issues)).toContain(message);
});
