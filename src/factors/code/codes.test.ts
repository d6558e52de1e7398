import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { codesWith } from '../../../test/support/codes.ts';
import { eventsOf, type TestTenants, twoTenants } from '../../../test/support/tenants.ts';
import { withAccount } from '../../risk/device.ts';
import type { Artifacts } from '../../store/artifacts.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { CodeAnswer } from './codes.ts';
import type { CodeRequest } from './send.ts';

let at: TestTenants;
let now: number;
let kit: ReturnType<typeof codesWith>;
beforeEach(async () => {
  now = 1_800_000_000_000;
  at = await twoTenants(() => now);
  kit = codesWith(at);
});
afterEach(() => at.store.close());

const origin = { ip: '203.0.113.7' };
const ADA = { accountId: 'ada', to: 'ada@example.com' };
const request = (more: Partial<CodeRequest> = {}): CodeRequest => ({
  channel: 'email',
  purpose: 'sign_in',
  binding: 'browser 1',
  origin,
  ...more,
});
const send = (more: Partial<CodeRequest> = ADA, tenant = at.a) => kit.codes.send(tenant, request(more));
const verify = (code: string, more: Partial<CodeAnswer> = {}, tenant = at.a) =>
  kit.codes.verify(tenant, { purpose: 'sign_in', binding: 'browser 1', code, origin, ...more });
const wrong = (code: string) => code.replace(/.$/, (digit) => String((Number(digit) + 1) % 10));

describe('a code', () => {
  test('goes to the address, and proves it once', async () => {
    expect(await send({ ...ADA, locale: 'de', context: { place: 'Berlin' } })).toEqual({ ok: true, resendIn: 30 });
    const code = kit.lastCode();
    expect(kit.box).toEqual([
      {
        template: 'sign_in_code',
        to: ADA.to,
        accountId: 'ada',
        locale: 'de',
        data: { code, minutes: 10, place: 'Berlin' },
      },
    ]);
    const proof = { factor: 'email_code', at: now / 1000 };
    expect(await verify(` ${code.slice(0, 4)} ${code.slice(4)}`)).toEqual({ ok: true, proof, ...ADA });
    expect(await verify(code)).toEqual({ ok: false, reason: 'expired' });
    expect(await eventsOf(at.audit, at.a)).toEqual(expect.arrayContaining(['email_code.sent', 'factor.refused']));
  });

  test.each([
    ['sign_in', 8, 'sign_in_code'],
    ['second_factor', 6, 'sign_in_code'],
    ['verify_email', 8, 'verify_email'],
    ['email_change', 8, 'email_change_verify'],
  ] as const)('for %s has %i digits', async (purpose, digits, template) => {
    await send({ ...ADA, purpose });
    expect(kit.lastCode()).toMatch(new RegExp(`^\\d{${digits}}$`));
    expect(kit.box[0]).toMatchObject({ template, to: ADA.to });
  });

  test('can prove an address that no account has yet', async () => {
    await send({ to: 'new@example.com', purpose: 'verify_email' });
    const answer = await verify(kit.lastCode(), { purpose: 'verify_email' });
    expect(answer).toMatchObject({ ok: true, accountId: undefined, to: 'new@example.com' });
  });

  test.each<[string, Partial<CodeAnswer>, 'a' | 'b']>([
    ['another browser', { binding: 'browser 2' }, 'a'],
    ['another purpose', { purpose: 'second_factor' }, 'a'],
    ['another tenant', {}, 'b'],
  ])('is of no use to %s', async (_name, more, tenant) => {
    await send();
    expect(await verify(kit.lastCode(), more, at[tenant])).toEqual({ ok: false, reason: 'expired' });
    expect(await verify(kit.lastCode())).toMatchObject({ ok: true });
  });

  test('ends when a newer one is sent, of the same browser and purpose only', async () => {
    await send();
    const first = kit.lastCode();
    await send({ ...ADA, binding: 'browser 2', origin: { ip: '198.51.100.1' } });
    const other = kit.lastCode();
    now += 30_000;
    expect(await send()).toEqual({ ok: true, resendIn: 60 });
    expect(await verify(first)).toEqual({ ok: false, reason: 'wrong' });
    expect(await verify(other, { binding: 'browser 2' })).toMatchObject({ ok: true });
    expect(await verify(kit.lastCode())).toMatchObject({ ok: true });
  });

  test('lives ten minutes', async () => {
    await send();
    now += 599_000;
    expect(await verify(wrong(kit.lastCode()))).toMatchObject({ reason: 'wrong' });
    now += 2000;
    expect(await verify(kit.lastCode())).toEqual({ ok: false, reason: 'expired' });
  });

  test('is kept as a keyed hash, and goes into no event', async () => {
    await send();
    const code = kit.lastCode();
    await verify(code);
    expect(JSON.stringify((await at.audit.find('a')).items)).not.toContain(code);
  });

  test('has five tries, and the right one comes too late after them', async () => {
    await send();
    const code = kit.lastCode();
    for (let i = 0; i < 5; i += 1) expect(await verify(wrong(code))).toEqual({ ok: false, reason: 'wrong' });
    expect(await verify(code)).toEqual({ ok: false, reason: 'used_up' });
  });
});

describe('guesses at an account', () => {
  /** So many wrong codes in browsers of their own; returns how many were looked at. */
  async function guess(rounds: number, more: Partial<CodeRequest> = ADA): Promise<number> {
    let looked = 0;
    for (let round = 0; round < rounds; round += 1) {
      const by = { binding: `guesser ${round}`, origin: { ip: `198.51.${round}.1` } };
      await send({ ...more, ...by });
      for (let i = 0; i < 5; i += 1) {
        const answer = await verify('x', by);
        if (!answer.ok && answer.reason === 'wrong') looked += 1;
      }
    }
    return looked;
  }

  test('are 20 a day, however many codes are sent', async () => {
    expect(await guess(8)).toBe(20);
    now += 3600_000;
    await send();
    expect(await verify(kit.lastCode())).toMatchObject({ ok: false, reason: 'throttled' });
    expect(await eventsOf(at.audit, at.a)).toContain('attack.otp_guessing');
    now += 24 * 3600_000;
    await send();
    expect(await verify(kit.lastCode())).toMatchObject({ ok: true });
  });

  test('lock its owner out of no device where they have signed in', async () => {
    await guess(12);
    const device = withAccount(at.a, undefined, 'ada');
    expect(await send({ ...ADA, origin })).toMatchObject({ ok: false, reason: 'throttled' });
    const known = { origin: { ...origin, device } };
    expect(await send({ ...ADA, ...known })).toMatchObject({ ok: true });
    expect(await verify(kit.lastCode(), known)).toMatchObject({ ok: true });
  });

  test('are not forgiven by a code that somebody had sent to himself', async () => {
    await guess(4);
    now += 60_000;
    await send({ accountId: 'ada', to: 'eve@example.com', purpose: 'email_change', binding: 'eve' });
    const own = await verify(kit.lastCode(), { purpose: 'email_change', binding: 'eve' });
    expect(own).toMatchObject({ ok: true, to: 'eve@example.com' });
    now += 60_000;
    await send();
    expect(await verify(kit.lastCode())).toMatchObject({ reason: 'throttled' });
  });
});

describe('sending', () => {
  test('again waits longer each time, and leaves the last code good', async () => {
    for (const wait of [30, 60, 120, 240, 480, 900, 900]) {
      expect(await send()).toEqual({ ok: true, resendIn: wait });
      const code = kit.lastCode();
      now += (wait - 1) * 1000;
      expect(await send()).toMatchObject({ ok: false, reason: 'throttled', retryAfter: 1 });
      expect(kit.lastCode()).toBe(code);
      if (wait < 600) expect(await verify(wrong(code))).toMatchObject({ reason: 'wrong' });
      now += 2000;
    }
  });

  const sendMany = async (count: number, of: (i: number) => Partial<CodeRequest>) => {
    let sent = 0;
    for (let i = 0; i < count; i += 1) if ((await send(of(i))).ok) sent += 1;
    return sent;
  };
  const ipOf = (i: number) => ({ ip: `198.51.${i}.1` });

  test.each<[string, number, (i: number) => Partial<CodeRequest>]>([
    ['to one account', 10, (i) => ({ accountId: 'ada', to: `ada+${i}@example.com`, origin: ipOf(i) })],
    [
      'to one address in any spelling',
      10,
      (i) => ({ accountId: `u${i}`, to: i % 2 ? 'Ada@Example.com' : 'ada@example.com', origin: ipOf(i) }),
    ],
    ['for somebody unknown', 10, (i) => ({ typed: 'eve', origin: ipOf(i) })],
    ['from one address', 60, (i) => ({ accountId: `u${i}`, to: `u${i}@example.com` })],
    [
      'from one /64',
      60,
      (i) => ({ accountId: `u${i}`, to: `u${i}@example.com`, origin: { ip: `2001:db8::${i + 1}` } }),
    ],
  ])('%s has a limit: %i in an hour', async (_name, limit, of) => {
    expect(await sendMany(limit + 5, of)).toBe(limit);
    now += 3600_000;
    expect(await sendMany(1, () => of(100))).toBe(1);
  });
});

describe('for somebody unknown', () => {
  /** The tenant, and the verbs that are asked of its store. */
  function watched(tenant: Tenant): { tenant: Tenant; verbs: string[] } {
    const verbs: string[] = [];
    const artifacts = new Proxy(tenant.store.artifacts, {
      get: (target, verb: keyof Artifacts) => {
        verbs.push(verb);
        return target[verb];
      },
    });
    const store = {
      ...tenant.store,
      records: tenant.store.records,
      artifacts,
    };
    return { tenant: { ...tenant, store }, verbs };
  }

  test('everything is asked, answered and queued alike, and nothing is right', async () => {
    const run = async (who: Partial<CodeRequest>) => {
      const { tenant, verbs } = watched(at.a);
      const before = { queued: kit.count.queued, events: (await at.audit.find('a')).items.length };
      const answers = [await send({ ...who, binding: 'b' }, tenant), await send({ ...who, binding: 'b' }, tenant)];
      const guesses = [];
      for (let i = 0; i < 7; i += 1) guesses.push(await verify(`0000000${i}`, { binding: 'b' }, tenant));
      const queued = kit.count.queued - before.queued;
      const events = (await at.audit.find('a')).items.length - before.events;
      return { answers, guesses, verbs, queued, events };
    };
    const known = await run(ADA);
    const unknown = await run({ typed: 'nobody@example.com' });
    expect(unknown).toEqual(known);
    expect(known.guesses.map((answer) => !answer.ok && answer.reason)).toEqual([
      ...Array(5).fill('wrong'),
      'used_up',
      'used_up',
    ]);
    expect(kit.box).toHaveLength(1);
  });

  test('not even the code that was made for nobody', async () => {
    const made: string[] = [];
    const mail = {
      send: async (_: unknown, { data }: { data: object }) => String(made.push((data as { code: string }).code)),
    };
    const { createCodes } = await import('./codes.ts');
    const codes = createCodes({
      ...at,
      attacks: kit.attacks,
      mail,
      sms: mail,
      smsPolicy: () => ({ countries: [], perHour: 0, perDay: 0 }),
    });
    await codes.send(at.a, request({ typed: 'nobody' }));
    expect(made).toHaveLength(1);
    expect(await verify(made[0]!)).toEqual({ ok: false, reason: 'wrong' });
  });

  test('neither an address nor what was typed is a bug of the caller', async () => {
    await expect(send({})).rejects.toThrow(TypeError);
  });
});
