import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { eventsOf, type TestTenants, twoTenants } from '../../test/support/tenants.ts';
import { invalidInput } from '../core/errors.ts';
import { type Clients, createClients } from './clients.ts';
import type { Metadata } from './record.ts';
import { secretMatches, secretUse } from './secret.ts';

const web = { redirect_uris: ['https://app.example.com/cb'] };
const SECRET = 'change-me-0123456789abcdef';

let at: TestTenants;
let clients: Clients;
let validated: Metadata[];
let changes: string[];

beforeAll(async () => {
  at = await twoTenants();
});
afterAll(() => at.store.close());

beforeEach(async () => {
  validated = [];
  changes = [];
  clients = createClients({
    clock: at.clock,
    audit: {
      ...at.audit,
      record(tenantId, event) {
        changes.push(`${tenantId} ${event.target}`);
        return at.audit.record(tenantId, event);
      },
    },
    production: false,
    validate: (_tenant, client) => {
      validated.push(client);
      if (client.subject_type === 'bad') throw invalidInput('no', [{ pointer: '/subject_type', message: 'unknown' }]);
    },
  });
  for (const tenant of [at.a, at.b])
    for (const { id } of (await clients.list(tenant)).items) await clients.remove(tenant, id);
  changes = [];
});

test('the life of a client', async () => {
  const { client, secret } = await clients.create(at.a, { client_id: 'web', client_name: 'Web', ...web });
  expect(secret).toHaveLength(43);
  expect(JSON.stringify(client)).not.toContain(secret!);
  const loaded = await clients.findForProtocol(at.a, 'web');
  expect(loaded).toEqual({
    client_id: 'web',
    client_id_issued_at: expect.any(Number),
    client_name: 'Web',
    ...web,
    client_secret: expect.any(String),
    require_pkce: true,
    require_pushed_authorization_requests: false,
    require_signed_request_object: false,
  });
  expect(validated).toEqual([loaded]);
  expect(secretMatches(at.a, 'web', loaded!.client_secret as string, secret!)).toBe(true);
  expect(secretMatches(at.a, 'web', loaded!.client_secret as string, `${secret}x`)).toBe(false);
  expect(secretMatches(at.b, 'web', loaded!.client_secret as string, secret!)).toBe(false);
  expect(secretMatches(at.a, 'wed', loaded!.client_secret as string, secret!)).toBe(false);

  const changed = await clients.change(at.a, 'web', { client_name: 'New', ...web });
  expect(changed.secret).toBeUndefined();
  expect(changed.client.secret).toEqual(client.secret);
  const rotated = await clients.rotateSecret(at.a, 'web');
  expect(rotated.secret).not.toBe(secret);
  expect(await clients.findForProtocol(at.b, 'web')).toBeUndefined();
  await clients.remove(at.a, 'web');
  expect(await clients.get(at.a, 'web')).toBeUndefined();
  expect(changes).toEqual(Array(4).fill('a web'));
  expect((await eventsOf(at.audit, at.a)).slice(-4)).toEqual([
    'client.created',
    'client.changed',
    'client.secret_rotated',
    'client.removed',
  ]);
});

test('what is the same is not written', async () => {
  const { client } = await clients.create(at.a, { client_id: 'same', client_secret: SECRET, ...web });
  const again = await clients.change(at.a, 'same', { client_id: 'same', client_secret: SECRET, ...web });
  expect(again.client.version).toBe(client.version);
  expect(changes).toHaveLength(1);
});

test('the same client_id in two tenants is two clients', async () => {
  const a = await clients.create(at.a, { client_id: 'twin', client_secret: SECRET, ...web });
  const b = await clients.create(at.b, { client_id: 'twin', client_secret: SECRET, ...web });
  expect(a.client.secret).not.toEqual(b.client.secret);
  await clients.remove(at.a, 'twin');
  expect(await clients.get(at.b, 'twin')).toBeDefined();
});

test('ids and secrets are made', async () => {
  const { client, secret } = await clients.create(at.a, web);
  expect(client.id).toHaveLength(22);
  expect(secret).toHaveLength(43);
});

describe('secrets by use', () => {
  const jwt = { ...web, token_endpoint_auth_method: 'client_secret_jwt' };
  const none = { ...web, token_endpoint_auth_method: 'none' };
  const key = 'a key of thirty-two characters..';

  test.each([
    ['shown only', web, 'hash'],
    ['posted', { ...web, token_endpoint_auth_method: 'client_secret_post' }, 'hash'],
    ['signs its assertions', jwt, 'sealed'],
    ['HS256 ID tokens', { ...web, id_token_signed_response_alg: 'HS256' }, 'sealed'],
    ['HS256, public', { ...none, id_token_signed_response_alg: 'HS256' }, 'sealed'],
    ['public', none, undefined],
    ['private_key_jwt', { ...web, token_endpoint_auth_method: 'private_key_jwt' }, undefined],
  ])('%s', async (_, metadata, kept) => {
    const { client, secret } = await clients.create(at.a, { ...metadata, ...(kept && { client_secret: key }) });
    expect(secret).toBeUndefined();
    expect(Object.keys(client.secret ?? {})).toEqual(kept ? [kept] : []);
    const loaded = await clients.findForProtocol(at.a, client.id);
    if (kept === 'sealed') expect(loaded?.client_secret).toBe(key);
    else expect(loaded?.client_secret).not.toBe(key);
    expect(JSON.stringify(client)).not.toContain(key);
  });

  test.each([
    [{ id_token_encrypted_response_alg: 'A128KW' }, 'sealed'],
    [{ userinfo_encrypted_response_alg: 'dir' }, 'sealed'],
    [{ id_token_encrypted_response_alg: 'RSA-OAEP' }, 'hashed'],
    [{ token_endpoint_auth_method: 'tls_client_auth' }, 'none'],
  ])('%j: %s', (metadata, use) => {
    expect(secretUse(metadata)).toBe(use);
  });

  test('a change of the use', async () => {
    const make = async (metadata: Metadata) => (await clients.create(at.a, metadata)).client.id;
    const toHash = await make({ ...jwt, client_secret: key });
    await clients.change(at.a, toHash, web);
    const hash = (await clients.findForProtocol(at.a, toHash))?.client_secret as string;
    expect(secretMatches(at.a, toHash, hash, key)).toBe(true);
    await expect(clients.change(at.a, toHash, jwt)).rejects.toMatchObject({
      problems: [{ pointer: '/client_secret' }],
    });
    await clients.change(at.a, toHash, none);
    expect((await clients.get(at.a, toHash))?.secret).toBeUndefined();
    expect((await clients.change(at.a, toHash, web)).secret).toHaveLength(43);
    await expect(clients.rotateSecret(at.a, await make(none))).rejects.toMatchObject({ code: 'invalid_input' });
  });
});

test.each([
  [{ ...web, client_secret: 'short' }, '/client_secret'],
  [{ ...web, client_secret: `${SECRET}ü` }, '/client_secret'],
  [{ ...web, client_secret: 1234567890123456 as unknown as string }, '/client_secret'],
  [{ ...web, token_endpoint_auth_method: 'client_secret_jwt', client_secret: SECRET }, '/client_secret'],
  [{ ...web, token_endpoint_auth_method: 'none', client_secret: SECRET }, '/client_secret'],
  [{ ...web, client_id: '01ARZ3NDEKTSV4RRFFQ69G5FAV' }, '/client_id'],
  [{ ...web, subject_type: 'bad' }, '/subject_type'],
  [{ redirect_uris: ['https://ok.example', 'javascript:alert(1)'] }, '/redirect_uris/1'],
])('%j is refused at %s, and nothing is written', async (input, pointer) => {
  const refusal = { code: 'invalid_input', problems: [{ pointer }] };
  await expect(clients.check(at.a, input)).rejects.toMatchObject(refusal);
  await expect(clients.create(at.a, input)).rejects.toMatchObject(refusal);
  expect((await clients.list(at.a)).items).toEqual([]);
  expect(changes).toEqual([]);
});

describe('a rotation', () => {
  /** The secrets that the client may show now, newest first. */
  const good = async (id: string) => {
    const { client_secret, previous_client_secret } = (await clients.findForProtocol(at.a, id))!;
    const previous = previous_client_secret as { client_secret: string; until: number } | undefined;
    return { client_secret: client_secret as string, previous };
  };

  test.each([
    ['that is shown', web],
    ['that is a key', { ...web, token_endpoint_auth_method: 'client_secret_jwt' }],
  ])('of a secret %s: the old one is good for the overlap', async (_, metadata) => {
    const first = await clients.create(at.a, metadata);
    const { id } = first.client;
    const second = await clients.rotateSecret(at.a, id, 600);
    const { client_secret, previous } = await good(id);
    expect(secretMatches(at.a, id, client_secret, second.secret)).toBe(true);
    expect(secretMatches(at.a, id, client_secret, first.secret!)).toBe(false);
    expect(secretMatches(at.a, id, previous!.client_secret, first.secret!)).toBe(true);
    expect(Math.abs(previous!.until - at.clock() - 600_000)).toBeLessThan(5000);
    // A change of anything else leaves both, a third secret ends the first.
    await clients.change(at.a, id, { ...metadata, client_name: 'New' });
    expect(await good(id)).toEqual({ client_secret, previous });
    await clients.rotateSecret(at.a, id);
    expect((await good(id)).previous?.client_secret).toBe(client_secret);
    const { items } = await at.audit.find(at.a.id, { where: { field: 'type', equals: 'client.secret_rotated' } });
    expect(items.at(-1)?.details).toEqual({ previousUntil: (await good(id)).previous?.until });
  });

  test('without overlap, and by a secret that is given: the old one ends at once', async () => {
    const { client, secret } = await clients.create(at.a, web);
    await clients.rotateSecret(at.a, client.id, 0);
    expect((await good(client.id)).previous).toBeUndefined();
    await clients.rotateSecret(at.a, client.id);
    await clients.change(at.a, client.id, { ...web, client_secret: SECRET });
    expect((await good(client.id)).previous).toBeUndefined();
    expect(secretMatches(at.a, client.id, (await good(client.id)).client_secret, secret!)).toBe(false);
  });

  test.each([-1, 1.5, Number.NaN, 91 * 86_400])('an overlap of %s is refused', async (overlap) => {
    const { client } = await clients.create(at.a, web);
    await expect(clients.rotateSecret(at.a, client.id, overlap)).rejects.toMatchObject({ code: 'invalid_input' });
    expect((await clients.get(at.a, client.id))?.version).toBe(client.version);
  });
});

test('who knows the hash does not know the secret', async () => {
  await clients.create(at.a, { client_id: 'hashed', client_secret: SECRET, ...web });
  const stored = (await clients.findForProtocol(at.a, 'hashed'))!.client_secret as string;
  expect(secretMatches(at.a, 'hashed', stored, stored)).toBe(false);
  expect(secretMatches(at.a, 'hashed', stored, stored.slice(stored.indexOf(':') + 1))).toBe(false);
});

test('what is not there is not found', async () => {
  await expect(clients.change(at.a, 'no', web)).rejects.toMatchObject({ code: 'not_found' });
  await expect(clients.remove(at.a, 'no')).rejects.toMatchObject({ code: 'not_found' });
  await expect(clients.rotateSecret(at.a, 'no')).rejects.toMatchObject({ code: 'not_found' });
  await clients.create(at.a, { client_id: 'once', ...web });
  await expect(clients.create(at.a, { client_id: 'once', ...web })).rejects.toMatchObject({ code: 'already_exists' });
});
