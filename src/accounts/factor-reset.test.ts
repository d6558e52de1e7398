import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { FROM, type TestAccounts, testAccounts } from '../../test/support/accounts.ts';
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
  user = await at.accounts.create(tenant, { email: `ada${count}@example.com`, password: 'a fine long secret' });
  at.factors.set(user.id, ['passkey', 'totp', 'recovery_code']);
});

const HOUR = 3_600_000;
const request = () => at.factorReset.request(tenant, user.id, FROM);
const finish = () => at.factorReset.finish(tenant, user.id, FROM);
const notices = () => at.sent.filter(({ to }) => to === user.email).map(({ template }) => template);

test('lost factors: after three days of notice, and not before', async () => {
  const dueAt = await request();
  expect(at.mailTo(user.email)).toMatchObject({ template: 'delayed_reset', data: { when: dueAt } });
  expect(await request()).toBe(dueAt);
  at.advance(71 * HOUR);
  expect(await at.factorReset.state(tenant, user.id)).toEqual({ dueAt, isDue: false });
  expect(await finish()).toBeUndefined();
  expect(at.factors.get(user.id)).toContain('totp');
  at.advance(2 * HOUR);
  expect((await at.factorReset.state(tenant, user.id))!.isDue).toBe(true);
  const finished = await Promise.all([finish(), finish(), finish()]);
  expect(finished.filter(Boolean)).toEqual([['totp', 'recovery_code']]);
  expect(at.factors.get(user.id)).toEqual(['passkey']);
  expect(notices()).toEqual(['delayed_reset', 'factor_removed', 'factor_removed']);
  expect(await at.factorReset.state(tenant, user.id)).toBeUndefined();
});

test('who is told may say no: then the password that somebody knew is of no use', async () => {
  await request();
  const token = at.tokenTo(user.email, 'delayed_reset');
  expect(await at.factorReset.canCancel(tenant, token)).toBe(true);
  await at.factorReset.cancel(tenant, token, FROM);
  at.advance(100 * HOUR);
  expect(await finish()).toBeUndefined();
  expect(at.factors.get(user.id)).toContain('totp');
  expect(await at.accounts.get(tenant, user.id)).toMatchObject({ resetRequired: true });
  expect(notices().at(-1)).toBe('reset_password');
  await expect(at.factorReset.cancel(tenant, token, FROM)).rejects.toMatchObject({ code: 'link_gone' });
});

test('a wait that nobody made use of is over', async () => {
  await request();
  at.advance((72 + 7 * 24 + 1) * HOUR);
  expect(await at.factorReset.state(tenant, user.id)).toBeUndefined();
  expect(await finish()).toBeUndefined();
});

test('nobody who may not sign in gets that far', async () => {
  await request();
  await at.accounts.disable(tenant, user.id);
  at.advance(100 * HOUR);
  expect(await finish()).toBeUndefined();
  await expect(request()).rejects.toMatchObject({ code: 'not_found' });
});

test('by an administrator: at once, with a reason on record, and the user is told', async () => {
  await expect(at.factorReset.resetNow(tenant, user.id, '  ')).rejects.toMatchObject({
    problems: [{ pointer: '/reason' }],
  });
  expect(at.factors.get(user.id)).toContain('totp');
  expect(await at.factorReset.resetNow(tenant, user.id, 'showed a passport')).toEqual(['totp', 'recovery_code']);
  expect(notices()).toEqual(['factor_removed', 'factor_removed']);
  const events = await at.audit.find(tenant.id, { where: { field: 'type', equals: 'recovery.factors_reset' } });
  expect(events.items.at(-1)).toMatchObject({
    target: user.id,
    details: { by: 'administrator', reason: 'showed a passport' },
  });
});
