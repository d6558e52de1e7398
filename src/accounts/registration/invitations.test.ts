import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { FROM, type TestAccounts, testAccounts } from '../../../test/support/accounts.ts';
import type { Tenant } from '../../tenants/tenant.ts';

let at: TestAccounts;
let tenant: Tenant;
let count = 0;
let email: string;

beforeAll(async () => {
  at = await testAccounts();
  tenant = at.a;
  await at.organizations.create(tenant, 'acme', { name: 'Acme' });
});
afterAll(() => at.store.close());
beforeEach(() => {
  count += 1;
  email = `guest${count}@example.com`;
});

const PASSWORD = 'a fine long secret';
const invite = (more: object = {}) => at.invitations.invite(tenant, { email, ...more });
const token = () => at.tokenTo(email, 'invitation');
const accept = (input: object = { password: PASSWORD }, on = tenant) => at.invitations.accept(on, token(), input, FROM);
const gone = { code: 'link_gone' };

test('T116: who is invited chooses the password, and has what was promised', async () => {
  const invitation = await invite({ roles: ['admin'], organizations: [{ id: 'acme', roles: ['buyer'] }] });
  expect(JSON.stringify(invitation)).not.toContain(token());
  expect(at.mailTo(email)).toMatchObject({ template: 'invitation', data: { tenantName: 'a', days: 7 } });
  expect(await at.invitations.look(tenant, token())).toEqual({ email, accountId: undefined });
  const user = await accept();
  expect(user).toMatchObject({
    email,
    email_verified: true,
    status: 'active',
    roles: ['admin'],
    organizations: [{ id: 'acme', roles: ['buyer'] }],
    signUp: { how: 'invited' },
  });
  await expect(accept()).rejects.toMatchObject(gone);
  expect((await at.invitations.list(tenant)).items).toEqual([]);
});

test('of fifty who accept at once, one does', async () => {
  await invite();
  const results = await Promise.allSettled(Array.from({ length: 50 }, () => accept()));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('a bad password does not use it up', async () => {
  await invite();
  await expect(accept({ password: 'short' })).rejects.toMatchObject({ code: 'invalid_input' });
  expect(await accept()).toMatchObject({ email });
});

test.each<[string, () => Promise<unknown>]>([
  ['revoked', async () => at.invitations.revoke(tenant, (await at.invitations.list(tenant)).items[0]!.id)],
  ['too old', async () => at.advance(8 * 86_400_000)],
  ['overtaken by a newer one', async () => void (await at.invitations.invite(tenant, { email: email.toUpperCase() }))],
])('one that is %s is dead', async (_, end) => {
  await invite();
  await end();
  await expect(accept()).rejects.toMatchObject(gone);
});

test('nor is it of use at another tenant', async () => {
  await invite();
  await expect(accept(undefined, at.b)).rejects.toMatchObject(gone);
});

test('who has the address already gets the roles by signing in, and nobody else does', async () => {
  const user = await at.accounts.create(tenant, { email, roles: ['reader'], organizations: [{ id: 'acme' }] });
  const eve = await at.accounts.create(tenant, { email: `eve-${email}` });
  await invite({ roles: ['admin', 'reader'], organizations: [{ id: 'acme', roles: ['buyer'] }] });
  expect(await at.invitations.look(tenant, token())).toEqual({ email, accountId: user.id });
  await expect(at.invitations.acceptAs(tenant, token(), eve.id)).rejects.toMatchObject(gone);
  expect(await at.invitations.acceptAs(tenant, token(), user.id)).toMatchObject({
    roles: ['reader', 'admin'],
    organizations: [{ id: 'acme', roles: ['buyer'] }],
  });
});

test.each<[string, object, string]>([
  ['an organization that is not there', { organizations: [{ id: 'nowhere' }] }, '/organizations/0/id'],
  ['a bad role', { roles: ['no good'] }, '/roles/0'],
  ['a bad address', { email: 'nobody' }, '/email'],
])('%s is refused', async (_, input, pointer) => {
  const before = at.queued();
  await expect(invite(input)).rejects.toMatchObject({ code: 'invalid_input', problems: [{ pointer }] });
  expect(at.queued()).toBe(before);
});
