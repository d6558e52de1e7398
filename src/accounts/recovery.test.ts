import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { FROM, type TestAccounts, testAccounts } from '../../test/support/accounts.ts';
import { eventsOf } from '../../test/support/tenants.ts';
import { withAccount } from '../risk/device.ts';
import { historyOf, remember } from '../risk/history.ts';
import { countGuess } from '../risk/throttle.ts';
import type { Stored } from '../store/records.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { User } from './record.ts';

let at: TestAccounts;
let tenant: Tenant;
let user: Stored<User>;
let count = 0;

beforeAll(async () => {
  at = await testAccounts();
  tenant = at.a;
});
afterAll(() => at.store.close());
beforeEach(async () => {
  count += 1;
  user = await at.accounts.create(tenant, { email: `ada${count}@example.com`, email_verified: true, password: OLD });
});

const OLD = 'correct horse battery';
const NEW = 'plum violin cathedral';
const gone = { code: 'link_gone' };
const request = (identifier = user.email) => at.recovery.requestReset(tenant, identifier, FROM);
const token = () => at.tokenTo(user.email, 'reset_password');
const reset = (text = token(), password = NEW, on = tenant) => at.recovery.reset(on, text, password, FROM);
const now = async () => (await at.accounts.get(tenant, user.id))!;
const session = () =>
  tenant.store.artifacts.put('Session', `s${count}`, { accountId: user.id, uid: `u${count}` }, 3600);
const hasSession = async () => (await tenant.store.artifacts.find('Session', `s${count}`)) !== undefined;

test('T096: a new password by way of the mailbox ends every session, is told, and leaves second factors', async () => {
  at.factors.set(user.id, ['totp']);
  await session();
  await request();
  expect(token()).toMatch(/.{43}$/);
  const stored = JSON.stringify(
    await tenant.store.records({ name: 'link_tokens', scope: 'tenant', schema: {} as never }).find(),
  );
  expect(stored).toContain(user.id);
  expect(stored).not.toContain(token().split('.').at(-1));
  expect(await at.recovery.look(tenant, token())).toEqual({ email: expect.any(String) });
  await reset();
  const after = await now();
  expect(after.passwordHash).not.toBe(user.passwordHash);
  expect(after.passwordChangedAt).toBeGreaterThan(user.passwordChangedAt!);
  expect(await hasSession()).toBe(false);
  expect(at.factors.get(user.id)).toEqual(['totp']);
  expect(at.mailTo(user.email)).toMatchObject({ template: 'password_changed' });
  expect((await eventsOf(at.audit, tenant)).slice(-3)).toEqual([
    'recovery.requested',
    'user.password_changed',
    'recovery.completed',
  ]);
});

test.each<[string, () => Promise<unknown>]>([
  ['was used', () => reset()],
  ['is older than half an hour', async () => at.advance(31 * 60_000)],
  ['was overtaken by a newer request', () => request()],
  [
    'is of before a change of the password',
    () => at.accounts.setPassword(tenant, user.id, { password: 'sunlit gravel harbour' }),
  ],
  [
    'is of before a change of the address',
    () => at.accounts.amend(tenant, user.id, { email: `new${count}@example.com` }),
  ],
  ['is of a user who is disabled', () => at.accounts.disable(tenant, user.id)],
  ['is of a user who is gone', () => at.accounts.remove(tenant, user.id)],
])('T096: a link that %s is dead', async (_, end) => {
  await request();
  const old = token();
  await end();
  expect(await at.recovery.look(tenant, old)).toBeUndefined();
  await expect(reset(old)).rejects.toMatchObject(gone);
});

test('T096: of fifty uses at once one counts, at another tenant none, and a bad password uses nothing up', async () => {
  await request();
  const link = token();
  await expect(reset(link, NEW, at.b)).rejects.toMatchObject(gone);
  await expect(reset(link, 'short')).rejects.toMatchObject({ code: 'invalid_input' });
  const results = await Promise.allSettled(Array.from({ length: 50 }, () => reset(link)));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  await expect(reset(`${link.slice(0, -1)}x`)).rejects.toMatchObject(gone);
  await expect(reset('')).rejects.toMatchObject(gone);
});

test.each<[string, () => string | Promise<string>, string | undefined]>([
  ['a user', () => user.email, 'reset_password'],
  ['nobody', () => `nobody${count}@example.com`, 'no_account'],
  ['nobody, typed in full width', () => `nobody${count}\uff20example.com`, undefined],
  ['no such username', () => `nobody${count}`, undefined],
  ['no name at all', () => ' \u200b ', undefined],
  ['one who is disabled', async () => (await at.accounts.disable(tenant, user.id)).email, 'no_account'],
  ['one who waits', async () => (await at.accounts.setStatus(tenant, user.id, 'pending')).email, 'no_account'],
])('T094: a request for %s has the same answer and the same work', async (_, name, template) => {
  const identifier = await name();
  const before = at.queued();
  expect(await request(identifier)).toBeUndefined();
  expect(at.queued()).toBe(before + 1);
  expect(at.mailTo(identifier)?.template).toBe(template);
});

test('T094: where a tenant tells nobody, nobody is told, after the same work', async () => {
  const { settings } = tenant;
  const silent = { ...tenant, settings: { ...settings, mail: { ...settings.mail, tell_unknown: false } } };
  const before = at.queued();
  await at.recovery.requestReset(silent, `nobody${count}@example.com`, FROM);
  expect(at.queued()).toBe(before + 1);
  expect(at.mailTo(`nobody${count}@example.com`)).toBeUndefined();
});

test('T113: what names one who may not come in by another spelling goes to the stored address, too', async () => {
  const kelvin = await at.accounts.create(tenant, { email: `kelvin${count}@example.com`, status: 'disabled' });
  await request(`\u212aelvin${count}@example.com`);
  expect(at.mailTo(kelvin.email)).toMatchObject({ template: 'no_account' });
  expect(at.mailTo(`\u212aelvin${count}@example.com`)).toBeUndefined();
});

test('mail goes to the stored address, and to one mailbox only so often', async () => {
  await request(user.email.toUpperCase());
  expect(at.mailTo(user.email)).toMatchObject({ template: 'reset_password' });
  for (let i = 0; i < 9; i += 1) await request();
  expect(at.sent.filter(({ to }) => to === user.email)).toHaveLength(5);
  await reset();
});

test('who has the mailbox has all guesses again, on the device too', async () => {
  const device = withAccount(tenant, undefined, user.id);
  const from = { ...FROM, device };
  const guesses = [FROM, from].map((where) => ({ ...where, tenant, account: user.id }));
  for (const guess of guesses) while ((await countGuess(guess)).allowed);
  await request();
  await at.recovery.reset(tenant, token(), NEW, from);
  for (const guess of guesses) expect(await countGuess(guess)).toMatchObject({ allowed: true });
});

test('an account that its user has put to rest is back', async () => {
  await at.accounts.setStatus(tenant, user.id, 'deactivated');
  expect(await at.accounts.active(tenant, user.id)).toBeUndefined();
  await request();
  await reset();
  expect(await at.accounts.active(tenant, user.id)).toBeDefined();
});

test('T108: what a stranger left in an account that was made before its owner came is gone', async () => {
  const squatted = await at.accounts.create(tenant, {
    email: `owner${count}@example.com`,
    password: OLD,
    signUp: 'anybody',
  });
  at.factors.set(squatted.id, ['passkey', 'totp']);
  await request(squatted.email);
  await at.recovery.reset(tenant, at.tokenTo(squatted.email), NEW, FROM);
  expect(at.factors.get(squatted.id)).toEqual([]);
  expect((await at.accounts.get(tenant, squatted.id))!.email_verified).toBe(true);
});

test('"this wasn\'t me" ends sessions and makes the password useless, until it is reset', async () => {
  await session();
  await remember(tenant, user.id, { ...FROM, at: at.clock() });
  const links = await Promise.all(['one', 'two'].map((slot) => at.recovery.notMeToken(tenant, user.id, slot)));
  await at.recovery.reportNotMe(tenant, links[0]!, FROM);
  expect(await now()).toMatchObject({ resetRequired: true, status: 'active' });
  expect(await hasSession()).toBe(false);
  expect(await historyOf(tenant, user.id)).toBeUndefined();
  await expect(at.recovery.reportNotMe(tenant, links[0]!, FROM)).rejects.toMatchObject(gone);
  await reset();
  expect((await now()).resetRequired).toBe(false);
  await at.recovery.reportNotMe(tenant, links[1]!, FROM);
  expect((await now()).resetRequired).toBe(true);
});
