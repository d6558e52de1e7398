import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { byHost } from '../support/by-host.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { bearer, newTokens, rawClient, USER } from '../support/raw-client.ts';
import { CALLBACK, PASSWORD, webClient } from '../support/relying-party.ts';
import { createUserAgent } from '../support/user-agent.ts';

/** OAuth 2.0 Protected Resource Metadata (RFC 9728). */

const LISTED = 'https://orders.acme.example/v1';
const SERVED = 'https://ledger.acme.example?for=all';
const SILENT = 'https://secret.acme.example';
const URN = 'urn:acme:stock';
const WELL_KNOWN = '/.well-known/oauth-protected-resource';

let gatehouse: TestGatehouse;
let acme: Tenant;
let at: ReturnType<typeof byHost>;

beforeAll(async () => {
  gatehouse = await startGatehouse({ GATEHOUSE_TRUSTED_PROXIES: '127.0.0.1' });
  at = byHost(gatehouse.port);
  const signing = { algorithms: ['ES256' as const] };
  acme = await gatehouse.tenant({
    id: 'acme',
    settings: {
      signing,
      resources: [
        { indicator: LISTED, name: 'Orders', scopes: ['read', 'write'], metadata: 'listed' },
        { indicator: SERVED, metadata: 'served' },
        { indicator: URN, scopes: ['count'], metadata: 'served' },
        { indicator: SILENT, scopes: ['read'] },
      ],
    },
  });
  await gatehouse.tenant({
    id: 'own',
    issuer: 'https://login.own.test',
    settings: { signing, protocol: { profile: 'fapi2' } },
  });
  await gatehouse.services.clients.create(acme, webClient('web', { skip_consent: true }));
  await gatehouse.services.accounts.create(acme, { email: USER, email_verified: true, password: PASSWORD });
});
afterAll(() => gatehouse.stop());

const read = async (url: string) => {
  const answer = await at(url, {});
  const isJson = answer.headers.get('content-type')?.includes('json');
  // biome-ignore lint/suspicious/noExplicitAny: what it should be the tests say
  return { status: answer.status, headers: answer.headers, body: (isJson ? await answer.json() : undefined) as any };
};

describe('userinfo', () => {
  test('says what it is, at the address that follows from its own (3.1)', async () => {
    const { origin, pathname } = new URL(`${acme.issuer}/me`);
    const { status, headers, body } = await read(origin + WELL_KNOWN + pathname);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^application\/json\b/);
    expect(headers.get('access-control-allow-origin')).toBe('*');
    const discovery = (await read(`${acme.issuer}/.well-known/openid-configuration`)).body;
    expect(body).toEqual({
      resource: discovery.userinfo_endpoint,
      authorization_servers: [acme.issuer],
      jwks_uri: discovery.jwks_uri,
      scopes_supported: expect.arrayContaining(['openid', 'profile', 'email']),
      bearer_methods_supported: ['header', 'body'],
      resource_signing_alg_values_supported: discovery.userinfo_signing_alg_values_supported,
      dpop_signing_alg_values_supported: discovery.dpop_signing_alg_values_supported,
    });
    expect(body.scopes_supported).not.toContain('offline_access');
  });

  test('at a host of its own, and where all tokens are bound', async () => {
    const { status, body } = await read(`https://login.own.test${WELL_KNOWN}/me`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      resource: 'https://login.own.test/me',
      authorization_servers: ['https://login.own.test'],
      dpop_bound_access_tokens_required: true,
    });
    expect((await read(`${gatehouse.url}${WELL_KNOWN}/t/own/me`)).status).toBe(404);
  });

  test('what it says is so: a token in a header and in a form, not in the address', async () => {
    const web = rawClient(acme.issuer, 'web');
    const { access_token } = await newTokens(createUserAgent({ stopAt: CALLBACK }), web);
    expect((await web.get('/me', bearer(access_token))).status).toBe(200);
    expect((await web.post('/me', { access_token }, {})).status).toBe(200);
    expect((await web.get(`/me?access_token=${access_token}`)).status).not.toBe(200);
  });

  test.each([
    ['without a token', {}],
    ['with a bad one', bearer('at_nobody')],
    ['with a bad proof', { authorization: 'DPoP at_nobody', dpop: 'x' }],
  ])('a refusal names it: %s (5.1)', async (_name, headers) => {
    const { status, headers: answered } = await rawClient(acme.issuer, 'web').get('/me', headers);
    expect(status).toBe(401);
    const [, url] = /resource_metadata="([^"]+)"/.exec(answered.get('www-authenticate')!) ?? [];
    expect((await read(url!)).body.resource).toBe(`${acme.issuer}/me`);
  });

  test('other refusals do not', async () => {
    const { status, headers } = await rawClient(acme.issuer, 'web').token(
      { grant_type: 'refresh_token' },
      { authorization: 'Basic eDp4' },
    );
    expect([status, headers.get('www-authenticate')]).toEqual([401, expect.not.stringContaining('resource_metadata')]);
  });
});

describe('APIs', () => {
  test('their documents are at a readable address', async () => {
    const { status, body } = await read(`${acme.issuer}${WELL_KNOWN}/resource/orders.acme.example/v1`);
    expect(status).toBe(200);
    expect(body).toEqual({
      resource: LISTED,
      authorization_servers: [acme.issuer],
      scopes_supported: ['read', 'write'],
      bearer_methods_supported: ['header'],
      resource_name: 'Orders',
    });
    const other = await read(`${acme.issuer}${WELL_KNOWN}/resource/ledger.acme.example%3Ffor%3Dall`);
    expect(other.body).toEqual({
      resource: SERVED,
      authorization_servers: [acme.issuer],
      bearer_methods_supported: ['header'],
    });
    expect((await read(`${acme.issuer}${WELL_KNOWN}/resource/urn:acme:stock`)).body.resource).toBe(URN);
  });

  test.each([
    'resource/secret.acme.example',
    'resource/nobody.example',
    'resource/',
    'resource',
    '',
    'resource/__proto__',
    'me/',
  ])('nothing is at %j', async (path) => {
    expect((await read(`${acme.issuer}${WELL_KNOWN}/${path}`)).status).toBe(404);
  });

  test('discovery names those that are to be found (4), no others', async () => {
    const { body } = await read(`${acme.issuer}/.well-known/openid-configuration`);
    expect(body.protected_resources).toEqual([LISTED]);
    const { body: others } = await read('https://login.own.test/.well-known/openid-configuration');
    expect(others).not.toHaveProperty('protected_resources');
  });

  test('what changes is said at once, and a suspended tenant says nothing', async () => {
    const { tenants } = gatehouse.services;
    const brief = await gatehouse.tenant({
      id: 'brief',
      settings: { resources: [{ indicator: LISTED, metadata: 'served' }] },
    });
    const url = `${brief.issuer}${WELL_KNOWN}/resource/orders.acme.example/v1`;
    expect((await read(url)).status).toBe(200);
    await tenants.change('brief', { settings: { resources: [{ indicator: LISTED }] } });
    expect((await read(url)).status).toBe(404);
    await tenants.suspend('brief');
    expect((await read(`${gatehouse.url}${WELL_KNOWN}/t/brief/me`)).status).not.toBe(200);
  });
});
