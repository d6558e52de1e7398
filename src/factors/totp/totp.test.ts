import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { eventsOf, losingRecords, type TestTenants, twoTenants } from '../../../test/support/tenants.ts';
import { createAttacks } from '../../risk/attacks.ts';
import { withAccount } from '../../risk/device.ts';
import { openSqlite } from '../../store/sqlite/open.ts';
import type { Notice } from '../notices.ts';
import { hotp, stepAt } from './algorithm.ts';
import { MAX_AUTHENTICATORS } from './enrolment.ts';
import { authenticatorsRecord } from './record.ts';
import { createTotp, type Totp } from './totp.ts';

let at: TestTenants;
let now: number;
let totp: Totp;
let notices: Notice[];
beforeEach(async () => {
  now = 1_800_000_000_000;
  at = await twoTenants(() => now);
  notices = [];
  const notify = async (_tenant: unknown, _account: string, notice: Notice) => void notices.push(notice);
  totp = createTotp({ ...at, attacks: createAttacks(at), notify });
});
afterEach(() => at.store.close());

const bytesOf = (secret: string) => {
  const bits = [...secret].map((char) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(char).toString(2).padStart(5, '0'));
  return Buffer.from(
    bits
      .join('')
      .match(/.{8}/g)!
      .map((byte) => Number.parseInt(byte, 2)),
  );
};
/** The code that an app shows, so many steps from now. */
const codeOf = (secret: string, ahead = 0) => hotp(bytesOf(secret), stepAt(now / 1000) + ahead);
const wrong = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

const begin = (binding = 's1') => totp.begin(at.a, 'ada', { binding, label: 'ada@example.com' });
const confirm = (code: string, { binding = 's1', account = 'ada', tenant = at.a, name = 'Phone' } = {}) =>
  totp.confirm(tenant, account, { binding, code, name });
async function enrolled(name = 'Phone') {
  const { secret } = await begin();
  const { id } = (await confirm(codeOf(secret), { name })) as { id: string };
  now += 60_000;
  return { secret, id };
}

describe('enrolment', () => {
  test('counts once a code has proven that the app has the seed', async () => {
    const { secret } = await begin();
    expect(bytesOf(secret)).toHaveLength(20);
    expect(await totp.list(at.a, 'ada')).toEqual([]);
    expect(await totp.verify(at.a, 'ada', codeOf(secret))).toEqual({ ok: false, reason: 'wrong' });
    expect(await confirm(wrong(codeOf(secret)))).toEqual({ ok: false, reason: 'wrong' });
    const proof = { factor: 'totp', at: now / 1000 };
    expect(await confirm(codeOf(secret), { name: ' My phone ' })).toMatchObject({ ok: true, proof });
    expect(await totp.list(at.a, 'ada')).toEqual([{ id: expect.any(String), name: 'My phone', createdAt: now }]);
    expect(notices).toEqual([{ template: 'factor_added', factor: 'totp' }]);
    expect(await eventsOf(at.audit, at.a)).toContain('factor.enrolled');
  });

  test('the code that proved it does not sign in as well', async () => {
    const { secret } = await begin();
    const code = codeOf(secret);
    await confirm(code);
    expect(await totp.verify(at.a, 'ada', code)).toMatchObject({ ok: false });
    now += 30_000;
    expect(await totp.verify(at.a, 'ada', codeOf(secret))).toMatchObject({ ok: true });
  });

  test.each<[string, object, 'a' | 'b']>([
    ['of another session', { binding: 's2' }, 'a'],
    ['of another account', { account: 'eve' }, 'a'],
    ['of another tenant', {}, 'b'],
  ])('is not ended by that %s', async (_name, by, tenant) => {
    const { secret } = await begin();
    const refused = await confirm(codeOf(secret), { ...by, tenant: at[tenant] });
    expect(refused).toEqual({ ok: false, reason: 'expired' });
    expect(await confirm(codeOf(secret))).toMatchObject({ ok: true });
  });

  test('only the newest seed counts, for 15 minutes, once', async () => {
    const { secret: old } = await begin();
    const { secret } = await begin();
    expect(await confirm(codeOf(old))).toMatchObject({ reason: 'wrong' });
    const answers = await Promise.all([confirm(codeOf(secret)), confirm(codeOf(secret))]);
    expect(answers.map(({ ok }) => ok).sort()).toEqual([false, true]);
    const { secret: late } = await begin();
    now += 15 * 60_000 + 1000;
    expect(await confirm(codeOf(late))).toEqual({ ok: false, reason: 'expired' });
  });

  test('there are at most so many, also when two sessions add the last', async () => {
    for (let i = 1; i < MAX_AUTHENTICATORS; i += 1) await enrolled(`App ${i}`);
    const [one, two] = [await begin('s1'), await begin('s2')];
    const last = [confirm(codeOf(one.secret)), confirm(codeOf(two.secret), { binding: 's2' })];
    const states = (await Promise.allSettled(last)).map(({ status }) => status).sort();
    expect(states).toEqual(['fulfilled', 'rejected']);
    expect(await totp.list(at.a, 'ada')).toHaveLength(MAX_AUTHENTICATORS);
    await expect(begin()).rejects.toMatchObject({ code: 'invalid_input' });
  });

  test('a name that nobody can read changes nothing', async () => {
    const { secret } = await begin();
    await expect(confirm(codeOf(secret), { name: ' ' })).rejects.toMatchObject({ code: 'invalid_input' });
    expect(await confirm(codeOf(secret))).toMatchObject({ ok: true });
  });
});

describe('a sign-in', () => {
  test('a code counts once, and none before it (RFC 6238 5.2)', async () => {
    const { secret } = await enrolled();
    expect(await totp.verify(at.a, 'ada', codeOf(secret, 1))).toMatchObject({ ok: true });
    for (const ahead of [1, 0, -1]) {
      expect(await totp.verify(at.a, 'ada', codeOf(secret, ahead))).toEqual({ ok: false, reason: 'wrong' });
    }
    now += 60_000;
    const spaced = codeOf(secret).replace(/^.../, '$& ');
    expect(await totp.verify(at.a, 'ada', spaced)).toMatchObject({ ok: true });
    expect(await totp.list(at.a, 'ada')).toMatchObject([{ lastUsedAt: now }]);
  });

  test('with any of several authenticators, each with steps of its own', async () => {
    const phone = await enrolled('Phone');
    const tablet = await enrolled('Tablet');
    expect(await totp.verify(at.a, 'ada', codeOf(phone.secret))).toMatchObject({ ok: true, id: phone.id });
    expect(await totp.verify(at.a, 'ada', codeOf(tablet.secret))).toMatchObject({ ok: true, id: tablet.id });
  });

  test.each([
    ['another account', 'eve', 'a'],
    ['another tenant', 'ada', 'b'],
  ] as const)('not of %s', async (_name, account, tenant) => {
    const { secret } = await enrolled();
    expect(await totp.verify(at[tenant], account, codeOf(secret))).toEqual({ ok: false, reason: 'wrong' });
  });

  test('guesses are limited, also for the right code; a day ends it', async () => {
    const { secret } = await enrolled();
    for (let i = 0; i < 10; i += 1) await totp.verify(at.a, 'ada', wrong(codeOf(secret)));
    const refused = await totp.verify(at.a, 'ada', codeOf(secret));
    expect(refused).toEqual({ ok: false, reason: 'throttled', retryAfter: 900 });
    expect(await eventsOf(at.audit, at.a)).toContain('attack.otp_guessing');
    now += 901_000;
    expect(await totp.verify(at.a, 'ada', codeOf(secret))).toMatchObject({ ok: true });

    let guesses = 0;
    for (let round = 0; round < 10; round += 1, now += 901_000) {
      for (let i = 0; i < 10; i += 1) {
        const answer = await totp.verify(at.a, 'ada', wrong(codeOf(secret)));
        if (!answer.ok && answer.reason === 'wrong') guesses += 1;
      }
    }
    expect(guesses).toBe(30);
  });

  test('what others guess locks nobody out of a device where they have signed in', async () => {
    const { secret } = await enrolled();
    for (let i = 0; i < 11; i += 1) await totp.verify(at.a, 'ada', '000000');
    const device = withAccount(at.a, undefined, 'ada');
    const evesDevice = withAccount(at.a, undefined, 'eve');
    expect(await totp.verify(at.a, 'ada', codeOf(secret), { device: evesDevice })).toMatchObject({
      reason: 'throttled',
    });
    expect(await totp.verify(at.a, 'ada', codeOf(secret), { device })).toMatchObject({ ok: true });
  });
});

test('the seed is sealed at rest, for its account and authenticator alone', async () => {
  const { secret } = await enrolled();
  const records = at.a.store.records(authenticatorsRecord);
  const { authenticators } = (await records.get('ada'))!;
  await records.insert('eve', { authenticators });
  await expect(totp.verify(at.a, 'eve', codeOf(secret))).rejects.toMatchObject({ code: 'bad_config' });
});

test('the seed is nowhere in the files of the store', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-totp-'));
  const store = await openSqlite(join(folder, 'gatehouse.sqlite'));
  try {
    const tenant = { ...at.a, store: store.forTenant('a') };
    const { secret } = await totp.begin(tenant, 'ada', { binding: 'one', label: 'ada' });
    await totp.confirm(tenant, 'ada', { binding: 'one', code: codeOf(secret), name: 'Phone' });
    const { secret: pending } = await totp.begin(tenant, 'ada', { binding: 'two', label: 'ada' });
    await store.close();
    const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
    const all = Buffer.concat(files);
    expect(all.includes('Phone')).toBe(true);
    for (const seed of [secret, pending].flatMap((text) => [text, bytesOf(text)]))
      for (const form of [seed, seed.toString('hex'), seed.toString('base64'), seed.toString('base64url')])
        expect(all.includes(form)).toBe(false);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('what was removed is over, and its user is told', async () => {
  const { secret, id } = await enrolled();
  const other = await enrolled('Tablet');
  await totp.remove(at.a, 'ada', id);
  expect(await totp.verify(at.a, 'ada', codeOf(secret))).toMatchObject({ ok: false });
  expect(await totp.verify(at.a, 'ada', codeOf(other.secret))).toMatchObject({ ok: true });
  expect(notices.at(-1)).toEqual({ template: 'factor_removed', factor: 'totp' });
  await expect(totp.remove(at.a, 'ada', id)).rejects.toMatchObject({ code: 'not_found' });
  await expect(totp.remove(at.a, 'eve', other.id)).rejects.toMatchObject({ code: 'not_found' });
  await totp.removeAll(at.a, 'ada');
  expect(await totp.list(at.a, 'ada')).toEqual([]);
});

test('an authenticator that is removed while its code is looked at proves nothing', async () => {
  const { secret, id } = await enrolled();
  expect(await totp.verify(losingRecords(at.a), 'ada', codeOf(secret))).toMatchObject({ ok: false, reason: 'wrong' });
  await expect(totp.remove(losingRecords(at.a), 'ada', id)).rejects.toMatchObject({ code: 'not_found' });
});
