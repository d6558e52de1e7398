import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { eventsOf, type TestTenants, twoTenants } from '../../test/support/tenants.ts';
import { createPasswords, type Passwords } from '../factors/password/passwords.ts';
import { createQueue } from '../factors/password/queue.ts';
import { type Accounts, createAccounts } from './accounts.ts';

let at: TestTenants;
let passwords: Passwords;
let accounts: Accounts;

beforeAll(async () => {
  at = await twoTenants();
  passwords = createPasswords({ cost: 4, queue: createQueue() });
  accounts = createAccounts({ clock: at.clock, audit: at.audit, passwords });
});
afterAll(() => at.store.close());
beforeEach(async () => {
  for (const tenant of [at.a, at.b])
    for (const { id } of (await accounts.list(tenant)).items) await accounts.remove(tenant, id);
});

const ada = { email: 'Ada@example.com', username: 'Ada', name: 'Ada Lovelace', password: 'correct horse battery' };
const HASH = '$2b$04$Zpac0LlK195ubgds7AVHleUft9.jQBkek2iorWqnlDBrpC4UYRg/K';

test('the life of a user', async () => {
  const user = await accounts.create(at.a, ada);
  expect(user.id).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
  expect(user).toMatchObject({ email: 'Ada@example.com', email_verified: false, claims: { name: 'Ada Lovelace' } });
  expect(JSON.stringify(user)).not.toContain('correct horse battery');
  for (const typed of ['ada@EXAMPLE.com', 'ADA', ' ada '])
    expect((await accounts.findByIdentifier(at.a, typed))?.id).toBe(user.id);
  for (const typed of ['eve@example.com', 'a b', '', '\ud800'])
    expect(await accounts.findByIdentifier(at.a, typed)).toBeUndefined();

  const changed = await accounts.change(at.a, user.id, { email: 'ada@example.org', given_name: 'Ada' });
  expect(changed).toMatchObject({ claims: { given_name: 'Ada' }, passwordHash: user.passwordHash, status: 'active' });
  expect(changed.username).toBeUndefined();
  expect(changed.updatedAt).toBeGreaterThan(user.updatedAt);
  expect(await accounts.findByIdentifier(at.a, 'ada')).toBeUndefined();

  await accounts.disable(at.a, user.id);
  expect(await accounts.active(at.a, user.id)).toBeUndefined();
  expect((await accounts.get(at.a, user.id))?.status).toBe('disabled');
  await accounts.enable(at.a, user.id);
  await accounts.enable(at.a, user.id);
  expect((await accounts.active(at.a, user.id))?.id).toBe(user.id);
  await accounts.setPassword(at.a, user.id, { password: 'battery staple correct' });
  await accounts.remove(at.a, user.id);
  await expect(accounts.enable(at.a, user.id)).rejects.toMatchObject({ code: 'not_found' });
  expect((await eventsOf(at.audit, at.a)).slice(-6)).toEqual([
    'user.created',
    'user.changed',
    'user.disabled',
    'user.enabled',
    'user.password_changed',
    'user.removed',
  ]);
});

test('one e-mail address and one username, in all spellings, belong to one user of a tenant', async () => {
  await accounts.create(at.a, { email: 'strasse@example.com', username: 'kelvin' });
  const takenBy = (field: string) => ({
    code: 'already_exists',
    message: `users: one with the same ${field} exists already`,
    problems: [{ pointer: `/${field}`, message: 'is taken' }],
  });
  const taken = takenBy('email');
  await expect(accounts.create(at.a, { email: 'Straße@example.com' })).rejects.toMatchObject(taken);
  await expect(accounts.create(at.a, { email: 'x@example.com', username: '\u212Aelvin' })).rejects.toMatchObject(
    takenBy('username'),
  );
  const other = await accounts.create(at.a, { email: 'other@example.com' });
  await expect(accounts.change(at.a, other.id, { email: 'STRASSE@example.com' })).rejects.toMatchObject(taken);
  await accounts.create(at.b, { email: 'strasse@example.com', username: 'kelvin' });
});

test('of two claimants at once, one wins', async () => {
  const spellings = Array.from({ length: 20 }, (_, i) => (i % 2 ? 'd\u0131ana@example.com' : 'DIANA@example.com'));
  const results = await Promise.allSettled(spellings.map((email) => accounts.create(at.a, { email })));
  expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
});

test('a rehash gives way to a change of the password', async () => {
  const user = await accounts.create(at.a, { email: 'ada@example.com', password_hash: HASH });
  await accounts.rehash(at.a, user.id, 'an older one', 'stale');
  expect((await accounts.get(at.a, user.id))?.passwordHash).toBe(HASH);
  await accounts.rehash(at.a, user.id, HASH, 'newer');
  expect((await accounts.get(at.a, user.id))?.passwordHash).toBe('newer');
});

test('a password made of the names that the user has is refused, whoever sets it', async () => {
  const { id } = await accounts.create(at.a, { email: 'countess@example.com', nickname: 'Lovelace', to_migrate: true });
  for (const password of ['Lovelace-Countess', 'short', 'superman superman'])
    await expect(accounts.setPassword(at.a, id, { password })).rejects.toMatchObject({
      problems: [{ pointer: '/password', reason: expect.any(String) }],
    });
  const profile = { email: 'new@example.com', nickname: 'Lovelace' };
  await expect(accounts.hashPassword(at.a, 'Lovelace Lovelace 1', profile)).rejects.toMatchObject({
    code: 'invalid_input',
  });
  expect((await accounts.get(at.a, id))?.toMigrate).toBe(true);
  expect((await accounts.setPassword(at.a, id, { password: 'correct horse battery' })).toMigrate).toBeUndefined();
});

test.each([
  [{ email: 'ada' }, '/email'],
  [{ email: 'ada@example.com', username: 'a@b' }, '/username'],
  [{ email: 'ada@example.com', roles: ['Admin'] }, '/roles/0'],
  [{ email: 'ada@example.com', roles: ['a', 'a'] }, '/roles'],
  [{ email: 'ada@example.com', organizations: [{ id: 'x' }, { id: 'x', roles: ['a'] }] }, '/organizations'],
  [{ email: 'ada@example.com', resetRequired: true }, '/resetRequired'],
  [{ email: 'ada@example.com', passwordHash: 'x' }, '/passwordHash'],
  [{ email: 'ada@example.com', emailKey: 'x@example.com' }, '/emailKey'],
  [{ email: 'ada@example.com', email_verified: 'yes' }, '/email_verified'],
  [{ email: 'ada@example.com', address: { street: 'x' } }, '/address/street'],
  [{ email: 'ada@example.com', password: 'short' }, '/password'],
  [{ email: 'ada@example.com', password: 12345678 }, '/password'],
  [{ email: 'ada@example.com', password: 'x'.repeat(1025) }, '/password'],
  [
    { email: 'ada@example.com', password_hash: '$2b$16$Zpac0LlK195ubgds7AVHleUft9.jQBkek2iorWqnlDBrpC4UYRg/K' },
    '/password_hash',
  ],
  [{ email: 'ada@example.com', password_hash: '$gh1$x' }, '/password_hash'],
  [{ email: 'ada@example.com', password: 'correct horse battery', password_hash: HASH }, '/password_hash'],
  [{ email: 'ada@example.com', password: 'correct horse battery', to_migrate: true }, '/to_migrate'],
  [{ email: 'ada@example.com', password_hash: HASH, to_migrate: true }, '/to_migrate'],
  [{ email: 'countess@example.com', name: 'Ada Lovelace', password: 'Ada-Lovelace-1815' }, '/password'],
  [{ email: 'countess@example.com', password: 'countess-countess' }, '/password'],
  [{}, '/email'],
])('%j is refused at %s, and nothing is written', async (input, pointer) => {
  const refusal = { code: 'invalid_input', problems: [{ pointer }] };
  await expect(accounts.check(at.a, input as never)).rejects.toMatchObject({ code: 'invalid_input' });
  await expect(accounts.create(at.a, input as never)).rejects.toMatchObject(refusal);
  expect((await accounts.list(at.a)).items).toEqual([]);
});
