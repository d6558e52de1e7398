import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { FROM, type TestAccounts, testAccounts } from '../../../test/support/accounts.ts';
import type { Stored } from '../../store/records.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { User } from '../record.ts';

let at: TestAccounts;
let tenant: Tenant;
let ada: Stored<User>;
let count = 0;
let from: typeof FROM;

beforeAll(async () => {
  at = await testAccounts();
  tenant = at.a;
});
afterAll(() => at.store.close());
beforeEach(async () => {
  count += 1;
  from = { ...FROM, ip: `192.0.2.${count}` };
  ada = await at.accounts.create(tenant, {
    email: mailbox('ada'),
    email_verified: true,
    password: 'a fine long secret',
  });
});

const mailbox = (name: string) => `${name}${count}@example.com`;
const begin = (email: string, binding = 'session', user = ada) =>
  at.emailChange.begin(tenant, user.id, email, binding, from);
const confirm = (email: string, { binding = 'session', user = ada, code = at.codeTo(email) } = {}) =>
  at.emailChange.confirm(tenant, user.id, binding, { code }, from);
/** Changes the address, and gives the link that undoes it. */
async function change(to: string, binding = `to ${to}`): Promise<string> {
  const old = (await now()).email;
  // Mails for one user wait for each other.
  at.advance(60_000);
  await begin(to, binding);
  expect(await confirm(to, { binding })).toMatchObject({ ok: true });
  return at.tokenTo(old, 'email_changed_old');
}
const now = async () => (await at.accounts.get(tenant, ada.id))!;
const undo = (token: string) => at.emailChange.undo(tenant, token, from);
const gone = { code: 'link_gone' };

test('T113: the new address counts once it is proven, and the old one is told', async () => {
  const to = mailbox('Ada.New');
  await begin(to);
  expect(at.mailTo(to)).toMatchObject({ template: 'email_change_verify' });
  expect((await now()).email).toBe(ada.email);
  expect(await confirm(to, { code: 'xxxxxxxx' })).toMatchObject({ ok: false, reason: 'wrong' });
  expect(await confirm(to, { binding: 'another session' })).toMatchObject({ ok: false });
  await at.recovery.requestReset(tenant, ada.email, FROM);
  const reset = at.tokenTo(ada.email, 'reset_password');
  expect(await confirm(to)).toMatchObject({ ok: true, user: { email: to, email_verified: true } });
  expect(at.mailTo(ada.email, 'email_changed_old')).toMatchObject({ data: { newEmail: to } });
  expect(await at.recovery.look(tenant, reset)).toBeUndefined();
  expect((await at.accounts.findByIdentifier(tenant, to))!.id).toBe(ada.id);
  expect(await at.accounts.findByIdentifier(tenant, ada.email)).toBeUndefined();
});

test('by the link, in the same session', async () => {
  await begin(mailbox('linked'));
  const answer = { token: at.tokenTo(mailbox('linked')) };
  expect(await at.emailChange.confirm(tenant, ada.id, 'other', answer, from)).toMatchObject({ ok: false });
  expect(await at.emailChange.confirm(tenant, ada.id, 'session', answer, from)).toMatchObject({ ok: true });
});

test('the code of one user is of no use to another', async () => {
  const eve = await at.accounts.create(tenant, { email: mailbox('eve') });
  await begin(mailbox('new'));
  expect(await confirm(mailbox('new'), { user: eve })).toMatchObject({ ok: false });
  expect((await at.accounts.get(tenant, eve.id))!.email).toBe(eve.email);
});

test("T094: another's address gets the same answer, and its owner a note", async () => {
  const eve = await at.accounts.create(tenant, { email: mailbox('eve') });
  const before = at.queued();
  const taken = await begin(eve.email.toUpperCase(), 'one');
  const work = at.queued() - before;
  expect(await begin(mailbox('free'), 'two', eve)).toEqual(taken);
  expect(at.queued() - before).toBe(2 * work);
  expect(at.mailTo(eve.email)).toMatchObject({ template: 'account_exists' });
  expect(await confirm(eve.email, { binding: 'one', code: '00000000' })).toEqual({ ok: false, reason: 'wrong' });
});

test.each([
  ['diana', 'd\u0131ana'],
  ['kelvin', '\u212aelvin'],
  ['strasse', 'stra\u00dfe'],
])('T113: of two who claim %s and %s, one wins', async (one, other) => {
  const eve = await at.accounts.create(tenant, { email: mailbox('eve') });
  const wanted = [mailbox(one), mailbox(other)] as const;
  await begin(wanted[0], 'one');
  await begin(wanted[1], 'two', eve);
  const answers = await Promise.all([
    confirm(wanted[0], { binding: 'one' }),
    confirm(wanted[1], { binding: 'two', user: eve }),
  ]);
  expect(answers.map(({ ok }) => ok).sort()).toEqual([false, true]);
  expect(answers.find(({ ok }) => !ok)).toMatchObject({ reason: 'taken' });
});

test('the old address undoes the change: every session ends, and the password has to be reset there', async () => {
  const link = await change(mailbox('stranger'));
  await tenant.store.artifacts.put('Session', 's', { accountId: ada.id, uid: 's' }, 3600);
  expect(await at.emailChange.canUndo(tenant, link)).toBe(true);
  expect(await undo(link)).toMatchObject({ email: ada.email, email_verified: true, resetRequired: true });
  expect(await tenant.store.artifacts.find('Session', 's')).toBeUndefined();
  expect(at.mailTo(ada.email)).toMatchObject({ template: 'reset_password' });
  await expect(undo(link)).rejects.toMatchObject(gone);
});

test('a stranger who changes it twice cannot undo what the owner took back', async () => {
  const owners = await change(mailbox('stranger1'));
  const strangers = await change(mailbox('stranger2'));
  await undo(owners);
  expect((await now()).email).toBe(ada.email);
  await expect(undo(strangers)).rejects.toMatchObject(gone);
  expect((await now()).email).toBe(ada.email);
});

test('nor can he, by his own link, take away that of the owner', async () => {
  const owners = await change(mailbox('stranger1'));
  const strangers = await change(mailbox('stranger2'));
  await undo(strangers);
  expect((await now()).email).toBe(mailbox('stranger1'));
  await undo(owners);
  expect((await now()).email).toBe(ada.email);
});

test('after a week it stays as it is', async () => {
  const link = await change(mailbox('new'));
  at.advance(8 * 86_400_000);
  await expect(undo(link)).rejects.toMatchObject(gone);
});

test('phone: a code to the number, and a note to the mailbox', async () => {
  const number = '+4915112345678';
  expect(await at.phoneChange.begin(tenant, ada.id, number, 'session', from)).toMatchObject({ ok: true });
  const code = at.codeTo(number);
  expect(await at.phoneChange.confirm(tenant, ada.id, 'other', code, from)).toMatchObject({ ok: false });
  expect(await at.phoneChange.confirm(tenant, ada.id, 'session', code, from)).toMatchObject({ ok: true });
  expect((await now()).claims).toEqual({ phone_number: number, phone_number_verified: true });
  expect(at.mailTo(ada.email)).toMatchObject({ template: 'phone_changed' });
});
