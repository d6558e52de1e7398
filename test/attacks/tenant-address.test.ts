import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { byHost } from '../support/by-host.ts';
import { outliveCaches } from '../support/clock.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { inhabited, JWT_API } from '../support/inhabited.ts';
import { newCode, newTokens, rawClient } from '../support/raw-client.ts';
import { CALLBACK } from '../support/relying-party.ts';
import { createUserAgent } from '../support/user-agent.ts';

const DISCOVERY = '/.well-known/openid-configuration';

let gatehouse: TestGatehouse;
let port: number;
let send: typeof fetch;

beforeAll(async () => {
  gatehouse = await startGatehouse({ GATEHOUSE_TRUSTED_PROXIES: '127.0.0.1/32' });
  port = Number(new URL(gatehouse.url).port);
  send = byHost(port);
});
afterAll(() => gatehouse.stop());

const json = (url: string) => send(url, { headers: { accept: 'application/json' } });

describe('T080 slugs', () => {
  const REFUSED = [
    'admin',
    'www',
    'api',
    'Acme',
    'a_b',
    'a.b',
    '-a',
    '',
    'a'.repeat(64),
    'xn--acme',
    'аcme',
    '../a',
    'a/b',
    '__proto__',
  ];
  test.each(REFUSED)('%j is refused', async (id) => {
    await expect(gatehouse.services.tenants.create({ id, name: 'x' })).rejects.toMatchObject({ code: 'invalid_input' });
  });

  test('one that looks like another is refused', async () => {
    await gatehouse.tenant({ id: 'paypal', settings: { signing: { algorithms: ['ES256'] } } });
    for (const id of ['paypa1', 'paypai', 'paypal'])
      await expect(gatehouse.services.tenants.create({ id, name: 'x' })).rejects.toMatchObject({
        code: 'already_exists',
      });
  });

  test('10,000 random ones are 404 and cost no memory', async () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const heap = () => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    const statuses = new Set<number>();
    const ask = async (count: number) => {
      for (let i = 0; i < count; i += 1) {
        const answer = await fetch(`${gatehouse.url}/t/${randomBytes(16).toString('hex')}${DISCOVERY}`, {
          headers: { accept: 'application/json' },
        });
        statuses.add(answer.status);
        await answer.arrayBuffer();
      }
    };
    const askAtOnce = (count: number) => Promise.all(Array.from({ length: 16 }, () => ask(count / 16)));
    await askAtOnce(1600);
    const before = heap();
    await askAtOnce(8400);
    expect(heap() - before).toBeLessThan(20_000_000);
    expect([...statuses]).toEqual([404]);
  });

  const HOSTILE = [
    '/t/',
    '/t',
    '/t/..%2facme',
    '/t/acme%00',
    '/t/ACME/jwks',
    '/t/acme%2fjwks',
    '//t/acme/jwks',
    '/t/%61cme/jwks',
  ];
  test.each(HOSTILE)('%s belongs to nobody', async (path) => {
    await gatehouse.tenant({ id: 'acme', settings: { signing: { algorithms: ['ES256'] } } }).catch(() => {});
    expect([400, 404]).toContain((await json(gatehouse.url + path)).status);
  });

  test.each(['evil.example', 'acme.localhost', '127.0.0.1.evil.example', 'x'])('host %j is nobody', async (host) => {
    const { status } = await json(`http://${host}/t/acme${DISCOVERY}`);
    expect(status).toBe(421);
  });
});

describe('T083 one issuer for each tenant', () => {
  const SIGNING = { signing: { algorithms: ['ES256' as const] } };
  const found = async (url: string) => (await (await json(url)).json()) as Record<string, string>;

  const addresses: [string, () => string | undefined][] = [
    ['path', () => undefined],
    ['subdomain', () => `http://sub.localhost:${port}`],
    ['own-domain', () => 'https://login.own.example'],
  ];
  test.each(addresses)('by %s: discovery, documents and a whole sign-in', async (id, address) => {
    const tenant = await inhabited(gatehouse, id);
    if (address()) await gatehouse.services.tenants.change(id, { issuer: address()! });
    const issuer = address() ?? tenant.issuer;
    const metadata = await found(issuer + DISCOVERY);
    expect(metadata.issuer).toBe(issuer);
    const elsewhere = Object.values(metadata).filter(
      (value) => /^https?:/.test(value) && !`${value}/`.startsWith(`${issuer}/`),
    );
    expect(elsewhere).toEqual([]);

    const { origin, pathname } = new URL(issuer);
    const inserted = `${origin}/.well-known/oauth-authorization-server${pathname === '/' ? '' : pathname}`;
    expect(await found(inserted)).toEqual(metadata);

    const agent = createUserAgent({ stopAt: CALLBACK, send });
    const web = rawClient(issuer, 'web', { send });
    const { access_token, id_token } = await newTokens(agent, web);
    expect(JSON.parse(Buffer.from(id_token.split('.')[1], 'base64url').toString()).iss).toBe(issuer);
    expect((await web.userinfo(access_token)).status).toBe(200);
    const https = issuer.startsWith('https:');
    const session = agent.cookies().find(({ name }) => name.endsWith('session'))!;
    expect(session).toMatchObject({ secure: https, httpOnly: true, name: https ? '__Host-session' : 'session' });
  });

  test('a tenant that got an own domain is found there only', async () => {
    const { issuer } = await inhabited(gatehouse, 'moved');
    expect((await json(issuer + DISCOVERY)).status).toBe(200);
    await gatehouse.services.tenants.change('moved', { issuer: 'https://moved.example' });
    expect((await json(issuer + DISCOVERY)).status).toBe(404);
    expect((await json(`${gatehouse.url}/.well-known/oauth-authorization-server/t/moved`)).status).toBe(404);
    expect((await found(`https://moved.example${DISCOVERY}`)).issuer).toBe('https://moved.example');
    expect((await json(`https://moved.example/t/moved${DISCOVERY}`)).status).toBe(404);

    await gatehouse.services.tenants.change('moved', { issuer: null });
    expect((await found(issuer + DISCOVERY)).issuer).toBe(issuer);
    expect((await json(`https://moved.example${DISCOVERY}`)).status).toBe(421);
  });

  test('no two tenants have one domain', async () => {
    await gatehouse.tenant({ id: 'first', issuer: 'https://one.example', settings: SIGNING });
    const second = gatehouse.services.tenants.create({ id: 'second', name: 'x', issuer: 'https://one.example/' });
    await expect(second).rejects.toMatchObject({ code: 'already_exists' });
    for (const issuer of [
      gatehouse.url,
      'http://evil.example',
      'https://a.example/path',
      'javascript:alert(1)',
      'https://u@a.example',
    ])
      await expect(gatehouse.services.tenants.change('first', { issuer })).rejects.toMatchObject({
        code: 'invalid_input',
      });
  });
});

test('T081 a suspended tenant stops within a second, and goes on as it was', async () => {
  const { issuer } = await inhabited(gatehouse, 'paused');
  const agent = createUserAgent({ stopAt: CALLBACK });
  const web = rawClient(issuer, 'web');
  const tokens = await newTokens(agent, web, { resource: JWT_API, scope: 'openid read' });
  const login = await agent.get(web.begin({ prompt: 'login' }).url);
  const redemption = await newCode(agent, web);
  const { query } = web.begin();

  await gatehouse.services.tenants.suspend('paused');
  outliveCaches();
  expect((await web.get('/jwks')).status).toBe(403);
  const attempts = {
    discovery: () => web.get(DISCOVERY),
    code: () => web.token(redemption),
    refresh: () => web.refresh(tokens.refresh_token),
    machine: () => rawClient(issuer, 'service').token({ grant_type: 'client_credentials' }),
    introspection: () => web.post('/token/introspection', { token: tokens.refresh_token }),
    revocation: () => web.revoke(tokens.refresh_token),
    userinfo: () => web.userinfo(tokens.refresh_token),
    push: () => web.post('/request', query),
  };
  for (const [name, attempt] of Object.entries(attempts)) {
    const { status, body } = await attempt();
    expect({ name, status, code: body.code }).toEqual({ name, status: 403, code: 'tenant_suspended' });
  }
  for (const page of [
    await agent.get(web.begin().url),
    await agent.submit(login, { identifier: 'x', password: 'x' }),
  ]) {
    expect(page.status).toBe(403);
    expect(page.body).toContain('suspended');
  }

  await gatehouse.services.tenants.resume('paused');
  outliveCaches();
  expect((await web.get('/jwks')).status).toBe(200);
  expect((await web.refresh(tokens.refresh_token)).status).toBe(200);
  expect((await web.token(redemption)).status).toBe(200);
  expect((await agent.get(web.begin({ prompt: 'none' }).url)).url).toContain('code=');
});
