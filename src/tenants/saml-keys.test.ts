import { createPublicKey, type JsonWebKey, X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type TestTenants, twoTenants } from '../../test/support/tenants.ts';
import { rotateOldKeys } from '../maintenance.ts';
import type { Services } from '../services.ts';

const DAY = 86_400_000;

let at: TestTenants;
let now = Date.parse('2026-12-01T00:00:00Z');
beforeAll(async () => {
  at = await twoTenants(() => now);
});
afterAll(() => at.store.close());

const keysOf = async (id: string) => {
  at.resolver.drop(id);
  return (await at.resolver.byId(id))!.samlKeys;
};
const statesOf = async (id: string) => (await keysOf(id)).map(({ state }) => state);
const fault = (_id: string, error: unknown) => {
  throw error;
};

test('a tenant that begins to speak SAML has a key, in a certificate of its own, and keeps it', async () => {
  expect(await keysOf('a')).toEqual([]);
  await at.tenants.change('a', { settings: { saml: { enabled: true } } });
  const [key] = await keysOf('a');
  const certificate = new X509Certificate(key!.certificate);
  expect(certificate.publicKey.equals(createPublicKey({ key: key!.jwk as JsonWebKey, format: 'jwk' }))).toBe(true);
  expect(certificate.subject).toBe('CN=a');
  expect(certificate.validToDate.getTime()).toBeGreaterThan(now + 10 * 365 * DAY);
  await at.tenants.change('a', { settings: {} });
  await at.tenants.change('a', { settings: { saml: { enabled: true } } });
  expect(await keysOf('a')).toEqual([key]);
  await at.tenants.create({ id: 'born', name: 'Born', settings: { saml: { enabled: true } } });
  expect(await keysOf('born')).toHaveLength(1);
  expect(JSON.stringify(await at.tenants.get('born'))).not.toContain((await keysOf('born'))[0]!.jwk.d);
});

test('its successor is published ahead, signs, and the old one goes', async () => {
  const [first] = await keysOf('a');
  await at.tenants.rotateSamlKey('a');
  expect(await statesOf('a')).toEqual(['current', 'next']);
  expect((await keysOf('a'))[0]).toEqual(first);
  now += 30 * DAY;
  expect(await statesOf('a')).toEqual(['current', 'previous']);
  expect((await keysOf('a'))[1]!.kid).toBe(first!.kid);
  now += DAY;
  expect(await statesOf('a')).toEqual(['current']);
  await at.tenants.rotateSamlKey('a', { now: true });
  expect(await statesOf('a')).toEqual(['current', 'previous']);
  await at.tenants.revokeSamlKey('a');
  expect(await statesOf('a')).toEqual(['current']);
});

test('where SAML is off there is nothing to rotate', async () => {
  await expect(at.tenants.rotateSamlKey('b')).rejects.toMatchObject({ code: 'invalid_input' });
  await expect(at.tenants.revokeSamlKey('nobody')).rejects.toMatchObject({ code: 'not_found' });
  expect(await keysOf('b')).toEqual([]);
});

test('it changes by itself only where the tenant wants it', async () => {
  const services = { tenants: at.tenants } as Services;
  await at.tenants.suspend('b');
  const settings = (rotate_after_days?: number) => ({
    signing: { rotate_after_days: 3650 },
    saml: { enabled: true, ...(rotate_after_days && { rotate_after_days }) },
  });
  await at.tenants.change('a', { settings: settings() });
  await at.tenants.change('born', { settings: settings() });
  expect(await rotateOldKeys(services, now + 3000 * DAY, fault)).toEqual([]);
  await at.tenants.change('a', { settings: settings(365) });
  expect(await rotateOldKeys(services, now + 364 * DAY, fault)).toEqual([]);
  expect(await rotateOldKeys(services, now + 366 * DAY, fault)).toEqual(['a']);
  expect(await rotateOldKeys(services, now + 366 * DAY, fault)).toEqual([]);
});
