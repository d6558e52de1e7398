import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type TestTenants, twoTenants } from '../../test/support/tenants.ts';
import { createTrustedDevices, type TrustedDevices } from './trusted-devices.ts';

const DAY = 86_400_000;
let at: TestTenants;
let now: number;
let devices: TrustedDevices;
let token: string;
beforeEach(async () => {
  now = 1_800_000_000_000;
  at = await twoTenants(() => now);
  devices = createTrustedDevices({ clock: () => now, audit: at.audit });
  token = await devices.trust(at.a, 'ada', { origin: { userAgent: 'Browser' }, days: 30 });
});
afterEach(() => at.store.close());

const by = { accountId: 'ada', days: 30 };

test('a token stands for one account of one tenant, for so many days', async () => {
  const [id] = token.split('.');
  now += 30 * DAY - 1;
  expect(await devices.check(at.a, token, by)).toBe(id);
  now += 1;
  expect(await devices.check(at.a, token, by)).toBeUndefined();
});

test.each<[string, (token: string) => string | undefined]>([
  ['none', () => undefined],
  ['an empty one', () => ''],
  ['an id alone', (good) => good.split('.')[0]],
  ['a wrong secret', (good) => `${good.split('.')[0]}.${'A'.repeat(43)}`],
  ['a secret that is longer', (good) => `${good}A`],
  ['an unknown id', (good) => `01ARZ3NDEKTSV4RRFFQ69G5FAV.${good.split('.')[1]}`],
])('%s is no trust', async (_, change) => {
  expect(await devices.check(at.a, change(token), by)).toBeUndefined();
});

test.each<[string, object]>([
  ['another account', { accountId: 'eve' }],
  ['a password changed since', { since: 1_800_000_000_000 }],
  ['a policy that trusts no device', { days: 0 }],
])('it ends with %s', async (_, over) => {
  const [id = ''] = token.split('.');
  now += 1;
  expect(await devices.holds(at.a, id, by)).toBe(true);
  expect(await devices.holds(at.a, id, { ...by, ...over })).toBe(false);
  expect(await devices.check(at.a, token, { ...by, ...over })).toBeUndefined();
});

test('another tenant does not know it', async () => {
  expect(await devices.check(at.b, token, by)).toBeUndefined();
  expect(await devices.holds(at.b, token.split('.')[0]!, by)).toBe(false);
  expect(await devices.list(at.b, 'ada')).toEqual([]);
});

test('its owner lists and forgets it, nobody else does', async () => {
  const [device] = await devices.list(at.a, 'ada');
  expect(device).toMatchObject({ origin: { userAgent: 'Browser' }, createdAt: now });
  expect(await devices.forget(at.a, 'eve', device!.id)).toBe(false);
  expect(await devices.forget(at.b, 'ada', device!.id)).toBe(false);
  expect(await devices.check(at.a, token, by)).toBe(device!.id);
  expect(await devices.forget(at.a, 'ada', device!.id)).toBe(true);
  expect(await devices.forget(at.a, 'ada', device!.id)).toBe(false);
  expect(await devices.holds(at.a, device!.id, by)).toBe(false);
  expect(await devices.check(at.a, token, by)).toBeUndefined();
});

test('the secret is not in the store', async () => {
  expect(JSON.stringify(await devices.list(at.a, 'ada'))).not.toContain(token.split('.')[1]);
});
