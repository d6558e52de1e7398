import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventsOf, losingRecords, type TestTenants, twoTenants } from '../../../test/support/tenants.ts';
import { createAttacks } from '../../risk/attacks.ts';
import type { Notice } from '../notices.ts';
import { recoveryCodesRecord } from './record.ts';
import { CODES, createRecoveryCodes, type RecoveryCodes } from './recovery-codes.ts';

let at: TestTenants;
let recovery: RecoveryCodes;
let notices: Notice[];
let codes: string[];
beforeEach(async () => {
  at = await twoTenants();
  notices = [];
  const notify = async (_tenant: unknown, _account: string, notice: Notice) => void notices.push(notice);
  recovery = createRecoveryCodes({ ...at, attacks: createAttacks(at), notify });
  codes = await recovery.generate(at.a, 'ada');
});
afterEach(() => at.store.close());

const verify = (code: string) => recovery.verify(at.a, 'ada', code);

test('ten codes of 60 bits, kept as hashes only', async () => {
  expect(new Set(codes).size).toBe(CODES);
  for (const code of codes) expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}$/);
  const stored = JSON.stringify(await at.a.store.records(recoveryCodesRecord).get('ada'));
  for (const code of codes) {
    expect(stored).not.toContain(code);
    expect(stored).not.toContain(code.replaceAll('-', ''));
  }
  expect(await recovery.status(at.a, 'ada')).toMatchObject({ left: CODES });
  expect(notices).toEqual([{ template: 'recovery_codes_made' }]);
});

test('each works once; its user is told how many are left', async () => {
  expect(await verify(codes[0]!)).toMatchObject({ ok: true, left: 9, proof: { factor: 'recovery_code' } });
  expect(await verify(codes[0]!)).toEqual({ ok: false, reason: 'wrong' });
  expect(await verify(codes[1]!)).toMatchObject({ ok: true, left: 8 });
  expect(notices.slice(1)).toEqual([
    { template: 'recovery_code_used', left: 9 },
    { template: 'recovery_code_used', left: 8 },
  ]);
  expect(await recovery.status(at.a, 'ada')).toMatchObject({ left: 8 });
  expect(await eventsOf(at.audit, at.a)).toEqual(
    expect.arrayContaining(['factor.enrolled', 'recovery_code.used', 'factor.refused']),
  );
});

test.each<[string, (code: string) => string]>([
  ['in small letters', (code) => code.toLowerCase()],
  ['without dashes', (code) => code.replaceAll('-', '')],
  ['with spaces and other dashes', (code) => ` ${code.replaceAll('-', ' \u2013 ')}\n`],
  ['with letters for digits', (code) => code.replaceAll('0', 'o').replaceAll('1', 'l')],
  ['with other letters for digits', (code) => code.replaceAll('0', 'O').replaceAll('1', 'I')],
])('typed %s it is the same code', async (_name, typed) => {
  for (const code of codes) expect(await verify(typed(code))).toMatchObject({ ok: true });
});

test('new codes end the old', async () => {
  const next = await recovery.generate(at.a, 'ada');
  expect(await verify(codes[0]!)).toMatchObject({ ok: false });
  expect(await verify(next[0]!)).toMatchObject({ ok: true, left: CODES - 1 });
});

test('those of one account are of no other, nor of another tenant, and end with it', async () => {
  await recovery.generate(at.a, 'eve');
  await recovery.generate(at.b, 'ada');
  for (const [tenant, account] of [
    [at.a, 'eve'],
    [at.b, 'ada'],
    [at.a, 'nobody'],
  ] as const) {
    expect(await recovery.verify(tenant, account, codes[0]!)).toEqual({ ok: false, reason: 'wrong' });
  }
  await recovery.removeAll(at.a, 'ada');
  expect(await verify(codes[0]!)).toMatchObject({ ok: false });
  expect(await recovery.status(at.a, 'ada')).toBeUndefined();
});

test('guesses are limited, also for the right code', async () => {
  for (let i = 0; i < 20; i += 1) expect(await verify('0000-0000-0000')).toMatchObject({ reason: 'wrong' });
  expect(await verify(codes[0]!)).toMatchObject({ ok: false, reason: 'throttled' });
});

test('a code that is removed while it is looked at proves nothing', async () => {
  const [code] = await recovery.generate(at.a, 'ada');
  expect(await recovery.verify(losingRecords(at.a), 'ada', code!)).toMatchObject({ ok: false, reason: 'wrong' });
});
