import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { CIBA_GRANT } from '../support/ciba.ts';
import { DEVICE_GRANT } from '../support/devices.ts';
import { ecKeys, es256, forge, publicJwk } from '../support/forge.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { inhabited, JWT_API, OPAQUE_API } from '../support/inhabited.ts';
import {
  type Answer,
  basic,
  bearer,
  type Fields,
  newCode,
  newTokens,
  type RawClient,
  rawClient,
  USER,
} from '../support/raw-client.ts';
import { CALLBACK, PASSWORD, webClient } from '../support/relying-party.ts';
import { createUserAgent, type UserAgent } from '../support/user-agent.ts';

const SECRET = 'secret-of-this-tenant-only-';
const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const keys = ecKeys();

/** One tenant with the same users and clients as the other; `agent` is signed in at both. */
type Side = { tenant: Tenant; web: RawClient; secret: string };

let gatehouse: TestGatehouse;
let a: Side;
let b: Side;
let agent: UserAgent;

beforeAll(async () => {
  gatehouse = await startGatehouse();
  agent = createUserAgent({ stopAt: CALLBACK });
  a = await side('alpha');
  b = await side('bravo');
});
afterAll(() => gatehouse.stop());

async function side(id: string): Promise<Side> {
  const tenant = await inhabited(gatehouse, id);
  const { clients } = gatehouse.services;
  const secret = SECRET + id;
  await clients.change(
    tenant,
    'web',
    webClient('web', {
      client_secret: secret,
      grant_types: ['authorization_code', 'refresh_token', DEVICE_GRANT, CIBA_GRANT],
      backchannel_token_delivery_mode: 'poll',
    }),
  );
  const { client_secret: _, ...keyed } = webClient('keyed', {
    token_endpoint_auth_method: 'private_key_jwt',
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
    jwks: { keys: [{ ...publicJwk(keys.publicKey), kid: 'k', alg: 'ES256', use: 'sig' }] },
  });
  await clients.create(tenant, keyed);
  await clients.create(tenant, webClient('guessed', { client_secret: secret }));
  const web = rawClient(tenant.issuer, 'web', { headers: basic('web', secret) });
  await newCode(agent, web);
  return { tenant, web, secret };
}

const sessionCookie = ({ tenant }: Side) =>
  agent
    .cookies()
    .filter(({ path, name }) => path === tenant.basePath && name.startsWith('session'))
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ');

const assertionFor = ({ tenant }: Side, jti: string) =>
  forge(
    { alg: 'ES256', kid: 'k' },
    { iss: 'keyed', sub: 'keyed', aud: tenant.issuer, jti, exp: Math.floor(Date.now() / 1000) + 60 },
    es256(keys.privateKey),
  );

/** All that a tenant gives out. `verifier` goes with the code. */
async function artifactsOf(from: Side) {
  const { code, code_verifier: verifier } = await newCode(agent, from.web);
  const tokens = await newTokens(agent, from.web);
  const api = await newTokens(agent, from.web, { resource: JWT_API, scope: 'openid read' });
  const opaque = await newTokens(agent, from.web, { resource: OPAQUE_API, scope: 'openid read' });
  const machine = await rawClient(from.tenant.issuer, 'service').token({ grant_type: 'client_credentials' });
  const pushed = await from.web.post('/request', from.web.begin({ prompt: 'none' }).query);
  const asked = await from.web.post('/backchannel', { scope: 'openid', login_hint: USER });
  const device = await from.web.post('/device/auth', { scope: 'openid' });
  return {
    verifier: verifier!,
    values: {
      // First: wrong secrets are counted, and after some no secret is looked at.
      secret: from.secret,
      session: sessionCookie(from),
      code: code!,
      'access token': tokens.access_token as string,
      'access token of an API': opaque.access_token as string,
      'JWT access token': api.access_token as string,
      'machine token': machine.body.access_token as string,
      'refresh token': tokens.refresh_token as string,
      'ID token': tokens.id_token as string,
      request_uri: pushed.body.request_uri as string,
      auth_req_id: asked.body.auth_req_id as string,
      'device code': device.body.device_code as string,
      'user code': device.body.user_code as string,
      'initial access token': (await gatehouse.services.initialTokens.create(from.tenant, { uses: 10 })).token,
      'registration access token': await gatehouse.services.registrations.issueToken(from.tenant, 'guessed'),
      assertion: assertionFor(from, `matrix-${from.tenant.id}`),
    },
  };
}

/** A client that somebody would register. */
const NEW = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ redirect_uris: [CALLBACK] }),
};

/** Every place of a tenant where something that was given out can be shown. */
function placesOf(at: Side, verifier: string): Record<string, (value: string) => Promise<Answer>> {
  const { web, tenant } = at;
  const machine = { grant_type: 'client_credentials' };
  const query = (fields: Fields) => new URLSearchParams({ client_id: 'web', ...fields });
  const asAssertion = (value: string) => ({ client_assertion: value, client_assertion_type: ASSERTION });
  const withSession = (path: string) => web.get(path, { cookie: sessionCookie(at) });
  const endpoints = ['/token', '/token/introspection', '/token/revocation', '/request'];
  const each = (name: string, place: (path: string, value: string) => Promise<Answer>) =>
    Object.fromEntries(endpoints.map((path) => [`${name} ${path}`, (value: string) => place(path, value)]));
  return {
    code: (code) =>
      web.token({ grant_type: 'authorization_code', redirect_uri: CALLBACK, code_verifier: verifier, code }),
    refresh_token: (value) => web.refresh(value),
    'device code': (device_code) => web.token({ grant_type: DEVICE_GRANT, device_code }),
    auth_req_id: (auth_req_id) => web.token({ grant_type: CIBA_GRANT, auth_req_id }),
    'id_token_hint of a request': (id_token_hint) => web.post('/backchannel', { scope: 'openid', id_token_hint }),
    'resume of a device': (value) => web.get(`/device/${encodeURIComponent(value)}`),
    ...each('secret at', (path, value) => web.post(path, { ...machine, token: 'x' }, basic('guessed', value))),
    ...each('posted secret at', (path, value) =>
      web.post(path, { ...machine, token: 'x', client_id: 'guessed', client_secret: value }, {}),
    ),
    ...each('assertion at', (path, value) => web.post(path, { ...machine, token: 'x', ...asAssertion(value) }, {})),
    introspection: (token) => web.post('/token/introspection', { token }),
    revocation: (token) => web.post('/token/revocation', { token }),
    'bearer at userinfo': (value) => web.get('/me', bearer(value)),
    'bearer at registration': (value) => web.request('/reg', { ...NEW, headers: { ...NEW.headers, ...bearer(value) } }),
    'bearer at a registration': (value) => web.get('/reg/guessed', bearer(value)),
    'bearer at the end of a registration': (value) =>
      web.request('/reg/guessed', { method: 'DELETE', headers: bearer(value) }),
    'DPoP at userinfo': (value) => web.get('/me', { authorization: `DPoP ${value}`, dpop: 'x' }),
    'posted bearer at userinfo': (access_token) => web.post('/me', { access_token }, {}),
    'request_uri at authorization': (request_uri) => withSession(`/auth?${query({ request_uri })}`),
    'id_token_hint at authorization': (id_token_hint) =>
      withSession(web.begin({ prompt: 'none', id_token_hint }).url.slice(tenant.issuer.length)),
    'id_token_hint at logout': (id_token_hint) => web.get(`/session/end?${query({ id_token_hint })}`),
    'session at authorization': (cookie) =>
      web.get(web.begin({ prompt: 'none' }).url.slice(tenant.issuer.length), { cookie }),
    'interaction cookie': (value) => web.get('/interaction/x', { cookie: `interaction=${value}` }),
    'page of an interaction': (value) => web.get(`/interaction/${encodeURIComponent(value)}`),
    'resume of an authorization': (value) => web.get(`/auth/${encodeURIComponent(value)}`),
  };
}

/** What came of it, without what differs from one answer to the next. */
function outcomeOf({ status, headers, body }: Answer): string {
  const location = headers.get('location');
  if (!location)
    return `${status} ${body.error ?? (body.active === true ? 'active' : body.active === false ? 'inactive' : '')}`;
  const { searchParams, pathname } = new URL(location, 'http://x');
  const led = searchParams.has('code') ? 'code' : (searchParams.get('error') ?? pathname.replace(/[^/]+$/, ''));
  return `${status} ${led}`;
}

describe('T072 what one tenant gave out is nothing to another', () => {
  /** Where each kind is good at its own tenant. */
  const GOOD_AT = {
    session: ['session at authorization'],
    code: ['code'],
    'access token': ['introspection', 'bearer at userinfo', 'posted bearer at userinfo'],
    'access token of an API': ['introspection'],
    'refresh token': ['introspection', 'refresh_token'],
    'ID token': ['id_token_hint at authorization', 'id_token_hint at logout'],
    request_uri: ['request_uri at authorization'],
    'device code': ['device code'],
    auth_req_id: ['auth_req_id'],
    secret: ['secret at /token', 'posted secret at /token', 'secret at /request'],
    assertion: ['assertion at /token'],
    'initial access token': ['bearer at registration'],
    'registration access token': ['bearer at a registration'],
  };

  const MADE_UP = {
    session: 'session=made-up; session.sig=made-up',
    'JWT access token': 'eyJhbGciOiJFUzI1NiJ9.e30.c2ln',
    'ID token': 'eyJhbGciOiJFUzI1NiJ9.e30.c2ln',
    assertion: forge({ alg: 'ES256', kid: 'k' }, { sub: 'keyed' }, es256(ecKeys().privateKey)),
    'refresh token': `rt_${'a'.repeat(32)}.0.${'a'.repeat(43)}`,
    request_uri: 'urn:ietf:params:oauth:request_uri:made-up',
  } as Record<string, string>;

  test('the matrix: at its own tenant each is taken, at the other one it is as good as made up', async () => {
    const { values, verifier } = await artifactsOf(a);
    const atB = placesOf(b, verifier);
    const accepted: string[] = [];
    let tried = 0;
    for (const [kind, value] of Object.entries(values)) {
      for (const [place, show] of Object.entries(atB)) {
        const [theirs, madeUp] = [outcomeOf(await show(value)), outcomeOf(await show(MADE_UP[kind] ?? 'made-up'))];
        tried += 1;
        if (theirs !== madeUp) accepted.push(`${kind} as ${place}: ${theirs} instead of ${madeUp}`);
      }
    }
    expect(accepted).toEqual([]);
    expect(tried).toBeGreaterThan(250);

    // Shown at the other tenant, revocation included, nothing of it was used up; and the places do take what is good.
    const atA = placesOf(a, verifier);
    const refused: string[] = [];
    for (const [kind, places] of Object.entries(GOOD_AT)) {
      for (const place of places) {
        const madeUp = outcomeOf(await atA[place]!(MADE_UP[kind] ?? 'made-up'));
        const value = values[kind as keyof typeof values];
        if (outcomeOf(await atA[place]!(value)) === madeUp) refused.push(`${kind} as ${place}: ${madeUp}`);
      }
    }
    expect(refused).toEqual([]);
  });
});

describe('T071 sessions of two tenants on one host', () => {
  const isSignedIn = async ({ web }: Side) =>
    (await agent.get(web.begin({ prompt: 'none' }).url)).url.includes('code=');

  test('signing out at one leaves the other', async () => {
    expect([await isSignedIn(a), await isSignedIn(b)]).toEqual([true, true]);
    const { id_token } = await newTokens(agent, b.web);
    const page = await agent.get(`${b.tenant.issuer}/session/end?${new URLSearchParams({ id_token_hint: id_token })}`);
    await agent.submit(page, { logout: 'yes' });
    expect([await isSignedIn(a), await isSignedIn(b)]).toEqual([true, false]);
  });

  test('no cookie reaches the other tenant', () => {
    const shared = agent.cookies().filter(({ path }) => !/^\/t\/(alpha|bravo)(\/|$)/.test(path));
    expect(shared.map(({ name, path }) => `${name} ${path}`)).toEqual([]);
  });
});

test('T073 a client of one tenant is unknown at the other, like one that nobody has', async () => {
  await gatehouse.services.clients.create(a.tenant, webClient('alpha-only'));
  const ask = async (id: string) => {
    const page = await fetch(rawClient(b.tenant.issuer, id).begin().url, {
      redirect: 'manual',
      headers: { accept: 'text/html' },
    });
    const token = await rawClient(b.tenant.issuer, id).token({ grant_type: 'client_credentials' });
    const text = (await page.text()).replaceAll(id, 'ID').replaceAll(page.headers.get('x-request-id')!, 'REQUEST');
    return { status: page.status, text, token: { status: token.status, body: token.body } };
  };
  expect(await ask('alpha-only')).toEqual(await ask('bravo-none'));
});

test('T075 a tenant cannot be named by anything but the address', async () => {
  const over = { tenant: 'alpha', tenant_id: 'alpha', tenantId: 'alpha', issuer: a.tenant.issuer };
  const headers = {
    ...basic('web', a.secret),
    'x-tenant': 'alpha',
    'x-tenant-id': 'alpha',
    'x-original-url': '/t/alpha/token',
  };
  const refused = await b.web.post(
    `/token?${new URLSearchParams(over)}`,
    { grant_type: 'client_credentials', ...over },
    headers,
  );
  expect(refused).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
});

describe('T077, T079 the same names at both are two', () => {
  test('users', async () => {
    const { accounts } = gatehouse.services;
    const [ours, theirs] = await Promise.all([a, b].map(({ tenant }) => accounts.findByIdentifier(tenant, USER)));
    expect(ours!.id).not.toBe(theirs!.id);
    expect(await accounts.get(a.tenant, theirs!.id)).toBeUndefined();
    await expect(accounts.disable(a.tenant, theirs!.id)).rejects.toMatchObject({ code: 'not_found' });
    expect(await accounts.active(b.tenant, theirs!.id)).toBeDefined();
  });

  test('what locks the user out at one tenant', async () => {
    const tried = createUserAgent({ stopAt: CALLBACK });
    const page = await tried.get(a.web.begin().url);
    for (let i = 0; i < 10; i += 1) await tried.submit(page, { identifier: USER, password: `wrong ${i}` });
    expect((await tried.submit(page, { identifier: USER, password: PASSWORD })).status).toBe(429);
    expect((await newCode(createUserAgent({ stopAt: CALLBACK }), b.web)).code).toBeDefined();
  });

  test('the jti of an assertion', async () => {
    const show = ({ web, tenant }: Side) =>
      web.token(
        {
          grant_type: 'client_credentials',
          client_assertion: assertionFor({ tenant } as Side, 'same'),
          client_assertion_type: ASSERTION,
        },
        {},
      );
    expect([(await show(a)).status, (await show(b)).status, (await show(a)).status]).toEqual([200, 200, 401]);
  });
});

test('T084 nothing that one tenant is told names the other', async () => {
  const { audit } = gatehouse.services;
  for (const [mine, theirs] of [
    [a, b],
    [b, a],
  ] as const) {
    const { items } = await audit.find(mine.tenant.id, { limit: 1000 });
    expect(items.length).toBeGreaterThan(5);
    expect(JSON.stringify(items)).not.toContain(theirs.tenant.id);
    const lines = gatehouse
      .logged()
      .split('\n')
      .filter((line) => line.includes(`"tenant":"${mine.tenant.id}"`));
    expect(lines.filter((line) => line.includes(theirs.tenant.id))).toEqual([]);
  }
  expect(await (await fetch(`${gatehouse.url}/metrics`)).text()).not.toMatch(/alpha|bravo/);
});
