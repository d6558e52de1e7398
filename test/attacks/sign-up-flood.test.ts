import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createAttacks } from '../../src/risk/attacks.ts';
import { createSignUps } from '../../src/risk/sign-ups.ts';
import { type TestTenants, twoTenants } from '../support/tenants.ts';

/** T112: new accounts by the hundred. */

let at: TestTenants;
let now: number;
beforeEach(async () => {
  now = Date.now();
  at = await twoTenants(() => now);
});
afterEach(() => at.store.close());

const signUps = async (count: number, ipOf: (i: number) => string, tenant = at.a) => {
  const countSignUp = createSignUps({ attacks: createAttacks({ audit: at.audit, clock: () => now }) });
  const spent = await Promise.all(Array.from({ length: count }, (_, i) => countSignUp(tenant, { ip: ipOf(i) })));
  return spent.filter(({ allowed }) => allowed).length;
};
const floods = async (tenant = at.a) =>
  (await at.audit.find(tenant.id)).items
    .filter(({ type }) => type === 'attack.signup_flood')
    .map(({ details }) => details?.by);

test.each([
  ['one address', 10, () => '192.0.2.1', 'sign-ups by address'],
  ['one /64', 10, (i: number) => `2001:db8::${i.toString(16)}`, 'sign-ups by address'],
  ['one network', 50, (i: number) => `192.0.2.${i % 250}`, 'sign-ups by network'],
  ['one /48', 50, (i: number) => `2001:db8:0:${i.toString(16)}::1`, 'sign-ups by network'],
])('from %s: %d an hour, and exactly one event', async (_name, most, ipOf, by) => {
  expect(await signUps(200, ipOf)).toBe(most);
  expect(await floods()).toEqual([by]);
  expect(await signUps(1, () => '198.51.100.1')).toBe(1);
  expect(await signUps(1, ipOf, at.b)).toBe(1);
  now += 3_601_000;
  expect(await signUps(1, ipOf)).toBe(1);
});

test('from everywhere: as many as the tenant takes', async () => {
  const { settings } = at.a;
  const sign_ups = { ...settings.risk.sign_ups, per_tenant: 30 };
  const tenant = { ...at.a, settings: { ...settings, risk: { ...settings.risk, sign_ups } } };
  expect(await signUps(100, (i) => `198.51.${i}.1`, tenant)).toBe(30);
  expect(await floods()).toEqual(['sign-ups']);
});
