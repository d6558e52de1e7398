import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import * as openid from 'openid-client';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { moveClock, restoreClock } from '../support/clock.ts';
import { ecKeys, es256, forge, publicJwk } from '../support/forge.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { basic, newTokens, rawClient } from '../support/raw-client.ts';
import { call, managed, register, WEB } from '../support/registration.ts';
import { CALLBACK, goThrough, PASSWORD } from '../support/relying-party.ts';
import { createUserAgent } from '../support/user-agent.ts';

/** RFC 7591, RFC 7592, OpenID Connect Dynamic Client Registration 1.0, from end to end. */

const USER = 'ada@example.com';
const API = 'https://api.example.com';

let gatehouse: TestGatehouse;
/** Anybody may register, of the standards everything goes. */
let open: Tenant;
/** As a tenant is when nothing is set. */
let plain: Tenant;

async function tenant(
  id: string,
  client_registration: object,
  profile: 'secure' | 'compat' = 'secure',
): Promise<Tenant> {
  const made = await gatehouse.tenant({
    id,
    settings: {
      resources: [{ indicator: API, scopes: ['read', 'write'] }],
      protocol: { profile, client_registration },
    },
  });
  await gatehouse.services.accounts.create(made, { email: USER, email_verified: true, password: PASSWORD });
  return made;
}

beforeAll(async () => {
  gatehouse = await startGatehouse();
  open = await tenant('open', { mode: 'open' }, 'compat');
  plain = await tenant('plain', {});
});
afterEach(restoreClock);
afterAll(() => gatehouse.stop());

const agent = () => createUserAgent({ stopAt: CALLBACK });
const initialToken = async (at: Tenant, input = {}) => (await gatehouse.services.initialTokens.create(at, input)).token;
const eventsOf = async (at: Tenant, type: string) =>
  (await gatehouse.services.audit.find(at.id, { where: { field: 'type', equals: type } })).items;

describe('by openid-client', () => {
  test.each<[string, Partial<openid.ClientMetadata>]>([
    ['client_secret_basic', {}],
    ['client_secret_post', { token_endpoint_auth_method: 'client_secret_post' }],
    ['none', { token_endpoint_auth_method: 'none' }],
  ])('register, sign in, refresh: %s', async (_, metadata) => {
    const config = await openid.dynamicClientRegistration(
      new URL(plain.issuer),
      { ...WEB, grant_types: ['authorization_code', 'refresh_token'], ...metadata },
      undefined,
      { initialAccessToken: await initialToken(plain), execute: [openid.allowInsecureRequests] },
    );
    const verifier = openid.randomPKCECodeVerifier();
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: CALLBACK,
      scope: 'openid email',
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    const page = await goThrough(agent(), url.href, USER);
    const tokens = await openid.authorizationCodeGrant(config, new URL(page.url), { pkceCodeVerifier: verifier });
    const { sub } = tokens.claims()!;
    expect((await openid.fetchUserInfo(config, tokens.access_token, sub)).email).toBe(USER);
    expect((await openid.refreshTokenGrant(config, tokens.refresh_token!)).access_token).toEqual(expect.any(String));
  });
});

test('the answer says all that is in force', async () => {
  const before = Math.floor(Date.now() / 1000);
  const asked = {
    ...WEB,
    contacts: ['dev@example.com'],
    software_id: 'notes',
    'client_name#de': 'Notizen',
    unknown: 1,
  };
  const { status, headers, body } = await register(open, asked);
  expect(status).toBe(201);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('content-type')).toMatch(/^application\/json/);
  expect(body).toMatchObject({
    client_id: expect.stringMatching(/^[\w-]{22}$/),
    client_id_issued_at: expect.any(Number),
    client_secret: expect.stringMatching(/^[\w-]{43}$/),
    client_secret_expires_at: 0,
    registration_access_token: expect.stringMatching(/^reg_[\w-]{43}$/),
    registration_client_uri: `${open.issuer}/reg/${body.client_id}`,
    ...WEB,
    contacts: ['dev@example.com'],
    software_id: 'notes',
    'client_name#de': 'Notizen',
    application_type: 'web',
    grant_types: ['authorization_code'],
    response_types: ['code'],
    scope: 'openid profile email address phone offline_access',
    token_endpoint_auth_method: 'client_secret_basic',
    subject_type: 'public',
    post_logout_redirect_uris: [],
    id_token_signed_response_alg: 'RS256',
    authorization_signed_response_alg: 'RS256',
    introspection_signed_response_alg: 'RS256',
    require_auth_time: false,
    require_pkce: false,
    require_pushed_authorization_requests: false,
    require_signed_request_object: false,
    dpop_bound_access_tokens: false,
    tls_client_certificate_bound_access_tokens: false,
  });
  expect(body.client_id_issued_at).toBeGreaterThanOrEqual(before);
  // Neither what nobody knows, nor what is the word of who runs the tenant.
  for (const name of ['unknown', 'untrusted', 'skip_consent', 'api_scope', 'unused_expiry', 'previous_client_secret'])
    expect(body).not.toHaveProperty(name);

  const client = (await gatehouse.services.clients.get(open, body.client_id))!;
  for (const secret of [body.client_secret, body.registration_access_token])
    expect(JSON.stringify(client)).not.toContain(secret);
  const [event] = (await eventsOf(open, 'client.created')).filter(({ target }) => target === body.client_id);
  expect(event).toMatchObject({ ip: expect.any(String), details: { by: 'registration' } });
});

test('what the core says of itself leads to the endpoint', async () => {
  const discovery = async ({ issuer }: Tenant) =>
    (await call(`${issuer}/.well-known/openid-configuration`, 'GET')).body.registration_endpoint;
  const off = await tenant('off', { mode: 'off' });
  expect([await discovery(open), await discovery(plain), await discovery(off)]).toEqual([
    `${open.issuer}/reg`,
    `${plain.issuer}/reg`,
    undefined,
  ]);
  expect(await register(off)).toMatchObject({ status: 404, body: { error: 'not_found' } });
});

describe('metadata', () => {
  const jwks = { keys: [{ ...publicJwk(ecKeys().publicKey), kid: 'k', use: 'sig', alg: 'ES256' }] };

  test.each<[string, object, object]>([
    [
      'redirect URIs with a query',
      { redirect_uris: [`${CALLBACK}?a=b&c=d`] },
      { redirect_uris: [`${CALLBACK}?a=b&c=d`] },
    ],
    ['keys', { jwks, token_endpoint_auth_method: 'private_key_jwt' }, { jwks, client_secret: undefined }],
    ['keys elsewhere', { jwks_uri: 'https://app.example.com/jwks' }, { jwks_uri: 'https://app.example.com/jwks' }],
    [
      'where to read more',
      { logo_uri: `${CALLBACK}/l.png`, policy_uri: `${CALLBACK}/p`, tos_uri: `${CALLBACK}/t` },
      { logo_uri: `${CALLBACK}/l.png`, policy_uri: `${CALLBACK}/p`, tos_uri: `${CALLBACK}/t` },
    ],
    [
      'a public client',
      { token_endpoint_auth_method: 'none' },
      { client_secret: undefined, client_secret_expires_at: undefined },
    ],
    ['pairwise', { subject_type: 'pairwise' }, { subject_type: 'pairwise' }],
    ['signed userinfo', { userinfo_signed_response_alg: 'RS256' }, { userinfo_signed_response_alg: 'RS256' }],
    [
      'hybrid',
      { response_types: ['code id_token'], grant_types: ['authorization_code', 'implicit'] },
      { response_types: ['code id_token'], grant_types: ['authorization_code', 'implicit'] },
    ],
    [
      'words of a response type in another order',
      { response_types: ['id_token code'] },
      { response_types: ['code id_token'] },
    ],
    ['null is as if it was left out', { client_uri: null, scope: null }, { client_uri: undefined }],
    [
      'what nobody knows is ignored',
      { frobnicate: true, request_uris: ['https://app.example.com/r'] },
      { frobnicate: undefined, request_uris: undefined },
    ],
    [
      'a native app',
      { application_type: 'native', redirect_uris: ['com.example.app:/cb'] },
      { application_type: 'native' },
    ],
    ['scopes beyond the policy are left out', { scope: 'openid email read' }, { scope: 'openid email' }],
    ['no scope of it is allowed', { scope: 'read' }, { scope: 'openid' }],
    [
      'grants beyond the policy are left out',
      { grant_types: ['authorization_code', 'client_credentials'] },
      { grant_types: ['authorization_code'] },
    ],
  ])('%s', async (_, asked, got) => {
    const { status, body } = await register(open, { ...WEB, ...asked });
    expect({ status, body }).toMatchObject({ status: 201, body: JSON.parse(JSON.stringify(got)) });
    for (const [name, value] of Object.entries(got)) if (value === undefined) expect(body).not.toHaveProperty(name);
  });

  test.each<[string, unknown, string, RegExp]>([
    ['no redirect URI', { client_name: 'Notes' }, 'invalid_redirect_uri', /redirect_uris/],
    ['an empty list', { redirect_uris: [] }, 'invalid_redirect_uri', /redirect_uris/],
    ['no list', { redirect_uris: CALLBACK }, 'invalid_redirect_uri', /list/],
    ['a fragment', { redirect_uris: [`${CALLBACK}#x`] }, 'invalid_redirect_uri', /redirect_uris\/0.*fragment/],
    [
      'plain http',
      { redirect_uris: [CALLBACK, 'http://app.example.com/cb'] },
      'invalid_redirect_uri',
      /redirect_uris\/1.*https/,
    ],
    [
      'a logout address',
      { ...WEB, post_logout_redirect_uris: ['x'] },
      'invalid_client_metadata',
      /post_logout_redirect_uris/,
    ],
    [
      'a grant alone that is not allowed',
      { ...WEB, grant_types: ['client_credentials'] },
      'invalid_client_metadata',
      /grant_types.*authorization_code/,
    ],
    ['an unknown response type', { ...WEB, response_types: ['x'] }, 'invalid_client_metadata', /response_types/],
    [
      'an unknown method',
      { ...WEB, token_endpoint_auth_method: 'x' },
      'invalid_client_metadata',
      /token_endpoint_auth_method.*client_secret_basic/,
    ],
    [
      'unsigned ID tokens',
      { ...WEB, id_token_signed_response_alg: 'none' },
      'invalid_client_metadata',
      /id_token_signed_response_alg/,
    ],
    ['keys twice', { ...WEB, jwks, jwks_uri: 'https://app.example.com/jwks' }, 'invalid_client_metadata', /jwks/],
    ['no keys', { ...WEB, token_endpoint_auth_method: 'private_key_jwt' }, 'invalid_client_metadata', /jwks/],
    ['a logo that is a script', { ...WEB, logo_uri: 'javascript:alert(1)' }, 'invalid_client_metadata', /logo_uri/],
    ['a client_id', { ...WEB, client_id: 'mine' }, 'invalid_client_metadata', /client_id.*server/],
    ['a client_secret', { ...WEB, client_secret: 'x'.repeat(40) }, 'invalid_client_metadata', /client_secret.*server/],
    ['text for a number', { ...WEB, default_max_age: 'x' }, 'invalid_client_metadata', /default_max_age/],
    ['a list', [WEB], 'invalid_request', /object/],
    ['no JSON', '{', 'invalid_request', /JSON/],
    ['nothing', '', 'invalid_request', /JSON/],
  ])('%s is refused', async (_, asked, error, description) => {
    const refusals = (await eventsOf(open, 'client.registration_refused')).length;
    const { status, body } = await register(open, asked);
    expect({ status, body }).toEqual({
      status: 400,
      body: { error, error_description: expect.stringMatching(description) },
    });
    // RFC 6749 5.2.
    expect(body.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
    const events = await eventsOf(open, 'client.registration_refused');
    expect(events).toHaveLength(refusals + 1);
    expect(events.at(-1)).toMatchObject({ outcome: 'failure', details: { error } });
  });

  test.each([
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'a=b', 415],
    [
      'a body that is too large',
      { 'content-type': 'application/json' },
      JSON.stringify({ a: 'x'.repeat(60_000) }),
      413,
    ],
  ])('%s', async (_, headers, body, status) => {
    const answer = await call(`${open.issuer}/reg`, 'POST', undefined, body, headers);
    expect(answer).toMatchObject({ status, body: { error: 'invalid_request' } });
  });

  test.each(['GET', 'PUT', 'PATCH', 'DELETE'])('%s of the endpoint', async (method) => {
    const { status, headers, body } = await call(`${open.issuer}/reg`, method);
    expect({ status, allow: headers.get('allow'), body }).toMatchObject({
      status: 405,
      allow: 'POST, OPTIONS',
      body: { error: 'invalid_request' },
    });
  });
});

describe('initial access tokens', () => {
  test('without one 401, and with one as many clients as it says', async () => {
    const refused = await register(plain);
    expect(refused).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
    expect(refused.headers.get('www-authenticate')).toBe(`Bearer realm="${plain.issuer}"`);
    const token = await initialToken(plain, { uses: 2 });
    const statuses = [];
    for (let i = 0; i < 3; i += 1) statuses.push((await register(plain, WEB, token)).status);
    expect(statuses).toEqual([201, 201, 401]);
  });

  test('a refused request uses none of it up', async () => {
    const token = await initialToken(plain);
    expect((await register(plain, {}, token)).status).toBe(400);
    expect((await register(plain, WEB, token)).status).toBe(201);
  });

  test('20 racers for one use: one gets through', async () => {
    const token = await initialToken(plain);
    const answers = await Promise.all(Array.from({ length: 20 }, () => register(plain, WEB, token)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(19).fill(401)]);
  });

  test('one that has expired, one that was revoked, and what is none', async () => {
    const { initialTokens } = gatehouse.services;
    const expired = await initialToken(plain, { expiresIn: 60 });
    const { record, token: revoked } = await initialTokens.create(plain);
    await initialTokens.revoke(plain, record.id);
    moveClock(61);
    for (const token of [expired, revoked, 'iat_x', 'x']) {
      const { status, headers } = await register(plain, WEB, token);
      expect({ token, status }).toEqual({ token, status: 401 });
      expect(headers.get('www-authenticate')).toContain('error="invalid_token"');
    }
    // In a tenant that is open a token that is shown is looked at, too.
    expect((await register(open, WEB, 'iat_x')).status).toBe(401);
  });

  test('what it says over the policy of the tenant holds for its clients, for changes too', async () => {
    const policy = { trusted: true, grant_types: ['client_credentials'], scopes: ['read'], response_types: [] };
    const asked = { grant_types: ['client_credentials'], response_types: [], redirect_uris: [], scope: 'read write' };
    const answer = await register(plain, asked, await initialToken(plain, { policy }));
    expect(answer).toMatchObject({ status: 201, body: { grant_types: ['client_credentials'], scope: 'read' } });
    const { client_id, client_secret } = answer.body;
    const service = rawClient(plain.issuer, client_id, { headers: basic(client_id, client_secret) });
    const ask = (scope: string) => service.token({ grant_type: 'client_credentials', resource: API, scope });
    expect((await ask('read')).body.scope).toBe('read');
    expect((await ask('write')).body.scope).toBeUndefined();
    const changed = await managed(answer).replace({ ...asked, client_name: 'Service' });
    expect(changed).toMatchObject({ status: 200, body: { grant_types: ['client_credentials'], scope: 'read' } });
  });
});

describe('the policy of the tenant', () => {
  let strict: Tenant;
  beforeAll(async () => {
    strict = await tenant('strict', {
      mode: 'open',
      token_endpoint_auth_methods: ['private_key_jwt', 'none'],
      metadata: ['client_name', 'jwks'],
      defaults: { require_pushed_authorization_requests: true },
      scopes: ['openid', 'email', 'read'],
      max_clients: 5,
      unused_ttl: 3600,
    });
  });

  test('values, names and defaults', async () => {
    const { body } = await register(strict, {
      ...WEB,
      token_endpoint_auth_method: 'none',
      logo_uri: `${CALLBACK}/l`,
      scope: 'email read write',
    });
    expect(body).toMatchObject({ scope: 'email read', require_pushed_authorization_requests: true });
    expect(body).not.toHaveProperty('logo_uri');
    const wrong = await register(strict, { ...WEB, token_endpoint_auth_method: 'client_secret_post' });
    expect(wrong.body.error_description).toContain('private_key_jwt, none');
    // Where nothing is said it is the first that is allowed, which here needs keys.
    expect((await register(strict, WEB)).body.error_description).toContain('jwks');
  });

  test('a quota, which holds in a race; a removed client makes room', async () => {
    const publicClient = { ...WEB, token_endpoint_auth_method: 'none' };
    const answers = await Promise.all(Array.from({ length: 20 }, () => register(strict, publicClient)));
    expect(answers.filter(({ status }) => status === 201).length).toBeLessThanOrEqual(4);
    const { clients } = gatehouse.services;
    const count = () => clients.count(strict, { field: 'origin', equals: 'registration' });
    expect(await count()).toBeLessThanOrEqual(5);
    let last = await register(strict, publicClient);
    for (let i = 0; i < 5 && last.status === 201; i += 1) last = await register(strict, publicClient);
    expect(last).toMatchObject({ status: 403, body: { error: 'access_denied' } });
    expect(await count()).toBe(5);
    const [first] = (await clients.list(strict)).items;
    await clients.remove(strict, first!.id);
    expect((await register(strict, publicClient)).status).toBe(201);
  });

  test('a client that nobody uses is gone, one that is used stays', async () => {
    const quick = await tenant('quick', { mode: 'open', unused_ttl: 3600 }, 'compat');
    const used = await register(quick);
    const unused = await register(quick);
    const { client_id, client_secret } = used.body;
    const web = rawClient(quick.issuer, client_id, { headers: basic(client_id, client_secret) });
    moveClock(1800);
    await newTokens(agent(), web);
    const { clients } = gatehouse.services;
    const expiresAt = async () => (await clients.get(quick, client_id))!.expires!;
    const until = Date.now() + 3000_000;
    for (let i = 0; i < 100 && (await expiresAt()) < until; i += 1) await new Promise((done) => setTimeout(done, 20));
    moveClock(1900);
    expect((await managed(used).read()).status).toBe(200);
    expect((await managed(unused).read()).status).toBe(401);
    expect(await clients.get(quick, unused.body.client_id)).toBeUndefined();
  });

  test('secrets that end: a change before that brings a new one, and the old one is good beside it', async () => {
    const short = await tenant('short', { mode: 'open', secret_ttl: 86_400, trusted: true }, 'compat');
    const answer = await register(short);
    const { client_id, client_secret, client_secret_expires_at } = answer.body;
    expect(client_secret_expires_at - Date.now() / 1000).toBeGreaterThan(86_000);
    const client = managed(answer);
    expect((await client.replace(WEB)).body).not.toHaveProperty('client_secret');
    moveClock(60_000);
    const { body } = await client.replace(WEB);
    expect(body.client_secret).not.toBe(client_secret);
    expect(body.client_secret_expires_at).toBeGreaterThan(client_secret_expires_at);
    const wrongCode = (secret: string) =>
      rawClient(short.issuer, client_id, { headers: basic(client_id, secret) }).token({
        grant_type: 'authorization_code',
        code: 'x',
        redirect_uri: CALLBACK,
      });
    expect([(await wrongCode(client_secret)).body.error, (await wrongCode(body.client_secret)).body.error]).toEqual([
      'invalid_grant',
      'invalid_grant',
    ]);
    moveClock(86_500);
    expect((await wrongCode(body.client_secret)).body.error).toBe('invalid_client');
  });
});

describe('software statements', () => {
  const keys = ecKeys();
  const issuer = 'https://trusted.example';
  const claims = { iss: issuer, software_id: 'notes', client_name: 'Notes of Acme', redirect_uris: [CALLBACK] };
  const statement = (more = {}) => forge({ alg: 'ES256', kid: 's' }, { ...claims, ...more }, es256(keys.privateKey));
  const software_statements = {
    required: true,
    issuers: [{ issuer, jwks: { keys: [{ ...publicJwk(keys.publicKey), kid: 's', alg: 'ES256' }] } }],
  };
  let trusting: Tenant;
  beforeAll(async () => {
    trusting = await tenant('trusting', { mode: 'open', software_statements });
  });

  test('what they say is what counts, and they are sent back', async () => {
    const software_statement = statement();
    const asked = {
      software_statement,
      client_name: 'Mine',
      redirect_uris: ['https://evil.example/cb'],
      client_uri: CALLBACK,
    };
    const answer = await register(trusting, asked);
    const { iss: _, ...said } = claims;
    const got = { ...said, software_statement, client_uri: CALLBACK };
    expect(answer).toMatchObject({ status: 201, body: got });
    const client = managed(answer);
    expect((await client.read()).body).toMatchObject(got);
    // A change is bound by it, too, and takes a newer one.
    expect((await client.replace({ redirect_uris: ['https://evil.example/cb'] })).body).toMatchObject({
      ...said,
      software_statement,
    });
    const newer = statement({ client_name: 'Newer' });
    expect((await client.replace({ software_statement: newer })).body).toMatchObject({
      ...said,
      client_name: 'Newer',
      software_statement: newer,
    });
  });

  test.each<[string, () => object, string]>([
    ['without one', () => WEB, 'invalid_software_statement'],
    ['with one that is none', () => ({ ...WEB, software_statement: 'x' }), 'invalid_software_statement'],
    [
      'with one that somebody else signed',
      () => ({ software_statement: forge({ alg: 'ES256', kid: 's' }, claims, es256(ecKeys().privateKey)) }),
      'invalid_software_statement',
    ],
    [
      'with one of an issuer that is not trusted',
      () => ({ software_statement: statement({ iss: 'https://other.example' }) }),
      'unapproved_software_statement',
    ],
    [
      'with one that asks too much',
      () => ({ software_statement: statement({ grant_types: ['client_credentials'] }) }),
      'invalid_client_metadata',
    ],
  ])('refused: %s', async (_, asked, error) => {
    expect(await register(trusting, asked())).toMatchObject({ status: 400, body: { error } });
  });

  test('where nobody is trusted they are ignored (RFC 7591 3.1.1)', async () => {
    const { status, body } = await register(open, { ...WEB, software_statement: statement() });
    expect({ status, name: body.client_name }).toEqual({ status: 201, name: 'Notes' });
    expect(body).not.toHaveProperty('software_statement');
  });
});

describe('a registration is managed', () => {
  test('read, replaced, removed', async () => {
    const answer = await register(open, { ...WEB, client_uri: 'https://app.example.com/' });
    const client = managed(answer);
    const { client_secret: _, ...rest } = answer.body;
    expect(await client.read()).toMatchObject({ status: 200, body: rest });
    expect((await client.read()).body).not.toHaveProperty('client_secret');

    const first = client.token();
    const replaced = await client.replace({ ...WEB, client_name: 'Renamed' });
    expect(replaced).toMatchObject({ status: 200, body: { client_name: 'Renamed', client_secret_expires_at: 0 } });
    // What is not said any more has its default.
    expect(replaced.body).not.toHaveProperty('client_uri');
    expect(replaced.body).not.toHaveProperty('client_secret');
    expect(client.token()).not.toBe(first);
    expect((await call(client.url, 'GET', first)).status).toBe(401);
    expect((await client.read()).body.client_name).toBe('Renamed');

    expect(await client.remove()).toMatchObject({ status: 204, body: '' });
    for (const after of [client.read, client.remove, () => client.replace(WEB)])
      expect(await after()).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
    const events = (await gatehouse.services.audit.find(open.id, { limit: 1000 })).items.filter(
      ({ target }) => target === answer.body.client_id,
    );
    expect(events.map(({ type }) => type)).toEqual([
      'client.created',
      'client.changed',
      'client.registration_refused',
      'client.removed',
      'client.registration_refused',
      'client.registration_refused',
      'client.registration_refused',
    ]);
  });

  test('a client that needs a secret from now on gets one, one that does not loses it', async () => {
    const answer = await register(open, { ...WEB, token_endpoint_auth_method: 'none' });
    const client = managed(answer);
    expect((await client.replace(WEB)).body.client_secret).toMatch(/^[\w-]{43}$/);
    const { body } = await client.replace({ ...WEB, token_endpoint_auth_method: 'none' });
    expect(body).not.toHaveProperty('client_secret_expires_at');
  });

  test.each<[string, object, RegExp]>([
    ['no client_id', { client_id: undefined }, /client_id/],
    ['another client_id', { client_id: 'x' }, /client_id/],
    ['another secret', { client_secret: 'x'.repeat(43) }, /client_secret/],
    ['no secret', { client_secret: 5 }, /client_secret/],
    ['the token', { registration_access_token: 'x' }, /registration_access_token/],
    ['the address', { registration_client_uri: 'x' }, /registration_client_uri/],
    ['the end of the secret', { client_secret_expires_at: 0 }, /client_secret_expires_at/],
    ['when it was issued', { client_id_issued_at: 1 }, /client_id_issued_at/],
    ['a bad redirect URI', { redirect_uris: ['x:y'] }, /redirect_uris/],
  ])('a change with %s is refused, and changes nothing', async (_, wrong, description) => {
    const answer = await register(open);
    const client = managed(answer);
    const refused = await client.replace({ ...WEB, client_name: 'Changed', ...wrong });
    expect(refused).toMatchObject({ status: 400, body: { error_description: expect.stringMatching(description) } });
    expect((await client.read()).body.client_name).toBe('Notes');
  });

  test('with its own secret, as the answer to a reader may be sent back', async () => {
    const answer = await register(open);
    const { client_secret } = answer.body;
    expect((await managed(answer).replace({ ...WEB, client_secret })).status).toBe(200);
  });

  test('20 changes at once: one gets through, and its token is the one that is good', async () => {
    const answer = await register(open);
    const { url, token } = managed(answer);
    const change = (i: number) =>
      call(url, 'PUT', token(), { client_id: answer.body.client_id, ...WEB, client_name: `Racer ${i}` });
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => change(i)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(19).fill(401)]);
    const won = answers.find(({ status }) => status === 200)!;
    expect((await managed(won).read()).body.client_name).toBe(won.body.client_name);
  });

  test('what who runs the tenant says of it stays', async () => {
    const { clients, registrations } = gatehouse.services;
    const answer = await register(open);
    const { client_id } = answer.body;
    const client = managed(answer);
    const { metadata } = (await clients.get(open, client_id))!;
    await clients.change(open, client_id, { ...metadata, untrusted: false, skip_consent: true });
    expect((await client.replace({ ...WEB, untrusted: true, skip_consent: false })).status).toBe(200);
    expect((await clients.get(open, client_id))!.metadata).toMatchObject({ untrusted: false, skip_consent: true });
    // A token that was lost.
    const token = await registrations.issueToken(open, client_id);
    expect((await client.read()).status).toBe(401);
    expect((await call(client.url, 'GET', token)).status).toBe(200);
  });

  test('the options of both addresses, from any page', async () => {
    const headers = { origin: 'https://tool.example', 'access-control-request-method': 'POST' };
    const asked = await call(`${open.issuer}/reg`, 'OPTIONS', undefined, undefined, headers);
    expect(asked.status).toBe(204);
    expect(Object.fromEntries(asked.headers)).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'Authorization, Content-Type',
    });
    const nobody = await call(`${open.issuer}/reg/x`, 'GET', 'x', undefined, { origin: 'null' });
    expect(nobody.headers.get('access-control-allow-origin')).toBeNull();
  });
});
