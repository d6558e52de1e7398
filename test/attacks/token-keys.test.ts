import { createPublicKey } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { moveClock, restoreClock } from '../support/clock.ts';
import { ecKeys, publicJwk } from '../support/forge.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { inhabited, JWT_API } from '../support/inhabited.ts';
import { newTokens, type RawClient, rawClient } from '../support/raw-client.ts';
import { CALLBACK } from '../support/relying-party.ts';
import { createUserAgent } from '../support/user-agent.ts';

let gatehouse: TestGatehouse;
let acme: Tenant;
let service: RawClient;

beforeAll(async () => {
  gatehouse = await startGatehouse();
});
let count = 0;
beforeEach(async () => {
  acme = await inhabited(gatehouse, `acme-${count++}`);
  service = rawClient(acme.issuer, 'service');
});
afterEach(restoreClock);
afterAll(() => gatehouse.stop());

const jwks = async (client = service) => (await client.get('/jwks')).body as JSONWebKeySet;
const kids = async () => (await jwks()).keys.map(({ kid }) => kid!);
const issue = async (): Promise<string> =>
  (await service.token({ grant_type: 'client_credentials', resource: JWT_API })).body.access_token;
const seconds = () => Date.now() / 1000;

/** The time goes on for the tenant at once, and not when its copy in the cache is a second old. */
function pass(time: number): void {
  moveClock(time);
  gatehouse.services.resolver.drop(acme.id);
}

/** An API that takes the JWKS anew only when its copy is as old as Cache-Control allows, whatever it meets. */
function strictApi() {
  let copy: { keys: ReturnType<typeof createLocalJWKSet>; until: number } | undefined;
  return async (token: string): Promise<void> => {
    if (!copy || seconds() >= copy.until) {
      const { body, headers } = await service.get('/jwks');
      const maxAge = Number(/max-age=(\d+)/.exec(headers.get('cache-control')!)![1]);
      copy = { keys: createLocalJWKSet(body), until: seconds() + maxAge };
    }
    await jwtVerify(token, copy.keys, { issuer: acme.issuer, audience: JWT_API, currentDate: new Date(Date.now()) });
  };
}

test('T041 keys are rotated, and no verification fails', async () => {
  const apis = [strictApi(), strictApi(), strictApi()];
  const live: { token: string; until: number }[] = [];
  const signers = new Set<string>();
  for (let minute = 0; minute < 40; minute += 1) {
    if (minute === 5 || minute === 20) await gatehouse.services.tenants.rotateKeys(acme.id);
    const token = await issue();
    signers.add(decodeProtectedHeader(token).kid!);
    live.push({ token, until: seconds() + 599 });
    // Copies of different ages.
    for (const [i, verify] of apis.entries())
      if (minute % 3 === i || minute > 6) for (const one of live) if (one.until > seconds()) await verify(one.token);
    pass(60);
  }
  expect(signers.size).toBe(3);
});

test('T041 a key of the owner is taken in, rotated away, revoked: no verification fails before that', async () => {
  const { tenants } = gatehouse.services;
  const { privateKey } = ecKeys();
  const mine = JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid: 'mine' });
  const [first] = await kids();
  const verify = strictApi();
  const live: { token: string; until: number }[] = [];
  const signers: (string | undefined)[] = [];
  for (let minute = 0; minute < 30; minute += 1) {
    if (minute === 3) await tenants.importKey(acme.id, mine);
    if (minute === 15) await tenants.rotateKeys(acme.id);
    const token = await issue();
    const { kid } = decodeProtectedHeader(token);
    if (signers.at(-1) !== kid) signers.push(kid);
    live.push({ token, until: seconds() + 599 });
    for (const one of live) if (one.until > seconds()) await verify(one.token);
    pass(60);
  }
  expect(signers).toEqual([first, 'mine', expect.any(String)]);
  const shown = (await jwks()).keys.find(({ kid }) => kid === 'mine')!;
  expect(shown).toEqual({ ...publicJwk(createPublicKey(privateKey)), kid: 'mine', alg: 'ES256', use: 'sig' });

  await tenants.revokeKeys(acme.id);
  expect(await kids()).toEqual([expect.not.stringContaining('mine')]);
  expect(gatehouse.logged()).not.toContain(privateKey.export({ format: 'jwk' }).d);
});

test('T041 a key is published before it signs, and for as long as what it signed can live', async () => {
  const [first] = await kids();
  await gatehouse.services.tenants.rotateKeys(acme.id);
  const second = (await kids()).find((kid) => kid !== first)!;
  const signer = async () => decodeProtectedHeader(await issue()).kid;
  expect([await signer(), (await kids()).length]).toEqual([first, 2]);
  pass(299);
  expect(await signer()).toBe(first);
  pass(2);
  expect([await signer(), (await kids()).length]).toEqual([second, 2]);
  pass(3600 + 300);
  expect(await kids()).toEqual([second]);
});

test('T041 a leaked key is gone at once, and what it signed is refused here', async () => {
  const agent = createUserAgent({ stopAt: CALLBACK });
  const { id_token } = await newTokens(agent, rawClient(acme.issuer, 'web'));
  const hinted = () => service.get(`/session/end?${new URLSearchParams({ id_token_hint: id_token })}`);
  const leaked = await kids();
  expect((await hinted()).status).toBe(200);
  await gatehouse.services.tenants.revokeKeys(acme.id);
  const left = await kids();
  expect(left).toHaveLength(1);
  expect(leaked).not.toContain(left[0]);
  expect((await hinted()).status).toBe(400);
  expect(decodeProtectedHeader(await issue()).kid).toBe(left[0]);
});

test('T041 the JWKS shows public members only, and no key of another tenant', async () => {
  const bravo = await inhabited(gatehouse, 'bravo', { signing: { algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'] } });
  const { keys } = await jwks(rawClient(bravo.issuer, 'service'));
  expect(keys.map(({ alg }) => alg)).toEqual(['RS256', 'PS256', 'ES256', 'EdDSA']);
  const members = new Set(keys.flatMap((key) => Object.keys(key)));
  expect([...members].sort()).toEqual(['alg', 'crv', 'e', 'kid', 'kty', 'n', 'use', 'x', 'y']);
  const ours = await kids();
  expect(keys.filter(({ kid }) => ours.includes(kid!))).toEqual([]);
});
