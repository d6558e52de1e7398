import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { hashSync } from 'bcrypt';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { loadConfig } from '../../config/load.ts';
import { createPasswordSignIn } from '../../login/password-sign-in.ts';
import { openServices, type Services } from '../../services.ts';
import { tenantNamed } from '../lookup.ts';
import { checkSource } from './check.ts';
import { loadCurrent } from './current.ts';
import { execute } from './execute.ts';
import { plan } from './plan.ts';
import { readSource } from './read.ts';

let folder: string;
let services: Services;
let tenants = 0;
/** A tenant of each test's own. */
let id: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-apply-'));
  services = await openServices(loadConfig({ NODE_ENV: 'test', GATEHOUSE_DATA: folder, GATEHOUSE_BCRYPT_COST: '4' }));
});
afterAll(async () => {
  await services.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  tenants += 1;
  id = `t${tenants}`;
});

const es256 = { signing: { algorithms: ['ES256'] } };
const tenant = (parts: object = {}) => ({ tenants: [{ id, name: 'A', settings: es256, ...parts }] });
const ORG = { id: 'acme', name: 'Acme' };
const user = (parts: object = {}) => tenant({ users: [{ email: 'ada@example.com', ...parts }] });

async function changesFor(text: string) {
  const wanted = await checkSource(
    services,
    readSource(text, 'f', () => undefined),
  );
  return plan(await loadCurrent(services, wanted), wanted);
}
/** What a run does, and the secrets it made. */
async function apply(file: object) {
  const changes = await changesFor(stringify(file));
  const secrets = await execute(services, changes);
  return {
    secrets,
    done: changes.filter(({ action }) => action !== 'none').map(({ kind, action }) => `${action} ${kind}`),
  };
}
const ada = async () => (await services.accounts.findByIdentifier(await tenantNamed(services, id), 'ada@example.com'))!;

test('a second run changes nothing, and is not on record', async () => {
  const file = tenant({
    clients: [
      { client_id: 'web', client_secret: 'change-me-0123456789abcdef', redirect_uris: ['https://a.example/cb'] },
      { client_id: 'made', redirect_uris: ['https://a.example/cb'] },
      { client_id: 'spa', token_endpoint_auth_method: 'none', redirect_uris: ['https://a.example/cb'] },
    ],
    users: [
      {
        email: 'Ada@example.com',
        email_verified: true,
        password: 'correct horse battery',
        name: 'Ada',
        address: { country: 'GB' },
      },
      { email: 'eve@example.com', password_hash: hashSync('correct horse battery', 4), status: 'disabled' },
      { email: 'dan@example.com', username: 'dan' },
    ],
  });
  const first = await apply(file);
  expect(first.done).toEqual(['create tenant', ...Array(3).fill('create client'), ...Array(3).fill('create user')]);
  expect(first.secrets).toEqual([{ tenant: id, client_id: 'made', client_secret: expect.any(String) }]);
  const events = await services.audit.find(id);
  expect(await apply(file)).toEqual({ done: [], secrets: [] });
  expect(await services.audit.find(id)).toEqual(events);
});

test('organizations, and who is what in them', async () => {
  const file = (roles: string[], name = 'Acme') =>
    tenant({
      organizations: [
        { id: 'acme', name, domains: [{ name: 'BÜCHER.example', verified: true }], policy: { mfa: 'required' } },
      ],
      users: [{ email: 'ada@example.com', roles, organizations: [{ id: 'acme' }] }],
    });
  expect((await apply(file(['admin']))).done).toEqual(['create tenant', 'create organization', 'create user']);
  expect((await apply(file(['admin']))).done).toEqual([]);
  expect(await ada()).toMatchObject({ roles: ['admin'], organizations: [{ id: 'acme', roles: [] }] });
  expect((await apply(file([], 'Acme 2'))).done).toEqual(['change organization', 'change user']);
  expect((await ada()).roles).toEqual([]);
  const theirs = await services.organizations.ofDomain(await tenantNamed(services, id), 'xn--bcher-kva.example');
  expect(theirs).toMatchObject({ id: 'acme', name: 'Acme 2' });
});

test('for every file, a second run has nothing to do', async () => {
  const opt = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
  const letters = fc.constantFrom('ada', 'eve', 'dan', 'zoë');
  const wanted = fc.record({
    clients: fc.uniqueArray(
      fc.record({
        client_id: fc.constantFrom('web', 'spa', 'api'),
        client_secret: opt(fc.constantFrom('change-me-0123456789abcdef', 'change-me-too-0123456789')),
        client_name: opt(letters),
        redirect_uris: fc.constantFrom(['https://a.example/cb'], ['https://b.example/cb', 'http://localhost/cb']),
        skip_consent: opt(fc.boolean()),
      }),
      { selector: (client) => client.client_id },
    ),
    users: fc.uniqueArray(
      fc.record({
        email: letters.map((name) => `${name}@example.com`),
        name: opt(letters),
        email_verified: opt(fc.boolean()),
        status: opt(fc.constantFrom('active', 'disabled')),
        password: opt(fc.constantFrom('correct horse battery', 'battery staple correct')),
      }),
      { selector: (user) => user.email },
    ),
  });
  await fc.assert(
    fc.asyncProperty(wanted, async (parts) => {
      const file = tenant(JSON.parse(JSON.stringify(parts)));
      await apply(file);
      expect((await apply(file)).done).toEqual([]);
    }),
    { numRuns: 20 },
  );
});

describe('what the file does not name stays', () => {
  test('fields of a user, password, status, secret', async () => {
    await apply(
      user({
        name: 'Ada',
        given_name: 'Ada',
        email_verified: true,
        password: 'correct horse battery',
        status: 'disabled',
      }),
    );
    const before = await ada();
    expect((await apply(user({ name: 'Ada L' }))).done).toEqual(['change user']);
    expect(await ada()).toMatchObject({
      claims: { name: 'Ada L', given_name: 'Ada' },
      email_verified: true,
      status: 'disabled',
      passwordHash: before.passwordHash,
    });
  });

  test('issuer and settings of a tenant', async () => {
    const own = { issuer: `https://${id}.example`, settings: { ...es256, tokens: { id_token_ttl: 60 } } };
    await apply(tenant(own));
    expect((await apply({ tenants: [{ id, name: 'B' }] })).done).toEqual(['change tenant']);
    expect(await services.tenants.get(id)).toMatchObject({ name: 'B', ...own });
    await apply({ tenants: [{ id, name: 'B', issuer: null }] });
    expect((await services.tenants.get(id))?.issuer).toBeUndefined();
  });

  test('clients and users', async () => {
    const uris = { redirect_uris: ['https://a.example/cb'] };
    await apply(tenant({ clients: [{ client_id: 'web', ...uris }], users: [{ email: 'ada@example.com' }] }));
    expect((await apply(tenant({ clients: [{ client_id: 'spa', ...uris }] }))).done).toEqual(['create client']);
    expect(await ada()).toBeDefined();
    expect(await services.clients.get(await tenantNamed(services, id), 'web')).toBeDefined();
  });
});

test('a password is changed when it is another, not when it is the same', async () => {
  await apply(user({ password: 'correct horse battery' }));
  expect((await apply(user({ password: 'correct horse battery' }))).done).toEqual([]);
  expect((await apply(user({ password: 'battery staple correct' }))).done).toEqual(['change user']);
  const { passwordHash } = await ada();
  const owner = await tenantNamed(services, id);
  expect((await services.passwords.verify(owner, passwordHash, 'battery staple correct')).valid).toBe(true);
});

test('a user whose password the old system knows is brought along once', async () => {
  const file = user({ to_migrate: true });
  expect((await apply(file)).done).toEqual(['create tenant', 'create user']);
  expect((await ada()).toMigrate).toBe(true);
  expect((await apply(user({ to_migrate: true, name: 'Ada' }))).done).toEqual(['change user']);
  await services.accounts.setPassword(await tenantNamed(services, id), (await ada()).id, {
    password: 'battery staple correct',
  });
  expect((await apply(file)).done).toEqual([]);
  expect((await ada()).toMigrate).toBeUndefined();
});

test('an imported hash does not come back after the first sign-in', async () => {
  const file = user({ password_hash: hashSync('correct horse battery', 4) });
  await apply(file);
  const owner = await tenantNamed(services, id);
  const attempt = { tenant: owner, identifier: 'ada@example.com', password: 'correct horse battery' };
  await createPasswordSignIn({ ...services, clock: Date.now })({
    ...attempt,
    ip: '203.0.113.7',
    requestId: 'r',
    clientId: 'web',
    askForWork: async () => undefined,
  });
  expect((await ada()).passwordHash).toMatch(/^\$gh1\$/);
  expect((await apply(file)).done).toEqual([]);
});

describe('a bad file is refused whole', () => {
  const uris = { redirect_uris: ['https://a.example/cb'] };
  const web = { client_id: 'web', ...uris };
  test.each([
    ['not an object', () => 7 as unknown as object, '/'],
    ['no tenants', () => ({}), '/tenants'],
    ['an unknown field', () => tenant({ colour: 'red' }), '/tenants/0/colour'],
    ['an unknown setting', () => tenant({ settings: { brand: {} } }), '/tenants/0/settings/brand'],
    [
      'a bad setting',
      () => tenant({ settings: { tokens: { id_token_ttl: 0 } } }),
      '/tenants/0/settings/tokens/id_token_ttl',
    ],
    ['a reserved slug', () => ({ tenants: [{ id: 'admin', name: 'A' }] }), '/tenants/0/id'],
    ['a bad slug', () => ({ tenants: [{ id: '../etc', name: 'A' }] }), '/tenants/0/id'],
    ['an http issuer', () => tenant({ issuer: 'http://a.example' }), '/tenants/0/issuer'],
    ['a tenant twice', () => ({ tenants: [...tenant().tenants, ...tenant().tenants] }), '/tenants/1/id'],
    [
      'look-alikes',
      () => ({
        tenants: [
          { id: 'lab1', name: 'A' },
          { id: 'labl', name: 'A' },
        ],
      }),
      '/tenants/1/id',
    ],
    ['a client twice', () => tenant({ clients: [web, web] }), '/tenants/0/clients/1/client_id'],
    [
      'a bad redirect URI',
      () => tenant({ clients: [{ client_id: 'x', redirect_uris: ['javascript:1'] }] }),
      '/tenants/0/clients/0/redirect_uris/0',
    ],
    [
      'a bad grant type',
      () => tenant({ clients: [{ ...web, grant_types: ['password'] }] }),
      '/tenants/0/clients/0/grant_types',
    ],
    [
      'unknown metadata',
      () => tenant({ clients: [{ ...web, redirect_url: 'x' }] }),
      '/tenants/0/clients/0/redirect_url',
    ],
    [
      'a weak secret',
      () => tenant({ clients: [{ ...web, client_secret: 'short' }] }),
      '/tenants/0/clients/0/client_secret',
    ],
    [
      'a numeric secret',
      () => tenant({ clients: [{ ...web, client_secret: 12345678 }] }),
      '/tenants/0/clients/0/client_secret',
    ],
    [
      'a user id as client_id',
      () => tenant({ clients: [{ ...web, client_id: '01ARZ3NDEKTSV4RRFFQ69G5FAV' }] }),
      '/tenants/0/clients/0/client_id',
    ],
    ['a short password', () => user({ password: 'short' }), '/tenants/0/users/0/password'],
    ['a common password', () => user({ password: 'superman superman' }), '/tenants/0/users/0/password'],
    [
      'a password of the user\u2019s name',
      () => user({ name: 'Ada Lovelace', password: 'Lovelace-Ada-1815' }),
      '/tenants/0/users/0/password',
    ],
    [
      'a password and an old system',
      () => user({ password: 'correct horse battery', to_migrate: true }),
      '/tenants/0/users/0/to_migrate',
    ],
    [
      'a dear hash of another scheme',
      () => user({ password_hash: `$argon2id$v=19$m=9999999,t=3,p=4$c2FsdHNhbHQ$${'A'.repeat(43)}` }),
      '/tenants/0/users/0/password_hash',
    ],
    ['a dear hash', () => user({ password_hash: `$2b$16$${'a'.repeat(53)}` }), '/tenants/0/users/0/password_hash'],
    ['a bad claim', () => user({ birthdate: 'yesterday' }), '/tenants/0/users/0/birthdate'],
    ['an unknown claim', () => user({ rank: 'admin' }), '/tenants/0/users/0/rank'],
    [
      'an organization that is not there',
      () => user({ organizations: [{ id: 'nowhere' }] }),
      '/tenants/0/users/0/organizations/0/id',
    ],
    ['an organization twice', () => tenant({ organizations: [ORG, ORG] }), '/tenants/0/organizations/1/id'],
    [
      'an organization with an upstream of nobody',
      () => tenant({ organizations: [{ ...ORG, upstreams: ['x'] }] }),
      '/tenants/0/organizations/0/upstreams',
    ],
    ['an attribute that is not declared', () => user({ attributes: { x: 1 } }), '/tenants/0/users/0/attributes/x'],
    ['a bad address', () => user({ email: 'ada' }), '/tenants/0/users/0/email'],
    [
      'a user twice',
      () => tenant({ users: [{ email: 'ada@a.example' }, { email: 'ADA@a.example' }] }),
      '/tenants/0/users/1/email',
    ],
    [
      'a username twice',
      () =>
        tenant({
          users: [
            { email: 'a@a.example', username: 'x' },
            { email: 'b@a.example', username: 'X' },
          ],
        }),
      '/tenants/0/users/1/username',
    ],
  ])('%s', async (_, file, pointer) => {
    const good = { id: `good${tenants}`, name: 'Good', settings: es256 };
    const whole = file() as { tenants?: object[] };
    const text = stringify(whole.tenants ? { tenants: [...whole.tenants, good] } : whole);
    await expect(changesFor(text)).rejects.toMatchObject({
      code: 'invalid_input',
      problems: [
        expect.objectContaining({
          pointer: pointer === '/' ? '' : pointer,
          message: expect.stringMatching(/^f:\d+:\d+ \//),
        }),
      ],
    });
    expect(await services.tenants.get(good.id)).toBeUndefined();
  });

  test('what the store has already', async () => {
    await apply(tenant({ issuer: `https://${id}.example`, users: [{ email: 'ada@example.com', username: 'ada' }] }));
    const refused = async (file: object, pointer: string) =>
      expect(changesFor(stringify(file))).rejects.toMatchObject({ problems: [{ pointer }] });
    await refused({ tenants: [{ id: 'other', name: 'O', issuer: `https://${id}.example` }] }, '/tenants/0/issuer');
    await apply({ tenants: [{ id: 'walrus', name: 'W', settings: es256 }] });
    await refused({ tenants: [{ id: 'wa1rus', name: 'O' }] }, '/tenants/0/id');
    await refused(tenant({ users: [{ email: 'eve@example.com', username: 'ADA' }] }), '/tenants/0/users/0/username');
  });

  test('every problem is said, in the order of their lines', async () => {
    const text = stringify({
      tenants: [
        { id: 'Bad', name: 'A', users: [{ email: 'a@a.example', password: 'short' }] },
        { id: 'admin', name: 'A', clients: [{ client_id: 'x y', redirect_uris: [] }] },
      ],
    });
    await expect(changesFor(text)).rejects.toMatchObject({
      problems: ['/tenants/0/id', '/tenants/0/users/0/password', '/tenants/1/id', '/tenants/1/clients/0/client_id'].map(
        (pointer) => expect.objectContaining({ pointer }),
      ),
    });
  });
});
