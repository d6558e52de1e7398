import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { codesWith } from '../../../test/support/codes.ts';
import { type TestTenants, twoTenants } from '../../../test/support/tenants.ts';
import type { Notice } from '../notices.ts';
import { createPhones, MAX_PHONES, type Phones } from './phones.ts';

let at: TestTenants;
let kit: ReturnType<typeof codesWith>;
let phones: Phones;
let notices: Notice[];
beforeEach(async () => {
  at = await twoTenants();
  kit = codesWith(at);
  notices = [];
  const notify = async (_tenant: unknown, _account: string, notice: Notice) => void notices.push(notice);
  phones = createPhones({ ...at, codes: kit.codes, notify });
});
afterEach(() => at.store.close());

const numberOf = (i: number) => `+49151123400${String(i).padStart(2, '0')}`;
let sent = 0;
function begin(number: string, account = 'ada') {
  sent += 1;
  return phones.begin(at.a, account, { binding: number, number }, { ip: `203.0.113.${sent}` });
}
const confirm = (number: string, code = kit.lastCode(), account = 'ada') =>
  phones.confirm(at.a, account, { binding: number, code });
async function add(number: string) {
  await begin(number);
  return confirm(number);
}
const numbers = async (account = 'ada') => (await phones.list(at.a, account)).map(({ number }) => number);

test('a number counts once its code came back, in one spelling, once', async () => {
  await begin('+49 151 / 1234 0001');
  expect(await numbers()).toEqual([]);
  expect(await confirm('+49 151 / 1234 0001', 'x')).toMatchObject({ ok: false, reason: 'wrong' });
  expect(await confirm('+49 151 / 1234 0001')).toMatchObject({ ok: true, proof: { factor: 'sms_code' } });
  await add(numberOf(1));
  expect(await numbers()).toEqual([numberOf(1)]);
  expect(notices[0]).toEqual({ template: 'factor_added', factor: 'sms_code' });
});

test('a code for one account verifies a number of no other', async () => {
  await begin(numberOf(1));
  expect(await confirm(numberOf(1), kit.lastCode(), 'eve')).toMatchObject({ ok: false });
  expect(await numbers('eve')).toEqual([]);
});

test('a number that gets no messages here is refused', async () => {
  expect(await begin('+33612345678')).toEqual({ ok: false, reason: 'not_allowed' });
});

test('there are at most so many; one that was removed makes room', async () => {
  for (let i = 0; i < MAX_PHONES; i += 1) expect(await add(numberOf(i))).toMatchObject({ ok: true });
  await expect(begin(numberOf(9))).rejects.toMatchObject({ code: 'invalid_input' });
  const [first] = await phones.list(at.a, 'ada');
  await phones.remove(at.a, 'ada', first!.id);
  expect(await numbers()).not.toContain(first!.number);
  expect(notices.at(-1)).toEqual({ template: 'factor_removed', factor: 'sms_code' });
  await expect(phones.remove(at.a, 'ada', first!.id)).rejects.toMatchObject({ code: 'not_found' });
  await phones.removeAll(at.a, 'ada');
  expect(await numbers()).toEqual([]);
});
