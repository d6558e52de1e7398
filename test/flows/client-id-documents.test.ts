import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { OUTSIDE_ALLOWED, type Outside, type Reply, startOutside } from '../support/outside.ts';
import { rawClient, USER } from '../support/raw-client.ts';
import { CALLBACK, PASSWORD, webClient } from '../support/relying-party.ts';
import { createUserAgent } from '../support/user-agent.ts';

/** Client ID Metadata Documents: a client is where its document is. A server of ours plays the world outside. */

let gatehouse: TestGatehouse;
let outside: Outside;
beforeAll(async () => {
  outside = await startOutside();
  gatehouse = await startGatehouse(OUTSIDE_ALLOWED);
});
beforeEach(() => outside.forget());
afterAll(async () => {
  await gatehouse?.stop();
  outside.stop();
});

let counter = 0;
async function tenant(client_id_metadata_documents: object, protocol: object = {}): Promise<Tenant> {
  counter += 1;
  const made = await gatehouse.tenant({
    id: `t${counter}`,
    settings: { protocol: { ...protocol, client_id_metadata_documents } },
  });
  await gatehouse.services.accounts.create(made, { email: USER, email_verified: true, password: PASSWORD });
  return made;
}
const on = (protocol: object = {}) => tenant({ enabled: true, hosts: [new URL(outside.base).host] }, protocol);

/** Puts a document where it says that it is; gives that address, which is the client_id. */
function publish(more: object = {}, answer: Partial<Reply> = {}): string {
  counter += 1;
  const path = `/client-${counter}.json`;
  const client_id = outside.base + path;
  const document = {
    client_id,
    client_name: 'Notes',
    redirect_uris: [CALLBACK],
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'],
    ...more,
  };
  outside.replies.set(path, { body: JSON.parse(JSON.stringify(document)), ...answer });
  return client_id;
}

const agent = () => createUserAgent({ stopAt: CALLBACK });
const client = ({ issuer }: Tenant, id: string) => rawClient(issuer, id, { headers: {}, fields: { client_id: id } });
const page = (at: Tenant, id: string) => agent().get(client(at, id).begin().url);

test('sign in, with warning and host; refresh; the document is read once', async () => {
  const acme = await on();
  const id = publish();
  const metadata = await (await fetch(`${acme.issuer}/.well-known/openid-configuration`)).json();
  expect(metadata).toMatchObject({ client_id_metadata_document_supported: true });
  const web = client(acme, id);
  const who = agent();
  const { url, redemption } = web.begin();
  const consent = await who.submit(await who.get(url), { identifier: USER, password: PASSWORD });
  expect(consent.body).toContain('class="notice warning"');
  expect(consent.body).toContain('<bdi class="host">app.example.com</bdi>');
  const done = await who.submit(consent, { decision: 'accept' });
  const code = new URL(done.url).searchParams.get('code')!;
  const { status, body } = await web.token({ ...redemption, code });
  expect({ status, body }).toMatchObject({ status: 200, body: { refresh_token: expect.any(String) } });
  expect((await web.refresh(body.refresh_token)).status).toBe(200);
  expect(outside.seen.asked).toHaveLength(1);
});

test('nobody vouches for it, whatever it says', async () => {
  const acme = await on({ client_registration: { scopes: ['openid', 'email'] } });
  const id = publish({
    skip_consent: true,
    untrusted: false,
    require_pkce: false,
    api_scope: 'read',
    authentication_policy: { mfa: 'off' },
    grant_types: ['authorization_code', 'client_credentials', 'refresh_token'],
  });
  const web = client(acme, id);
  const consent = await (async () => {
    const who = agent();
    return who.submit(await who.get(web.begin({ scope: 'openid email' }).url), {
      identifier: USER,
      password: PASSWORD,
    });
  })();
  expect(consent.body).toContain('value="accept"');
  const machine = await web.token({ grant_type: 'client_credentials' });
  expect(machine).toMatchObject({ status: 400, body: { error_description: expect.stringContaining('not allowed') } });
  // No PKCE, a scope beyond the policy, nobody signed in: never sent on.
  const wrong: Record<string, string>[] = [{ code_challenge: '' }, { scope: 'openid profile' }, { prompt: 'none' }];
  for (const params of wrong) {
    const stopped = await agent().get(web.begin(params).url);
    expect({ params, status: stopped.status }).toEqual({ params, status: 400 });
    expect(stopped.body).toContain('app.example.com');
  }
});

test('what the tenant demands of its clients, it demands of these', async () => {
  const acme = await on({ par_required: true });
  const id = publish();
  const stopped = await page(acme, id);
  expect(stopped).toMatchObject({ status: 400, body: expect.stringContaining('Pushed') });
  const web = client(acme, id);
  const { request_uri } = (await web.post('/request', web.begin().query)).body;
  const asks = await agent().get(`${acme.issuer}/auth?${new URLSearchParams({ client_id: id, request_uri })}`);
  expect(asks.body).toContain('name="password"');
});

test('a client that is registered under an address is that one', async () => {
  const acme = await on();
  const id = publish({ client_name: 'From outside' });
  await gatehouse.services.clients.create(acme, { ...webClient(id), client_name: 'Registered' });
  expect((await page(acme, id)).body).toContain('Registered');
  expect(outside.seen.connects).toBe(0);
});

describe('T050 nobody is asked', () => {
  test.each<[string, () => Promise<Tenant>]>([
    ['off, as it is when nothing is set', () => tenant({})],
    ['off, with hosts', () => tenant({ hosts: ['*'] })],
    ['another host', () => tenant({ enabled: true, hosts: ['app.example.com'] })],
    ['another port', () => tenant({ enabled: true, hosts: ['localhost'] })],
    ['hosts below', () => tenant({ enabled: true, hosts: ['*.localhost'] })],
  ])('%s', async (_, make) => {
    const acme = await make();
    const id = publish();
    const refused = await page(acme, id);
    expect(refused.status).toBe(400);
    expect(refused.url).not.toContain(CALLBACK);
    expect([400, 401]).toContain((await client(acme, id).token({ grant_type: 'client_credentials' })).status);
    expect(outside.seen.connects).toBe(0);
  });

  test('an address that is not opened for outgoing requests', async () => {
    const closed = await startGatehouse();
    try {
      const acme = await closed.tenant({
        id: 'acme',
        settings: { protocol: { client_id_metadata_documents: { enabled: true, hosts: ['*'] } } },
      });
      for (const id of [publish(), publish().replace('localhost', '127.0.0.1')])
        expect((await agent().get(client(acme, id).begin().url)).status).toBe(400);
      expect(outside.seen.connects).toBe(0);
    } finally {
      await closed.stop();
    }
  });

  test.each([
    (id: string) => id.replace('https:', 'http:'),
    (id: string) => `${id}#x`,
    (id: string) => id.replace('//', '//user@'),
    (id: string) => id.replace(/\/client/, '/x/../client'),
    (id: string) => `${id}?${'x'.repeat(600)}`,
  ])('what is no such address: %s', async (change) => {
    expect((await page(await on(), change(publish()))).status).toBe(400);
    expect(outside.seen.connects).toBe(0);
  });

  test('more documents in an hour than one address may have us ask for', async () => {
    const acme = await tenant({ enabled: true, hosts: ['*'] });
    await gatehouse.services.resolver.byId(acme.id);
    await acme.store.artifacts.increment('client documents 127.0.0.1', 3600, 119);
    expect((await page(acme, publish())).body).toContain('name="password"');
    expect((await page(acme, publish())).status).toBe(400);
    expect(outside.seen.asked).toHaveLength(1);
  });
});

describe('T118 a document that is not taken', () => {
  test.each<[string, object, Partial<Reply>]>([
    ['not there', {}, { status: 404 }],
    ['elsewhere', {}, { status: 302, headers: { location: '/' } }],
    ['no JSON', {}, { body: '<html>' }],
    ['a page', {}, { type: 'text/html' }],
    ['a list', {}, { body: [] }],
    ['too large', {}, { body: `{"a":"${'x'.repeat(70_000)}"}` }],
    ['another client_id', { client_id: 'https://other.example/' }, {}],
    ['a shared secret', { token_endpoint_auth_method: 'client_secret_basic' }, {}],
    ['a secret', { client_secret: 'x'.repeat(40) }, {}],
    ['no redirect URI', { redirect_uris: undefined }, {}],
    ['a bad redirect URI', { redirect_uris: ['http://app.example.com/cb'] }, {}],
    ['a name that passes for the house', { client_name: 'Gatehouse Login' }, {}],
    ['a name with hidden characters', { client_name: 'Adm\u202Enigol' }, {}],
    ['a grant that is not allowed', { grant_types: ['client_credentials'], response_types: [] }, {}],
    ['a logo over http', { logo_uri: 'http://app.example.com/l.png' }, {}],
  ])('%s', async (_, more, answer) => {
    const acme = await on();
    const id = publish(more, answer);
    const refused = await page(acme, id);
    expect({ status: refused.status, url: refused.url.startsWith(acme.issuer) }).toEqual({ status: 400, url: true });
    expect(refused.body).not.toMatch(/ECONN|127\.0\.0\.1/);
    const { items } = await gatehouse.services.audit.find(acme.id);
    expect(items.filter(({ outcome }) => outcome === 'failure')).toHaveLength(1);
  });
});

test.each([
  [{ enabled: true }, 'one at least'],
  [{ hosts: ['https://x.example'] }, 'host'],
  [{ hosts: ['a b'] }, 'host'],
  [{ hosts: ['x.*.example'] }, 'host'],
])('the setting %j is refused', async (setting, message) => {
  await expect(tenant(setting)).rejects.toMatchObject({
    code: 'invalid_input',
    message: expect.stringContaining(message),
  });
});
