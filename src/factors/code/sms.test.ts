import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { codesWith } from '../../../test/support/codes.ts';
import { eventsOf, type TestTenants, twoTenants } from '../../../test/support/tenants.ts';
import { withAccount } from '../../risk/device.ts';
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

const ipOf = (i: number) => ({ ip: `198.51.${i >> 8}.${i & 255}` });
const numberOf = (i: number, block = '+491511234') => `${block}${String(i).padStart(4, '0')}`;
const send = (more: Partial<CodeRequest> = {}, tenant = at.a) =>
  kit.codes.send(tenant, {
    channel: 'sms',
    purpose: 'second_factor',
    binding: 'b',
    accountId: 'ada',
    to: numberOf(0),
    origin: ipOf(0),
    ...more,
  });
async function sendMany(count: number, of: (i: number) => Partial<CodeRequest>): Promise<number> {
  let sent = 0;
  for (let i = 0; i < count; i += 1) if ((await send(of(i))).ok) sent += 1;
  return sent;
}

test('a code goes to the number in one spelling, with the host that it is for', async () => {
  await send({ to: '+49 151 / 12 34-00 00' });
  const code = kit.lastCode();
  expect(code).toMatch(/^\d{6}$/);
  expect(kit.box[0]).toMatchObject({ template: 'code', to: numberOf(0), data: { code, host: 'localhost:3000' } });
  const answer = await kit.codes.verify(at.a, { purpose: 'second_factor', binding: 'b', code, origin: {} });
  expect(answer).toMatchObject({ ok: true, proof: { factor: 'sms_code' }, accountId: 'ada', to: numberOf(0) });
});

test.each([
  ['of another country', '+33612345678'],
  ['premium rate', '+49 900 1234567'],
  ['no number', 'ada@example.com'],
])('nothing goes to a number that is %s', async (_name, to) => {
  expect(await send({ to })).toEqual({ ok: false, reason: 'not_allowed' });
  expect(kit.count.queued).toBe(0);
  expect(await eventsOf(at.audit, at.a)).toContain('factor.refused');
});

test.each<[string, Partial<CodeRequest>]>([
  ['there is no such account', { to: undefined, accountId: undefined }],
  ['the account has no number', { to: undefined }],
  ['its number is of another country', { to: '+33612345678' }],
])('of a name that was typed it is not told that %s', async (_name, who) => {
  const binding = 'guesser';
  expect(await send({ typed: 'ada@example.com', binding, ...who })).toEqual({ ok: true, resendIn: 30 });
  expect(await send({ typed: 'ada@example.com', binding, ...who })).toMatchObject({ ok: false, reason: 'throttled' });
  expect([kit.count.queued, kit.box]).toEqual([1, []]);
  const answer = await kit.codes.verify(at.a, { purpose: 'second_factor', binding, code: '000000', origin: {} });
  expect(answer).toEqual({ ok: false, reason: 'wrong' });
});

test('without countries there are no text messages', async () => {
  kit = codesWith(at, { countries: [], perHour: 100, perDay: 100 });
  expect(await send()).toEqual({ ok: false, reason: 'not_allowed' });
});

test.each<[string, number, boolean, (i: number) => Partial<CodeRequest>]>([
  ['one account', 5, false, (i) => ({ to: numberOf(0, `+4915112${30 + i}`), origin: ipOf(i) })],
  ['one number', 5, false, (i) => ({ accountId: `u${i}`, origin: ipOf(i) })],
  [
    'one address',
    10,
    true,
    (i) => ({ accountId: `u${i}`, to: numberOf(0, `+4915112${30 + i}`), origin: { ip: '203.0.113.7' } }),
  ],
  ['one block of numbers', 20, true, (i) => ({ accountId: `u${i}`, to: numberOf(i), origin: ipOf(i) })],
])('%s gets or sends no more than %i in an hour', async (_name, limit, isAttack, of) => {
  expect(await sendMany(limit + 3, of)).toBe(limit);
  const events = await eventsOf(at.audit, at.a);
  expect(events.filter((type) => type === 'attack.sms_pumping')).toHaveLength(isAttack ? 1 : 0);
  // What it costs can be counted.
  expect(events.filter((type) => type === 'sms_code.sent')).toHaveLength(limit);
  now += 3600_000;
  expect(await sendMany(1, () => of(50))).toBe(1);
});

test('a tenant sends no more than it wants to pay for, and another is not held by that', async () => {
  kit = codesWith(at, { countries: ['DE'], perHour: 7, perDay: 10 });
  const of = (i: number) => ({ accountId: `u${i}`, to: numberOf(0, `+4915112${10 + i}`), origin: ipOf(i) });
  expect(await sendMany(12, of)).toBe(7);
  expect(await eventsOf(at.audit, at.a)).toContain('attack.sms_pumping');
  expect((await send({}, at.b)).ok).toBe(true);
  now += 3600_000;
  expect(await sendMany(12, (i) => of(i + 20))).toBe(3);
  now += 24 * 3600_000;
  expect(await sendMany(1, () => of(40))).toBe(1);
});

test('a known device pays for its account alone: blocks and the tenant have no other budget', async () => {
  kit = codesWith(at, { countries: ['DE'], perHour: 6, perDay: 100 });
  expect(await sendMany(6, (i) => ({ origin: ipOf(i) }))).toBe(5);
  const known = { origin: { ...ipOf(9), device: withAccount(at.a, undefined, 'ada') } };
  expect(await send(known)).toMatchObject({ ok: true });
  now += 60_000;
  expect(await send(known)).toMatchObject({ ok: false, reason: 'throttled' });
});
