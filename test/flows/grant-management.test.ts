import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { eventsOf } from '../support/accounts-stage.ts';
import { claimsOf } from '../support/forge.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { newTokens, rawClient } from '../support/raw-client.ts';
import { call } from '../support/registration.ts';
import { CALLBACK, PASSWORD, webClient } from '../support/relying-party.ts';
import { createUserAgent } from '../support/user-agent.ts';

/** Clients see and end what users have allowed them: Grant Management for OAuth 2.0. */

const API = 'https://api.acme.example/';
const SCOPES = 'grant_management_query grant_management_revoke';

let gatehouse: TestGatehouse;
let acme: Tenant;
let ada: string;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  const settings = {
    signing: { algorithms: ['ES256' as const] },
    protocol: { grant_management: true },
    resources: [{ indicator: API, scopes: ['read'], access_token_format: 'opaque' as const }],
  };
  acme = await gatehouse.tenant({ id: 'acme', settings });
  const globex = await gatehouse.tenant({ id: 'globex', settings });
  await gatehouse.tenant({ id: 'without', settings: { signing: { algorithms: ['ES256'] } } });
  const { clients, accounts } = gatehouse.services;
  const client = (id: string, more: object = {}) =>
    webClient(id, {
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      scope: `openid email offline_access read ${SCOPES}`,
      ...more,
    });
  await clients.create(acme, client('shop'));
  await clients.create(acme, client('other', { subject_type: 'pairwise' }));
  await clients.create(acme, client('plain', { scope: 'openid email offline_access read' }));
  await clients.create(acme, client('reader', { scope: 'openid email offline_access grant_management_query' }));
  await clients.create(globex, client('shop'));
  for (const tenant of [acme, globex])
    await accounts.create(tenant, { email: 'ada@example.com', email_verified: true, password: PASSWORD });
  ada = (await accounts.findByIdentifier(acme, 'ada@example.com'))!.id;
});
afterAll(() => gatehouse.stop());

const agentOf = () => createUserAgent({ stopAt: CALLBACK.replace('/cb', '/') });
const SCOPE = 'openid email offline_access';
const use = (clientId: string, params: Record<string, string> = {}, agent = agentOf(), tenant = acme) =>
  newTokens(agent, rawClient(tenant.issuer, clientId), { scope: SCOPE, prompt: 'consent', ...params });

async function api(clientId: string, scope = SCOPES, issuer = acme.issuer) {
  const answer = await rawClient(issuer, clientId).token({ grant_type: 'client_credentials', scope });
  expect(answer.status).toBe(200);
  const token = String(answer.body.access_token);
  return (method: string, path = '') => call(`${issuer}/grants${path}`, method, token);
}

test('discovery says where it is and what it does, where it is on', async () => {
  const of = async (issuer: string) => (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
  expect(await of(acme.issuer)).toMatchObject({
    grant_management_endpoint: `${acme.issuer}/grants`,
    grant_management_actions_supported: ['create', 'query', 'revoke'],
    grant_management_action_required: false,
  });
  expect(await of(acme.issuer.replace('acme', 'without'))).not.toHaveProperty('grant_management_endpoint');
});

test('a grant is named with the tokens, queried, listed and revoked', async () => {
  const agent = agentOf();
  const tokens = await use('shop', { scope: `${SCOPE} read`, resource: API }, agent);
  expect(tokens.grant_id).toMatch(/^[\w-]{43}$/);
  const shop = rawClient(acme.issuer, 'shop');
  const refreshed = await shop.refresh(tokens.refresh_token);
  expect(refreshed.body.grant_id).toBe(tokens.grant_id);

  const call = await api('shop');
  const found = await call('GET', `/${tokens.grant_id}`);
  const view = {
    scopes: [{ scope: 'openid email offline_access' }, { scope: 'read', resources: [API] }],
    claims: [],
    authorization_details: [],
  };
  expect(found).toMatchObject({ status: 200, body: view });
  expect(found.headers.get('cache-control')).toBe('no-store');
  expect((await call('GET')).body).toEqual({ grants: [{ grant_id: tokens.grant_id, sub: ada, ...view }] });

  expect((await call('DELETE', `/${tokens.grant_id}`)).status).toBe(204);
  expect(await shop.refresh(refreshed.body.refresh_token)).toMatchObject({ body: { error: 'invalid_grant' } });
  expect(await shop.introspect(refreshed.body.access_token)).toEqual({ active: false });
  expect((await call('GET', `/${tokens.grant_id}`)).status).toBe(404);
  expect((await call('GET')).body).toEqual({ grants: [] });
  const asked = await agent.get(shop.begin({ scope: 'openid email' }).url);
  expect(asked.body).toContain('value="accept"');
  const events = (await eventsOf(gatehouse, acme)).filter(({ type }) => type === 'grant.revoked');
  expect(events).toMatchObject([{ actor: 'shop', target: tokens.grant_id, details: { sub: ada } }]);
});

test('with create the user is asked for all of it again, and the new grant is apart from the one before', async () => {
  const agent = agentOf();
  const first = await use('shop', {}, agent);
  const shop = rawClient(acme.issuer, 'shop');
  const asked = await agent.get(shop.begin({ scope: SCOPE, grant_management_action: 'create' }).url);
  expect(asked.body).toContain('See your email address');
  const second = await use('shop', { grant_management_action: 'create' }, agent);
  expect(second.grant_id).not.toBe(first.grant_id);
  const call = await api('shop');
  expect((await call('DELETE', `/${second.grant_id}`)).status).toBe(204);
  expect((await call('GET', `/${first.grant_id}`)).status).toBe(200);
  expect((await shop.refresh(first.refresh_token)).status).toBe(200);
  expect((await shop.refresh(second.refresh_token)).status).toBe(400);
});

test('a client that knows its users by names of their own is told those', async () => {
  const tokens = await use('other');
  const { body } = await (await api('other'))('GET');
  expect(body.grants).toMatchObject([{ grant_id: tokens.grant_id, sub: claimsOf(String(tokens.id_token)).sub }]);
  expect(JSON.stringify(body)).not.toContain(ada);
});

describe('it refuses', () => {
  test.each([
    ['grant_management_action', 'merge'],
    ['grant_management_action', 'revoke'],
    ['grant_id', 'x'],
  ])('%s=%s in an authorization request', async (name, value) => {
    const page = await agentOf().get(rawClient(acme.issuer, 'shop').begin({ scope: SCOPE, [name]: value }).url);
    expect(page.url).toContain('error=invalid_request');
    const pushed = await rawClient(acme.issuer, 'shop').post('/request', {
      ...rawClient(acme.issuer, 'shop').begin({ scope: SCOPE, [name]: value }).query,
    });
    expect(pushed).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });

  test('a client whose metadata do not name the scopes', async () => {
    const asking: Record<string, string>[] = [
      { scope: SCOPES },
      { scope: 'grant_management_revoke', resource: `${acme.issuer}/grants` },
    ];
    for (const more of asking) {
      const answer = await rawClient(acme.issuer, 'plain').token({ grant_type: 'client_credentials', ...more });
      expect([answer.status, answer.body.error]).toEqual([400, expect.stringMatching(/invalid_(target|scope)/)]);
    }
  });

  test('what is not for it, with one event each', async () => {
    const { grant_id, access_token } = await use('shop');
    const reader = await api('reader', 'grant_management_query');
    const foreign = await api('shop', SCOPES, acme.issuer.replace('acme', 'globex'));
    const other = await api('other');
    const by = (token?: string) => (method: string, path: string) =>
      call(`${acme.issuer}/grants${path}`, method, token);
    const globexToken = String(
      (
        await rawClient(acme.issuer.replace('acme', 'globex'), 'shop').token({
          grant_type: 'client_credentials',
          scope: SCOPES,
        })
      ).body.access_token,
    );
    const cases: [
      string,
      (method: string, path: string) => Promise<{ status: number; headers: Headers }>,
      string,
      string,
      number,
    ][] = [
      ['nobody', by(), 'GET', `/${grant_id}`, 401],
      ['a token of a user', by(String(access_token)), 'GET', `/${grant_id}`, 401],
      ['a token of another tenant', by(globexToken), 'DELETE', `/${grant_id}`, 401],
      ['another tenant', foreign, 'GET', `/${grant_id}`, 404],
      ['another client', other, 'GET', `/${grant_id}`, 404],
      ['another client', other, 'DELETE', `/${grant_id}`, 404],
      ['who may only look', reader, 'DELETE', `/${grant_id}`, 403],
      ['an id that is none', other, 'GET', '/x', 404],
      ['an id of something else', other, 'GET', '/__proto__', 404],
      ['a method that is none', other, 'PUT', `/${grant_id}`, 405],
      ['a bad cursor', other, 'GET', '?after=', 400],
    ];
    for (const [name, ask, method, path, status] of cases) {
      const tenant = name === 'another tenant' ? (await gatehouse.services.resolver.byId('globex'))! : acme;
      const before = (await eventsOf(gatehouse, tenant)).filter(({ type }) => type === 'grant.refused').length;
      expect([name, (await ask(method, path)).status]).toEqual([name, status]);
      const after = (await eventsOf(gatehouse, tenant)).filter(({ type }) => type === 'grant.refused').length;
      expect([name, after - before]).toEqual([name, 1]);
    }
    expect((await (await api('shop'))('GET', `/${grant_id}`)).status).toBe(200);
  });

  test('a tenant that has it off', async () => {
    expect((await call(`${acme.issuer.replace('acme', 'without')}/grants`, 'GET')).status).toBe(404);
  });
});
