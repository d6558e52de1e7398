import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { hashSync } from 'bcrypt';
import { type TestTenants, twoTenants } from '../../test/support/tenants.ts';
import { type Accounts, createAccounts } from '../accounts/accounts.ts';
import { seconds } from '../core/clock.ts';
import { tooManyRequests, unavailable } from '../core/errors.ts';
import type { MigrateUser } from '../factors/password/migration.ts';
import { createPasswords } from '../factors/password/passwords.ts';
import { createQueue } from '../factors/password/queue.ts';
import type { Attack } from '../risk/attacks.ts';
import { withAccount } from '../risk/device.ts';
import { LIMITS } from '../risk/throttle.ts';
import { createPasswordSignIn } from './password-sign-in.ts';
import type { SignInAttempt, SignInWithPassword } from './sign-in.ts';

const PASSWORD = 'correct horse battery';

let at: TestTenants;
let accounts: Accounts;
let signIn: SignInWithPassword;
let verified: (string | undefined)[];
let reported: Attack[];
let leaked: string[] = [];
let busy: boolean;

beforeEach(async () => {
  at = await twoTenants();
  const passwords = createPasswords({ cost: 4, queue: createQueue() });
  verified = [];
  reported = [];
  busy = false;
  leaked = [];
  accounts = createAccounts({ clock: at.clock, audit: at.audit, passwords });
  const verify: typeof passwords.verify = async (tenant, stored, password) => {
    if (busy) throw unavailable('sign-in', undefined, 5);
    verified.push(stored);
    return passwords.verify(tenant, stored, password);
  };
  const migrateUser = jest.fn<MigrateUser>(async ({ identifier }) =>
    identifier === 'new@example.com' ? accounts.create(at.a, { email: identifier }) : undefined,
  );
  signIn = createPasswordSignIn({
    clock: at.clock,
    accounts,
    audit: at.audit,
    attacks: { report: async (_tenant, attack) => void reported.push(attack) },
    passwords: { ...passwords, verify, isLeaked: async (_, password) => leaked.includes(password) },
    migrateUser,
  });
  await accounts.create(at.a, { email: 'ada@example.com', username: 'ada', password: PASSWORD });
});
afterEach(() => at.store.close());

const attempt = (identifier: string, password: string, more: Partial<SignInAttempt> = {}) =>
  signIn({
    tenant: at.a,
    identifier,
    password,
    ip: '203.0.113.7',
    requestId: 'r1',
    clientId: 'web',
    askForWork: async () => undefined,
    ...more,
  });
const events = async () =>
  (await at.audit.find(at.a.id, { limit: 1000 })).items.filter((event) => event.type.startsWith('sign_in.'));

test('by e-mail address or username, in any spelling', async () => {
  const user = await accounts.findByIdentifier(at.a, 'ada');
  for (const identifier of ['ada@example.com', 'ADA@Example.COM', 'Ada'])
    expect(await attempt(identifier, PASSWORD)).toEqual({
      ok: true,
      accountId: user!.id,
      as: {},
      proof: { factor: 'password', at: seconds(at.clock) },
      noticed: { failures: expect.objectContaining({ pairFailures: 0 }) },
    });
  expect(await attempt('ada', PASSWORD, { tenant: at.b })).toEqual({ ok: false, reason: 'invalid' });
});

test('a password that is known from a leak is noticed', async () => {
  leaked = [PASSWORD];
  expect(await attempt('ada', PASSWORD)).toMatchObject({ ok: true, noticed: { password: 'leaked' } });
  leaked = [];
  expect((await attempt('ada', PASSWORD)) as object).not.toMatchObject({ noticed: { password: expect.anything() } });
});

test('who is taken over from the old system is in', async () => {
  const result = await attempt('new@example.com', PASSWORD);
  expect(result).toMatchObject({ ok: true, accountId: (await accounts.findByIdentifier(at.a, 'new@example.com'))!.id });
  expect(await events()).toEqual([]);
});

test('who cannot sign in gets one answer after one verification, and one event', async () => {
  const disabled = await accounts.create(at.a, { email: 'dan@example.com', password: PASSWORD, status: 'disabled' });
  const bare = await accounts.create(at.a, { email: 'eve@example.com' });
  const cases = [
    ['ada', 'wrong password', 'wrong password', (await accounts.findByIdentifier(at.a, 'ada'))!.id],
    ['dan@example.com', PASSWORD, 'disabled user', disabled.id],
    ['eve@example.com', PASSWORD, 'user without password', bare.id],
    ['nobody@example.com', PASSWORD, 'unknown user', undefined],
    ['my secret pass phrase', PASSWORD, 'unknown user', undefined],
  ] as const;
  for (const [identifier, password] of cases)
    expect(await attempt(identifier, password)).toEqual({ ok: false, reason: 'invalid' });
  expect(verified).toHaveLength(cases.length);
  const recorded = await events();
  expect(recorded.map(({ type, target, details }) => [type, details?.reason, target])).toEqual(
    cases.map(([, , reason, target]) => ['sign_in.failed', reason, target]),
  );
  for (const secret of [PASSWORD, 'my secret', 'nobody@']) expect(JSON.stringify(recorded)).not.toContain(secret);
  expect(recorded.at(-1)?.details?.identifier).toEqual(expect.any(String));
});

test('aliases of one account share its count; known and unknown are throttled alike', async () => {
  for (const name of ['ada', 'nobody']) {
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, i) => attempt(i % 2 ? name : name.toUpperCase(), 'wrong password')),
    );
    expect(results.filter((result) => !result.ok && result.reason === 'invalid')).toHaveLength(LIMITS.pair.max);
    expect(results).toContainEqual({ ok: false, reason: 'throttled', retryAfter: expect.any(Number) });
  }
  expect(await attempt('ada@example.com', PASSWORD)).toMatchObject({ reason: 'throttled' });
  expect((await events()).filter((event) => event.type === 'sign_in.throttled')).toHaveLength(81);
});

test('a foreign hash becomes ours at the first sign-in', async () => {
  const imported = hashSync(PASSWORD, 4);
  const user = await accounts.create(at.a, { email: 'imp@example.com', password_hash: imported });
  await attempt('imp@example.com', 'wrong password');
  expect((await accounts.get(at.a, user.id))?.passwordHash).toBe(imported);
  expect(await attempt('imp@example.com', PASSWORD)).toMatchObject({ ok: true });
  expect((await accounts.get(at.a, user.id))?.passwordHash).toMatch(/^\$gh1\$/);
  expect(await attempt('imp@example.com', PASSWORD)).toMatchObject({ ok: true });
});

test('what no password can be is refused, and on record', async () => {
  await expect(attempt('ada', 'x'.repeat(1025))).rejects.toMatchObject({ code: 'invalid_input' });
  expect((await events()).at(-1)?.details?.reason).toBe('malformed password');
});

test('who signs in often is not throttled', async () => {
  for (let i = 0; i < LIMITS.address.max + 5; i += 1)
    expect(await attempt('ada', PASSWORD)).toMatchObject({ ok: true });
});

describe('work that is asked for', () => {
  const asked = { errors: [], challenge: { work: { token: 't', salt: 's', bits: 14, wait: 15 }, captcha: undefined } };
  const askForWork = jest.fn<SignInAttempt['askForWork']>(async () => asked);
  beforeEach(() => {
    askForWork.mockClear();
  });

  test('comes before the password is looked at, alike for anybody, and counts', async () => {
    for (const name of ['ada', 'nobody']) {
      const results = [];
      for (let i = 0; i < LIMITS.pair.max + 1; i += 1) results.push(await attempt(name, PASSWORD, { askForWork }));
      expect(results[0]).toEqual({ ok: false, reason: 'challenged', asked });
      expect(results.at(-1)).toMatchObject({ reason: 'throttled' });
    }
    expect(verified).toEqual([]);
    expect(askForWork).toHaveBeenLastCalledWith(expect.objectContaining({ pairFailures: LIMITS.pair.max - 1 }));
    expect(new Set((await events()).map(({ type }) => type))).toEqual(
      new Set(['sign_in.challenged', 'sign_in.throttled']),
    );
  });

  test('and whoever waits instead too often is on record', async () => {
    askForWork.mockRejectedValueOnce(tooManyRequests(60));
    await expect(attempt('ada', PASSWORD, { askForWork })).rejects.toMatchObject({ status: 429 });
    expect((await events()).map(({ type }) => type)).toEqual(['sign_in.throttled']);
  });

  test('is not asked of a device that the account has signed in on', async () => {
    const { id } = (await accounts.findByIdentifier(at.a, 'ada'))!;
    const device = withAccount(at.a, undefined, id);
    expect(await attempt('ada', PASSWORD, { askForWork, device })).toMatchObject({ ok: true });
    expect(await attempt('nobody', PASSWORD, { askForWork, device })).toMatchObject({ reason: 'challenged' });
    expect(askForWork).toHaveBeenCalledTimes(1);
  });
});

test('what was failed before is noticed, and a password that many have', async () => {
  await accounts.create(at.a, { email: 'imp@example.com', password_hash: hashSync('password123', 4) });
  for (let i = 0; i < 3; i += 1) await attempt('imp@example.com', 'wrong password');
  expect(await attempt('imp@example.com', 'password123')).toMatchObject({
    ok: true,
    noticed: { failures: { pairFailures: 3, accountFailures: 3 }, password: 'common' },
  });
});

test('a spray and a list of users are reported', async () => {
  for (let i = 0; i < 60; i += 1) await attempt(`user${i}@example.com`, 'spring 2026', { ip: `198.51.${i}.1` });
  expect(new Set(reported.map(({ type }) => type))).toEqual(new Set(['attack.spray']));
});

test('a queue that is full costs nobody a guess', async () => {
  busy = true;
  for (let i = 0; i < LIMITS.pair.max + 5; i += 1)
    await expect(attempt('ada', PASSWORD)).rejects.toMatchObject({ code: 'unavailable', retryAfter: 5 });
  busy = false;
  expect(await attempt('ada', PASSWORD)).toMatchObject({ ok: true });
});

test('what cannot be put on record is not refused either', async () => {
  jest.spyOn(at.audit, 'record').mockRejectedValue(new Error('down'));
  await expect(attempt('ada', 'wrong password')).rejects.toThrow('down');
});
