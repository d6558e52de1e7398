import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type TestTenants, twoTenants } from '../../test/support/tenants.ts';

let at: TestTenants;
beforeAll(async () => {
  at = await twoTenants();
});
afterAll(() => at.store.close());

const OWN = 'https://login.acme.example.com';
const refused = (pointer: string) => ({
  code: 'invalid_input',
  problems: [{ pointer: `/settings/passkeys/${pointer}` }],
});

test.each([
  [OWN, 'login.acme.example.com'],
  [OWN, 'acme.example.com'],
  [OWN, 'example.com'],
])('an issuer %s can have the RP ID %s', (issuer, rp_id) => {
  at.tenants.check({ id: 'acme', name: 'Acme', issuer, settings: { passkeys: { rp_id } } });
});

test.each([
  [OWN, 'com'],
  [OWN, 'other.example.com'],
  [OWN, 'me.example.com'],
  [OWN, 'login.acme.example.com.'],
  [OWN, 'Example.com'],
  [OWN, 'a.login.acme.example.com'],
  [OWN, 'https://example.com'],
  [undefined, 'example.com'],
])('an issuer %s cannot have the RP ID %s', (issuer, rp_id) => {
  const check = async () => at.tenants.check({ id: 'acme', name: 'Acme', issuer, settings: { passkeys: { rp_id } } });
  return expect(check()).rejects.toMatchObject(refused('rp_id'));
});

test.each([
  'http://app.example.com',
  'https://app.example.com/',
  'https://app.example.com/x',
  'app.example.com',
  'null',
])('%s is no related origin', (origin) => {
  const settings = { passkeys: { related_origins: [origin] } };
  const check = async () => at.tenants.check({ id: 'acme', name: 'Acme', issuer: OWN, settings });
  return expect(check()).rejects.toMatchObject(refused('related_origins/0'));
});

test('related origins need a host of one tenant', () => {
  const settings = { passkeys: { related_origins: ['https://app.example.com'] } };
  at.tenants.check({ id: 'acme', name: 'Acme', issuer: OWN, settings });
  const shared = async () => at.tenants.check({ id: 'acme', name: 'Acme', settings });
  return expect(shared()).rejects.toMatchObject(refused('related_origins'));
});

test('a change of the issuer, too, must go with what is set', async () => {
  const settings = { passkeys: { rp_id: 'example.com' } };
  await expect(at.tenants.change('a', { settings })).rejects.toMatchObject(refused('rp_id'));
  await at.tenants.change('a', { issuer: OWN, settings });
  const before = await at.tenants.get('a');
  await expect(at.tenants.change('a', { issuer: 'https://login.acme.test' })).rejects.toMatchObject(refused('rp_id'));
  await expect(at.tenants.change('a', { issuer: null })).rejects.toMatchObject(refused('rp_id'));
  expect(await at.tenants.get('a')).toEqual(before);
});
