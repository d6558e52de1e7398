import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { claimsOf } from '../support/forge.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { inhabited, OPAQUE_API } from '../support/inhabited.ts';
import { type Answer, basic, bearer, newCode, newTokens, type RawClient, rawClient } from '../support/raw-client.ts';
import { CALLBACK, webClient } from '../support/relying-party.ts';
import { createUserAgent } from '../support/user-agent.ts';

const agent = createUserAgent({ stopAt: CALLBACK });

let gatehouse: TestGatehouse;
let acme: Tenant;
let web: RawClient;
let other: RawClient;
let api: RawClient;
let tokens: Record<string, string>;

beforeAll(async () => {
  gatehouse = await startGatehouse();
  acme = await inhabited(gatehouse, 'acme', {
    resources: [
      { indicator: OPAQUE_API, scopes: ['read'], access_token_format: 'opaque', introspection_clients: ['api'] },
    ],
  });
  for (const id of ['other', 'api']) await gatehouse.services.clients.create(acme, webClient(id));
  web = rawClient(acme.issuer, 'web');
  other = rawClient(acme.issuer, 'other');
  api = rawClient(acme.issuer, 'api');
  tokens = await newTokens(agent, web);
});
afterAll(() => gatehouse.stop());

describe('T037 introspection and revocation', () => {
  test.each(['/token/introspection', '/token/revocation'])('%s wants an authenticated client', async (path) => {
    const wrong = await web.post(path, { token: tokens.access_token! }, basic('web', 'wrong'));
    expect(wrong).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    const nobody = await web.post(path, { token: tokens.access_token! }, {});
    expect(nobody).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect(await web.introspect(tokens.access_token!)).toMatchObject({ active: true });
  });

  test.each(['access_token', 'refresh_token'])("a client learns nothing of another one's %s", async (kind) => {
    expect(await other.introspect(tokens[kind]!)).toEqual({ active: false });
    expect(await other.introspect('at_unknown')).toEqual({ active: false });
  });

  test.each(['access_token', 'refresh_token'])("revoking another client's %s does nothing", async (kind) => {
    const answer = await other.revoke(tokens[kind]!);
    expect(answer.status).toBeLessThan(500);
    expect(await web.introspect(tokens[kind]!)).toMatchObject({ active: true });
  });

  test('an API introspects the tokens that are for it, and no others', async () => {
    const { access_token } = await newTokens(agent, web, { resource: OPAQUE_API, scope: 'openid read' });
    expect(await api.introspect(access_token)).toMatchObject({ active: true, aud: OPAQUE_API, scope: 'read' });
    expect(await other.introspect(access_token)).toEqual({ active: false });
    expect(await api.introspect(tokens.access_token!)).toEqual({ active: false });
  });

  test('a revoked refresh token takes all that was issued with it along', async () => {
    const mine = await newTokens(agent, web);
    expect((await web.revoke(mine.refresh_token)).status).toBe(200);
    expect((await web.revoke(mine.refresh_token)).status).toBe(200);
    expect(await web.refresh(mine.refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect((await web.userinfo(mine.access_token)).status).toBe(401);
  });

  test('introspection of a refresh token of before says that it is not active', async () => {
    const mine = await newTokens(agent, web);
    await web.refresh(mine.refresh_token);
    await web.refresh((await web.refresh(mine.refresh_token)).body.refresh_token);
    expect(await web.introspect(mine.refresh_token)).toEqual({ active: false });
  });
});

describe('T038 nobody chooses a client_id that could be a sub', () => {
  test.each(['01hzy3qk8v9w7x6t5r4e3w2q1a', '01HZY3QK8V9W7X6T5R4E3W2Q1A'])('%s', async (client_id) => {
    await expect(gatehouse.services.clients.create(acme, webClient(client_id))).rejects.toMatchObject({
      code: 'invalid_input',
    });
  });

  test('a machine has no token for userinfo', async () => {
    const { body } = await rawClient(acme.issuer, 'service').token({
      grant_type: 'client_credentials',
      scope: 'openid',
    });
    expect((await web.userinfo(body.access_token ?? 'none')).status).toBe(401);
  });
});

describe('T039 userinfo', () => {
  test('the claims of the scope, of the same sub as the ID token, and no others', async () => {
    const { access_token, id_token } = await newTokens(agent, web, { scope: 'openid email' });
    const { body } = await web.userinfo(access_token);
    expect(body).toEqual({ sub: claimsOf(id_token).sub, email: 'ada@example.com', email_verified: true });
  });

  const cases: [string, (token: string) => Promise<Answer>, number][] = [
    ['in the query', (token) => web.get(`/me?access_token=${token}`), 400],
    ['nowhere', () => web.get('/me'), 401],
    ['twice', (token) => web.post('/me', { access_token: token }, bearer(token)), 400],
    ['as Basic', () => web.get('/me', basic('web')), 400],
    ['cut short', (token) => web.userinfo(token.slice(0, -1)), 401],
    ['with more behind', (token) => web.userinfo(`${token}x`), 401],
  ];
  test.each(cases)('a token %s is refused', async (_name, attempt, status) => {
    expect((await attempt(tokens.access_token!)).status).toBe(status);
  });
});

describe('T040 answers with tokens', () => {
  const kept: [string, () => Promise<Answer>][] = [
    ['tokens', async () => web.token(await newCode(agent, web))],
    ['a refusal', () => web.refresh('rt_wrong')],
    ['introspection', () => web.post('/token/introspection', { token: tokens.access_token! })],
    ['userinfo', () => web.userinfo(tokens.access_token!)],
    ['a pushed request', () => web.post('/request', web.begin().query)],
  ];
  test.each(kept)('%s: no cache keeps it', async (_name, attempt) => {
    expect((await attempt()).headers.get('cache-control')).toContain('no-store');
  });

  const POSTED = ['/token', '/token/introspection', '/token/revocation', '/request'];
  test.each(POSTED)('%s takes POST only, and forms only', async (path) => {
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH'])
      expect((await web.request(path, { method, headers: basic('web') })).status).toBe(405);
    const json = { method: 'POST', body: '{"grant_type":"client_credentials"}' };
    const answer = await web.request(path, {
      ...json,
      headers: { ...basic('web'), 'content-type': 'application/json' },
    });
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });

  test.each(['code', 'client_id', 'grant_type', 'redirect_uri'])('%s given twice is refused', async (name) => {
    const redemption: Record<string, string> = { client_id: 'web', ...(await newCode(agent, web)) };
    const body = new URLSearchParams(redemption);
    body.append(name, redemption[name]!);
    const answer = await web.request('/token', { method: 'POST', body, headers: basic('web') });
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });

  test.each(['password', 'implicit', 'urn:ietf:params:oauth:grant-type:token', '__proto__', 'constructor'])(
    'grant type %s: unsupported',
    async (grant_type) => {
      const answer = await web.token({ grant_type, username: 'ada@example.com', password: 'x' });
      expect(answer).toMatchObject({ status: 400, body: { error: 'unsupported_grant_type' } });
    },
  );

  test('a client uses its own grant types only', async () => {
    const answer = await web.token({ grant_type: 'client_credentials' });
    expect(answer).toMatchObject({
      status: 400,
      body: { error_description: expect.stringContaining('not allowed for this client') },
    });
  });
});

describe('T042 forwarded headers from who is no trusted proxy', () => {
  const FORGED = {
    'x-forwarded-for': '203.0.113.7',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'https',
    forwarded: 'for=203.0.113.7;host=evil.example;proto=https',
    'x-ssl-client-cert': 'cert',
    'x-forwarded-client-cert': 'cert',
  };

  test('change no address that is answered', async () => {
    const { body } = await web.get('/.well-known/openid-configuration', FORGED);
    expect(JSON.stringify(body)).not.toContain('evil.example');
    const asked = await fetch(web.begin().url, { redirect: 'manual', headers: FORGED });
    expect(asked.headers.get('location')).toMatch(/^\/t\/acme\/interaction\//);
  });

  test('are not taken for the address of the caller', async () => {
    await web.token({ grant_type: 'refresh_token', refresh_token: 'rt_wrong' }, { ...basic('web'), ...FORGED });
    const { items } = await gatehouse.services.audit.find('acme', { limit: 1000 });
    const ips = new Set(items.map(({ ip }) => ip).filter(Boolean));
    expect([...ips].filter((ip) => !['127.0.0.1', '::1'].includes(ip!))).toEqual([]);
    expect(ips.size).toBeGreaterThan(0);
  });
});
