import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type TestTenants, twoTenants } from '../../test/support/tenants.ts';
import { withAccount } from './device.ts';
import { LIMITS } from './limits.ts';
import { countGuess, failuresAround, forgiveAccount, forgiveGuess, type Guess, withdrawGuess } from './throttle.ts';

let at: TestTenants;
let now: number;

beforeEach(async () => {
  now = Date.now();
  at = await twoTenants(() => now);
});
afterEach(() => at.store.close());

const DAY = 24 * 3600;
const guess = (account: string, ip: string, more: Partial<Guess> = {}): Guess => ({
  tenant: at.a,
  account,
  ip,
  ...more,
});
/** How many of so many guesses at once are allowed. */
const allowed = async (count: number, of: (i: number) => Guess) => {
  const decisions = await Promise.all(Array.from({ length: count }, (_, i) => countGuess(of(i))));
  return decisions.filter((decision) => decision.allowed).length;
};
const ipOf = (i: number) => `203.${i >> 8}.${i & 255}.1`;
const pass = (seconds: number) => {
  now += seconds * 1000;
};
const waitOf = async (of: Guess) => {
  const decision = await countGuess(of);
  return decision.allowed ? 0 : decision.retryAfter;
};

test('50 guesses at once count 50', async () => {
  expect(await allowed(50, () => guess('ada', '203.0.113.7'))).toBe(LIMITS.pair.max);
  expect(await countGuess(guess('ada', '203.0.113.7'))).toEqual({ allowed: false, retryAfter: 900 });
});

test('who keeps on waits longer each time, however often he asks meanwhile', async () => {
  const waits: number[] = [];
  for (let round = 0; round < 6; round += 1) {
    await allowed(30, () => guess('ada', '203.0.113.7'));
    const wait = await waitOf(guess('ada', '203.0.113.7'));
    waits.push(wait);
    pass(wait);
  }
  expect(waits.slice(0, 5)).toEqual([900, 2700, 10_800, 28_800, 43_200]);
  // A day is over: it begins anew.
  expect(waits[5]).toBe(900);
});

test('one address cannot lock an account for others, nor one account an address', async () => {
  await allowed(200, () => guess('ada', '203.0.113.7'));
  expect(await countGuess(guess('ada', '198.51.100.1'))).toMatchObject({ allowed: true });
  await allowed(1, () => guess('eve', '203.0.113.8'));
  expect(await countGuess(guess('eve', '203.0.113.8'))).toMatchObject({ allowed: true });
});

test.each([
  ['from one address, in IPv6 from one /64', 'address', (i: number) => `2001:db8::${i.toString(16)}`],
  ['from one network, in IPv6 one /48', 'network', (i: number) => `2001:db8:0:${i.toString(16)}::1`],
  ['from one network', 'network', (i: number) => `203.0.113.${i % 256}`],
] as const)('many accounts %s', async (_name, by, ip) => {
  const { max } = LIMITS[by];
  expect(await allowed(max + 50, (i) => guess(`user ${i}`, ip(i)))).toBe(max);
  expect(await countGuess(guess('eve', ip(1)))).toMatchObject({
    allowed: false,
    attack: { type: 'attack.stuffing', by },
  });
  expect(await countGuess(guess('ada', '2001:db8:1::1'))).toMatchObject({ allowed: true });
});

test('one account from many addresses: no more than 80 a day', async () => {
  let total = 0;
  for (let quarter = 0; quarter < 12; quarter += 1) {
    total += await allowed(60, (i) => guess('ada', ipOf(quarter * 60 + i)));
    pass(900);
  }
  expect(total).toBe(80);
  expect(await countGuess(guess('ada', '198.51.100.1'))).toMatchObject({ attack: { type: 'attack.guessing' } });
  pass(DAY);
  expect(await countGuess(guess('ada', '198.51.100.1'))).toMatchObject({ allowed: true });
});

test('a recovery begins the account anew', async () => {
  await allowed(60, (i) => guess('ada', ipOf(i)));
  expect(await waitOf(guess('ada', '198.51.100.1'))).toBeGreaterThan(0);
  await allowed(20, () => guess('ada', '203.0.113.7'));
  await forgiveAccount(guess('ada', '203.0.113.7'));
  expect(await waitOf(guess('ada', '198.51.100.1'))).toBe(0);
  expect(await waitOf(guess('ada', '203.0.113.7'))).toBe(0);
});

test('one password at many accounts from everywhere', async () => {
  const max = at.a.settings.risk.guesses.same_password;
  const spray = (i: number) => guess(`user ${i}`, ipOf(i), { password: 'Winter2026!' });
  expect(await allowed(max + 20, spray)).toBe(max);
  expect(await countGuess(spray(999))).toMatchObject({ attack: { type: 'attack.spray', by: 'password' } });
  expect(await countGuess(guess('user 1', ipOf(999), { password: 'another' }))).toMatchObject({ allowed: true });
});

test('a device where the account has signed in has guesses of its own', async () => {
  const device = withAccount(at.a, undefined, 'ada');
  const home = (more = {}) => guess('ada', '203.0.113.7', { device, ...more });
  // Behind the same address, with the same password, strangers use up all that is theirs.
  await allowed(200, (i) => guess(`user ${i}`, '203.0.113.7', { password: 'mine' }));
  await allowed(200, (i) => guess('ada', ipOf(i)));
  expect(await waitOf(guess('ada', '203.0.113.7'))).toBeGreaterThan(0);
  expect(await waitOf(guess('eve', '203.0.113.7', { device }))).toBeGreaterThan(0);
  expect(await allowed(30, () => home({ password: 'mine' }))).toBe(LIMITS.device.max);
  expect(await countGuess(home())).toEqual({ allowed: false, retryAfter: 900 });
  await forgiveGuess(home());
  expect(await countGuess(home())).toEqual({ allowed: true, failures: { pairFailures: 0 } });
  expect(await waitOf(guess('ada', '198.51.100.1'))).toBeGreaterThan(0);
});

test('success forgives the pair and the account, not the address', async () => {
  await allowed(9, () => guess('ada', '203.0.113.7'));
  await countGuess(guess('ada', '203.0.113.7'));
  await forgiveGuess(guess('ada', '203.0.113.7'));
  expect(await allowed(20, () => guess('ada', '203.0.113.7'))).toBe(LIMITS.pair.max);
  // 9 failures, a success that does not count, 20 guesses: 71 are left.
  expect(await allowed(100, (i) => guess(`user ${i}`, '203.0.113.7'))).toBe(LIMITS.address.max - 29);
});

test('what failed before is told, for the decision', async () => {
  const own = guess('ada', '203.0.113.7', { password: 'wrong' });
  await allowed(2, () => own);
  await allowed(3, (i) => guess(`user ${i}`, '203.0.113.7'));
  await allowed(4, (i) => guess(`user ${i}`, '203.0.113.8'));
  expect(await countGuess(own)).toEqual({
    allowed: true,
    failures: { pairFailures: 2, accountFailures: 2, addressFailures: 5, networkFailures: 9, tenantFailures: 9 },
  });
  for (let i = 0; i < 3; i += 1) await forgiveGuess(own);
  expect(await countGuess(own)).toMatchObject({ failures: { pairFailures: 0, networkFailures: 7, tenantFailures: 7 } });
});

test('what is forgiven after its window is no failure less than none', async () => {
  const own = guess('ada', '203.0.113.7', { password: 'right' });
  await countGuess(own);
  pass(DAY + 1);
  await forgiveGuess(own);
  const none = { pairFailures: 0, accountFailures: 0, addressFailures: 0, networkFailures: 0, tenantFailures: 0 };
  expect(await countGuess(own)).toEqual({ allowed: true, failures: none });
});

test('a flood of a whole tenant is told, and locks nobody out', async () => {
  const settings = {
    ...at.a.settings,
    risk: { ...at.a.settings.risk, guesses: { same_password: 50, tenant_alarm: 5 } },
  };
  const tenant = { ...at.a, settings };
  expect(await allowed(5, (i) => guess(`user ${i}`, ipOf(i), { tenant }))).toBe(5);
  expect(await countGuess(guess('user 6', ipOf(6), { tenant }))).toMatchObject({
    allowed: true,
    attack: { type: 'attack.stuffing', by: 'tenant' },
  });
});

test('a tenant does not count for another', async () => {
  await allowed(20, () => guess('ada', '203.0.113.7'));
  expect(await countGuess(guess('ada', '203.0.113.7', { tenant: at.b }))).toMatchObject({ allowed: true });
});

test('a store that is down allows nothing', async () => {
  const { store } = at;
  await store.close();
  await expect(countGuess(guess('ada', '203.0.113.7'))).rejects.toMatchObject({ code: 'unavailable' });
});

test.each([
  ['a stranger', () => guess('ada', '203.0.113.7', { password: 'spring' })],
  ['a known device', () => guess('ada', '203.0.113.7', { device: withAccount(at.a, undefined, 'ada') })],
])('a guess of %s that was not looked at is none', async (_name, make) => {
  const one = make();
  for (let i = 0; i < 3; i += 1) await countGuess(one);
  const before = await countGuess(one);
  for (let i = 0; i < 20; i += 1) {
    await withdrawGuess(one);
    expect(await countGuess(one)).toEqual(before);
  }
});

test('failures around an address are those of its neighbours too, and looking counts nothing', async () => {
  for (let i = 0; i < 5; i += 1) await countGuess(guess(`user ${i}`, '203.0.113.7'));
  await countGuess(guess('ada', '203.0.113.8'));
  for (let i = 0; i < 2; i += 1)
    expect(await failuresAround(at.a, '203.0.113.7')).toEqual({
      addressFailures: 5,
      networkFailures: 6,
      tenantFailures: 6,
    });
  expect(await failuresAround(at.b, '203.0.113.7')).toEqual({
    addressFailures: 0,
    networkFailures: 0,
    tenantFailures: 0,
  });
});
