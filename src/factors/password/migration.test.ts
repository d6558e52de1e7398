import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startHttpServer } from '../../../test/support/http-server.ts';
import { type TestTenants, twoTenants } from '../../../test/support/tenants.ts';
import { type Accounts, createAccounts } from '../../accounts/accounts.ts';
import { createGuardedFetch } from '../../core/guarded-fetch.ts';
import { networks } from '../../core/networks.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { createMigrateUser, type MigrateUser } from './migration.ts';
import { createPasswords, type Passwords } from './passwords.ts';
import { createQueue } from './queue.ts';

const SECRET = `whsec_${Buffer.from('a secret of the old system').toString('base64')}`;
/** Too short for our own rules: it was good enough for the old system. */
const PASSWORD = 'hunter2';

let at: TestTenants;
let old: Awaited<ReturnType<typeof startHttpServer>>;
let tenant: Tenant;
let accounts: Accounts;
let passwords: Passwords;
let migrateUser: MigrateUser;
let waited: number[];
/** For how long the old system is waited for, in milliseconds. */
let patience: number;

beforeAll(async () => {
  old = await startHttpServer();
});
afterAll(() => old.stop());

afterEach(() => at.store.close());
beforeEach(async () => {
  at = await twoTenants();
  await setUp();
  old.state.received.length = 0;
  answer({ verified: true, user: { email: 'Ada@example.com', email_verified: true, name: 'Ada', shoe_size: 38 } });
  passwords = createPasswords({ cost: 4, queue: createQueue() });
  accounts = createAccounts({ clock: at.clock, audit: at.audit, passwords });
  waited = [];
  patience = 60_000;
  migrateUser = createMigrateUser({
    clock: at.clock,
    audit: at.audit,
    accounts,
    passwords,
    fetch: (...request) => createGuardedFetch(networks(['127.0.0.0/8']), undefined, patience)(...request),
    wait: async (ms) => void waited.push(ms),
  });
});

async function setUp(more = {}): Promise<void> {
  const settings = { password: { migration: { url: `${old.url}/verify`, secret: SECRET, ...more } } };
  await at.tenants.change(at.a.id, { settings });
  tenant = (await at.resolver.byId(at.a.id))!;
}

const answer = (body: unknown, status = 200) => {
  old.state.answer = (_, res) => void res.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
};

/** As a sign-in does, for whom our own records do not let in. */
const signIn = async (identifier = 'ada@example.com', password = PASSWORD) =>
  migrateUser({
    tenant,
    user: await accounts.findByIdentifier(tenant, identifier),
    identifier,
    password,
    ip: '192.0.2.1',
    requestId: 'r1',
  });

const events = async () => (await at.audit.find(tenant.id)).items.filter(({ type }) => /migrat/.test(type));
const users = async () => (await accounts.list(tenant)).items;

test('a user of the old system is taken over: from then on the password is ours', async () => {
  const user = await signIn(' ADA@example.com ');
  expect(user).toMatchObject({
    email: 'Ada@example.com',
    email_verified: true,
    claims: { name: 'Ada' },
    status: 'active',
  });
  expect(user?.passwordHash).toMatch(/^\$gh1\$/);
  expect(await passwords.verify(tenant, user?.passwordHash, PASSWORD)).toEqual({ valid: true, rehash: false });
  expect(await events()).toMatchObject([
    { type: 'user.migrated', outcome: 'success', target: user!.id, ip: '192.0.2.1' },
  ]);

  const [asked] = old.state.received;
  expect(JSON.parse(asked!.body)).toMatchObject({
    type: 'password.verify',
    data: { identifier: 'ADA@example.com', password: PASSWORD },
  });
  const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature } = asked!.headers;
  const mac = createHmac('sha256', 'a secret of the old system')
    .update(`${id}.${time}.${asked!.body}`)
    .digest('base64');
  expect(signature).toBe(`v1,${mac}`);

  expect(await signIn()).toBeUndefined();
  expect(old.state.received).toHaveLength(1);
});

test('the address that was typed is taken where the old system names none', async () => {
  answer({ verified: true });
  expect(await signIn('ada@example.com')).toMatchObject({ email: 'ada@example.com', email_verified: false });
});

test('a user who was brought along without password keeps the profile that is here', async () => {
  const { id } = await accounts.create(tenant, { email: 'ada@example.com', name: 'Ada L', to_migrate: true });
  const user = await signIn();
  expect(user).toMatchObject({ id, claims: { name: 'Ada L' } });
  expect(user?.toMigrate).toBeUndefined();
  expect((await passwords.verify(tenant, user?.passwordHash, PASSWORD)).valid).toBe(true);
});

describe('T106 nobody gets in by the old system who is refused here', () => {
  test.each([
    ['disabled', (id: string) => accounts.disable(tenant, id)],
    ['waiting for approval', (id: string) => accounts.setStatus(tenant, id, 'pending')],
    ['deactivated', (id: string) => accounts.setStatus(tenant, id, 'deactivated')],
    ['asked for another password', (id: string) => accounts.requireReset(tenant, id)],
    ['given a password here', (id: string) => accounts.setPassword(tenant, id, { password: 'correct horse battery' })],
  ])('who is %s', async (_, change) => {
    const { id } = await accounts.create(tenant, { email: 'ada@example.com', to_migrate: true });
    await change(id);
    expect(await signIn()).toBeUndefined();
    expect(old.state.received).toEqual([]);
  });

  test('who is disabled while the old system thinks', async () => {
    const { id } = await accounts.create(tenant, { email: 'ada@example.com', to_migrate: true });
    old.state.answer = async (_, res) => {
      await accounts.disable(tenant, id);
      res.end(JSON.stringify({ verified: true }));
    };
    expect(await signIn()).toBeUndefined();
    expect((await accounts.get(tenant, id))?.passwordHash).toBeUndefined();
  });

  test('who has an account here with its own password', async () => {
    await accounts.create(tenant, { email: 'ada@example.com', username: 'ada', password: 'correct horse battery' });
    expect(await signIn()).toBeUndefined();
    // Under a name that is unknown here the old system may tell of somebody who is known.
    answer({ verified: true, user: { email: 'ada@example.com', username: 'countess' } });
    expect(await signIn('countess')).toBeUndefined();
    answer({ verified: true, user: { email: 'new@example.com', username: 'ada' } });
    expect(await signIn('new@example.com')).toBeUndefined();
    expect(await users()).toHaveLength(1);
    expect((await events()).map(({ type }) => type)).toEqual(['user.migration_failed', 'user.migration_failed']);
  });

  test('another tenant has no old system', async () => {
    const newcomer = {
      user: undefined,
      identifier: 'ada@example.com',
      password: PASSWORD,
      ip: '192.0.2.1',
      requestId: 'r',
    };
    expect(await migrateUser({ tenant: at.b, ...newcomer })).toBeUndefined();
    expect(old.state.received).toEqual([]);
  });
});

describe('an old system that does not say yes', () => {
  const tooLate = (answer: typeof old.state.answer) => {
    patience = 300;
    old.state.answer = answer;
  };
  const long = 'x'.repeat(70_000);
  const cases: [string, () => void, string | undefined][] = [
    ['no', () => answer({ verified: false, user: { email: 'ada@example.com' } }), undefined],
    ['an error', () => answer({ verified: true }, 500), 'answered 500'],
    ['created, which is no 200', () => answer({ verified: true }, 201), 'answered 201'],
    ['no JSON', () => answer(`${PASSWORD}, yes!`), 'no JSON'],
    ['nothing', () => answer(''), 'no JSON'],
    ['null', () => answer('null'), ''],
    ['a list', () => answer([true]), ''],
    ['yes, in other words', () => answer({ verified: 'true' }), 'verified'],
    ['a user who cannot be', () => answer({ verified: true, user: { email: 'no address' } }), 'email'],
    ['another user', () => answer({ verified: true, user: { email: 'eve@example.com' } }), 'another user'],
    ['too much', () => answer({ verified: true, user: { name: long } }), ''],
    ['a redirect', () => (old.state.answer = (_, res) => void res.writeHead(307, { location: '/other' }).end()), ''],
    ['too late', () => tooLate(() => {}), ''],
    ['half an answer', () => tooLate((_, res) => void res.write('{"verified":')), ''],
    ['a closed connection', () => (old.state.answer = (_, res) => void res.destroy()), ''],
  ];

  test.each(cases)('%s: refused, nobody is made, the password is not on record', async (_, arrange, reason) => {
    arrange();
    expect(await signIn()).toBeUndefined();
    expect(await users()).toEqual([]);
    const recorded = await events();
    if (reason === undefined) expect(recorded).toEqual([]);
    else
      expect(recorded).toMatchObject([
        { type: 'user.migration_failed', details: { reason: expect.stringContaining(reason) } },
      ]);
    expect(JSON.stringify(recorded)).not.toContain(PASSWORD);
  });

  test('it is left alone after five failures', async () => {
    answer({}, 500);
    for (let i = 0; i < 8; i += 1) expect(await signIn()).toBeUndefined();
    expect(old.state.received).toHaveLength(5);
    expect((await events()).at(-1)?.details?.reason).toMatch('not asked');
  });

  test('it is asked no more often than the tenant says', async () => {
    await setUp({ max_per_minute: 3 });
    answer({ verified: false });
    for (let i = 0; i < 6; i += 1) await signIn(`user${i}@example.com`);
    expect(old.state.received).toHaveLength(3);
  });

  test('it is not asked for what nobody can be called', async () => {
    for (const name of ['', '  ', 'a b', 'x'.repeat(400)]) expect(await signIn(name)).toBeUndefined();
    expect(old.state.received).toEqual([]);
  });
});

test('of many first sign-ins at once all get in, to one account', async () => {
  const found = await Promise.all(Array.from({ length: 10 }, () => signIn()));
  expect(await users()).toHaveLength(1);
  expect(new Set(found.map((user) => user?.id))).toEqual(new Set([(await users())[0]!.id]));
});

test('T093 a wrong password of a user here waits for as long as the old system took for a stranger', async () => {
  await accounts.create(tenant, { email: 'grace@example.com', password: 'correct horse battery' });
  old.state.answer = (_, res) => void setTimeout(() => res.end('{"verified":false}'), 60);
  await signIn('stranger@example.com', 'wrong');
  await signIn('grace@example.com', 'wrong');
  expect(waited).toHaveLength(1);
  expect(waited[0]).toBeGreaterThanOrEqual(55);
});

test('the secret is sealed where it is stored', async () => {
  const stored = await at.tenants.get(tenant.id);
  expect(JSON.stringify(stored)).toMatch(/sealed:/);
  expect(JSON.stringify(stored)).not.toContain(SECRET);
});
