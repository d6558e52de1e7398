import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { MARKUP, UNREGISTRABLE } from '../support/hostile.ts';
import { inhabited } from '../support/inhabited.ts';
import { type Answer, basic, newCode, rawClient, USER } from '../support/raw-client.ts';
import { call, managed, register, WEB } from '../support/registration.ts';
import { CALLBACK, goThrough, PASSWORD, webClient } from '../support/relying-party.ts';
import { createUserAgent, type Page } from '../support/user-agent.ts';

/** Clients that nobody vouches for: what they may be, and what becomes of their users. */

let gatehouse: TestGatehouse;
let acme: Tenant;

beforeAll(async () => {
  gatehouse = await startGatehouse();
  const client_registration = { mode: 'open' as const, max_clients: 1000 };
  acme = await inhabited(gatehouse, 'acme', { protocol: { client_registration } });
  await gatehouse.services.clients.create(acme, webClient('paper', { client_name: 'Paper Boat' }));
});
afterAll(() => gatehouse.stop());

const agent = () => createUserAgent({ stopAt: CALLBACK });
const clientOf = ({ body: { client_id, client_secret } }: Pick<Answer, 'body'>) =>
  rawClient(acme.issuer, client_id, { headers: basic(client_id, client_secret) });

describe('T003 addresses that nobody may register', () => {
  test.each(UNREGISTRABLE)('%j', async (uri) => {
    const redirect_uris = [CALLBACK, uri];
    const refusal = {
      status: 400,
      body: { error: 'invalid_redirect_uri', error_description: expect.stringContaining('/redirect_uris/1') },
    };
    expect(await register(acme, { redirect_uris })).toMatchObject(refusal);
    expect(await register(acme, { ...WEB, post_logout_redirect_uris: [uri] })).toMatchObject({ status: 400 });
  });

  test('nor change to', async () => {
    const client = managed(await register(acme));
    for (const uri of UNREGISTRABLE) {
      const { status, body } = await client.replace({ redirect_uris: [uri] });
      expect({ uri, status, error: body.error }).toEqual({ uri, status: 400, error: 'invalid_redirect_uri' });
    }
    expect((await client.read()).body.redirect_uris).toEqual([CALLBACK]);
  });
});

test('T048 T038 rights that a client cannot give itself', async () => {
  const asked = {
    ...WEB,
    skip_consent: true,
    untrusted: false,
    require_pkce: false,
    authentication_policy: { mfa: 'off' },
    api_scope: 'read',
    grant_types: ['authorization_code', 'client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'],
    scope: 'openid read',
  };
  const { status, body } = await register(acme, asked);
  expect({ status, body }).toMatchObject({
    status: 201,
    body: { grant_types: ['authorization_code'], scope: 'openid', require_pkce: true },
  });
  const { metadata } = (await gatehouse.services.clients.get(acme, body.client_id))!;
  expect(metadata).toMatchObject({ untrusted: true });
  for (const name of ['skip_consent', 'authentication_policy', 'require_pkce', 'api_scope'])
    expect(metadata).not.toHaveProperty(name);
  const refused = await clientOf({ body }).token({ grant_type: 'client_credentials' });
  expect(refused).toMatchObject({ status: 400, body: { error_description: expect.stringContaining('not allowed') } });
  expect((await register(acme, { ...WEB, client_id: 'admin' })).status).toBe(400);
});

describe('T049 names that pass for another', () => {
  test.each([
    'Adm\u202Enigol',
    'Paper\u200bBoat',
    'Admin',
    'Account Security',
    'acme',
    'Acme Login',
    'The official ACME app',
    'Acmе',
    'АСМЕ',
    'Gatehouse',
    'paper boat',
    'Paper B0at',
    'PaperBoat App',
  ])('%j', async (client_name) => {
    for (const names of [{ client_name }, { client_name: 'Notes', 'client_name#de': client_name }]) {
      const { status, body } = await register(acme, { ...WEB, ...names });
      expect({ status, error: body.error }).toEqual({ status: 400, error: 'invalid_client_metadata' });
    }
    expect((await managed(await register(acme)).replace({ ...WEB, client_name })).status).toBe(400);
  });

  test('what is a name of its own is taken, and two strangers may have the same', async () => {
    for (const client_name of ['Acme Tools', 'Paper Planes', 'Notes', 'Notes', 'メモ帳 Pro'])
      expect((await register(acme, { ...WEB, client_name })).status).toBe(201);
  });

  test('who has a token for trusted clients is not asked', async () => {
    const { token } = await gatehouse.services.initialTokens.create(acme, { policy: { trusted: true } });
    expect((await register(acme, { ...WEB, client_name: 'Acme' }, token)).status).toBe(201);
  });
});

describe('consent', () => {
  const asked = async (answer: Answer, who = agent()): Promise<Page> => {
    const page = await who.get(clientOf(answer).begin().url);
    return /name="password"/.test(page.body) ? who.submit(page, { identifier: USER, password: PASSWORD }) : page;
  };

  test('it warns, names the host, and is asked for in each session anew', async () => {
    const answer = await register(acme, { ...WEB, redirect_uris: [CALLBACK] });
    const page = await asked(answer);
    expect(page.body).toContain('value="accept"');
    expect(page.body).toContain('class="notice warning"');
    expect(page.body).toContain('<bdi class="host">app.example.com</bdi>');
    const who = agent();
    await newCode(who, clientOf(answer));
    // In this session it is answered, in silence too; in another not.
    expect((await who.get(clientOf(answer).begin({ prompt: 'none' }).url)).url).toContain('code=');
    expect((await asked(answer)).body).toContain('value="accept"');
  });

  test('of a client of the house it is remembered, and there is no warning', async () => {
    const web = rawClient(acme.issuer, 'paper');
    const who = agent();
    const page = await who.submit(await who.get(web.begin().url), { identifier: USER, password: PASSWORD });
    expect(page.body).toContain('value="accept"');
    expect(page.body).not.toContain('class="notice warning"');
    await who.submit(page, { decision: 'accept' });
    const other = agent();
    const again = await other.submit(await other.get(web.begin().url), { identifier: USER, password: PASSWORD });
    expect(again.url).toContain('code=');
  });

  test.each(MARKUP)('T067 %j as a name, as a link', async (payload) => {
    const uris = { policy_uri: `https://app.example.com/${payload}`, tos_uri: payload, logo_uri: payload };
    for (const [name, value] of Object.entries(uris))
      if (!URL.canParse(value) || !/^https:/.test(value) || /[^\x21-\x7e]|\\/.test(value))
        expect((await register(acme, { ...WEB, [name]: value })).status).toBe(400);
    const answer = await register(acme, { ...WEB, client_name: payload });
    if (answer.status === 400) return;
    const shown = [await asked(answer), await agent().get(clientOf(answer).begin({ scope: 'x' }).url)];
    for (const { body } of shown) {
      expect(body).not.toContain(payload.includes('<') ? payload : '\u0000');
      expect(body).not.toMatch(/<(svg onload|img src=x|script>alert|b>)/);
    }
  });
});

describe('T013 no open redirector', () => {
  let stranger: Answer;
  beforeAll(async () => {
    stranger = await register(acme, { ...WEB, response_types: ['code'] });
  });
  const silent = { prompt: 'none', state: 'st' };

  test.each([
    ['a bad scope', { scope: 'nope', state: 'st' }, 'invalid_scope'],
    ['nobody signed in', silent, 'login_required'],
    ['a bad response type', { response_type: 'x', state: 'st' }, 'unsupported_response_type'],
    ['no PKCE', { code_challenge: '', state: 'st' }, 'invalid_request'],
  ])('%s: a page, with the host and a link', async (_, params, error) => {
    const page = await agent().get(clientOf(stranger).begin(params).url);
    expect(page.trail).toHaveLength(1);
    expect(page.status).toBe(400);
    expect(page.body).toContain('<bdi class="host">app.example.com</bdi>');
    const href = /href="([^"]+)" rel="noopener noreferrer"/.exec(page.body)![1]!.replaceAll('&amp;', '&');
    const link = new URL(href);
    expect(link.origin + link.pathname).toBe(CALLBACK);
    const answer = new URLSearchParams(link.search || link.hash.slice(1));
    expect(Object.fromEntries(answer)).toMatchObject({ error, state: 'st', iss: acme.issuer });
    expect(page.headers.get('refresh')).toBeNull();
    expect(page.body).not.toMatch(/http-equiv="refresh"|<script>|submit\(/i);
  });

  test('by form_post: a form that waits to be sent', async () => {
    const page = await agent().get(clientOf(stranger).begin({ ...silent, response_mode: 'form_post' }).url);
    expect(page.body).toContain(`<form method="post" action="${CALLBACK}">`);
    expect(page.body).toContain('name="error" value="login_required"');
    expect(page.headers.get('content-security-policy')).toContain("form-action 'self' https://app.example.com");
    expect(page.body).not.toContain('submit()');
  });

  test('signed answers: a page without a way on', async () => {
    const page = await agent().get(clientOf(stranger).begin({ ...silent, response_mode: 'jwt' }).url);
    expect(page.body).toContain('app.example.com');
    expect(page.body).not.toContain('login_required&');
  });

  test('pushed requests', async () => {
    const client = clientOf(stranger);
    const { query } = client.begin(silent);
    const { request_uri } = (await client.post('/request', query)).body;
    const page = await agent().get(
      `${acme.issuer}/auth?${new URLSearchParams({ client_id: client.clientId, request_uri })}`,
    );
    expect(page).toMatchObject({ status: 400, body: expect.stringContaining('app.example.com') });
  });

  test('each is one event', async () => {
    const { audit } = gatehouse.services;
    const count = async () =>
      (await audit.find(acme.id, { where: { field: 'type', equals: 'authorization.refused' }, limit: 1000 })).items
        .length;
    const before = await count();
    await agent().get(clientOf(stranger).begin({ scope: 'nope' }).url);
    expect(await count()).toBe(before + 1);
  });

  test('who is signed in is sent on, and so is everybody by a client of the house', async () => {
    const who = agent();
    await goThrough(who, clientOf(stranger).begin().url, USER);
    const sent = await who.get(clientOf(stranger).begin({ scope: 'nope' }).url);
    expect(sent.url).toContain('error=invalid_scope');
    const ours = await agent().get(rawClient(acme.issuer, 'paper').begin(silent).url);
    expect(ours.url).toContain('error=login_required');
  });

  test('who cancels on the page has seen where it leads', async () => {
    const who = agent();
    const page = await who.get(clientOf(stranger).begin({ state: 'st' }).url);
    const left = await who.submit(page, {}, ({ action }) => action.includes('/cancel'));
    expect(left.url).toContain('error=access_denied');
  });
});

describe('T013 nor at the end of a sign-out', () => {
  const bye = 'https://app.example.com/bye';
  const end = (client_id: string) =>
    `${acme.issuer}/session/end?${new URLSearchParams({ client_id, post_logout_redirect_uri: bye, state: 'st' })}`;

  test('where nobody is signed in: a page, with the host and a link', async () => {
    const { body } = await register(acme, { ...WEB, post_logout_redirect_uris: [bye] });
    const page = await agent().get(end(body.client_id));
    expect(page.status).toBe(200);
    expect(page.body).toContain('<bdi class="host">app.example.com</bdi>');
    expect(page.body).toContain(`href="${bye}?state=st"`);
    expect(page.body).not.toMatch(/submit\(|<form/);
    // Who is signed in is asked, and then sent on.
    const who = agent();
    await goThrough(who, clientOf({ body }).begin().url, USER);
    const asked = await who.get(end(body.client_id));
    expect(asked.body).toContain('name="logout"');
  });

  test('a client of the house is gone to at once', async () => {
    expect((await agent().get(end('paper'))).body).toContain('submit()');
  });
});

describe('T117 addresses that are read', () => {
  let inside: Server;
  let connects = 0;
  beforeAll(async () => {
    inside = createServer((_req, res) => res.end('[]')).on('connection', () => {
      connects += 1;
    });
    await new Promise<void>((resolve) => inside.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => void inside.close());

  test.each(['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1', '0.0.0.0'])('%s', async (host) => {
    const base = `https://${host}:${(inside.address() as AddressInfo).port}`;
    const sector = { subject_type: 'pairwise', sector_identifier_uri: `${base}/sector` };
    const answer = await register(acme, { ...WEB, ...sector });
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_client_metadata' } });
    expect(answer.body.error_description).not.toMatch(/ECONN|refused|public address/);
    await register(acme, { ...WEB, jwks_uri: `${base}/jwks`, logo_uri: `${base}/logo.png` });
    expect(connects).toBe(0);
  });
});

describe('T048 in a tenant that is open, too', () => {
  test('one address gets so many tries in an hour, and is told when to come again', async () => {
    const few = await gatehouse.tenant({
      id: 'few',
      settings: { protocol: { client_registration: { mode: 'open', per_address: 3 } } },
    });
    const statuses = [];
    for (let i = 0; i < 3; i += 1) statuses.push((await register(few, i === 1 ? {} : WEB)).status);
    expect(statuses).toEqual([201, 400, 201]);
    const { status, headers, body } = await register(few);
    expect({ status, error: body.error }).toEqual({ status: 429, error: 'temporarily_unavailable' });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(3000);
    // A token has its own limit, and other tenants theirs.
    const { token } = await gatehouse.services.initialTokens.create(few);
    expect((await register(few, WEB, token)).status).toBe(201);
    expect((await register(acme)).status).toBe(201);
  });
});

describe('tokens of registrations', () => {
  test('of one client are nothing to another, nor in a query or a body', async () => {
    const [mine, theirs] = [managed(await register(acme)), managed(await register(acme))];
    for (const method of ['GET', 'PUT', 'DELETE'])
      expect((await call(theirs.url, method, mine.token(), method === 'PUT' ? WEB : undefined)).status).toBe(401);
    expect((await call(`${mine.url}?access_token=${mine.token()}`, 'GET')).status).toBe(401);
    for (const scheme of ['Basic ', 'DPoP ', 'Bearer'])
      expect(
        (await call(mine.url, 'GET', undefined, undefined, { authorization: `${scheme}${mine.token()}` })).status,
      ).toBe(401);
    expect((await theirs.read()).status).toBe(200);
  });

  test.each(['..', '%00', '%', 'a%2Fb', 'x'.repeat(2000), '{"$gt":""}', '__proto__'])('%j is no client', async (id) => {
    const url = `${acme.issuer}/reg/${id}`;
    const response = await fetch(url, { headers: { authorization: 'Bearer reg_x', accept: 'application/json' } });
    expect([400, 401, 404]).toContain(response.status);
  });

  test('neither they nor secrets are in the log or the audit', async () => {
    const answer = await register(acme);
    const client = managed(answer);
    await client.replace(WEB);
    const { items } = await gatehouse.services.audit.find(acme.id, { limit: 1000 });
    const all = gatehouse.logged() + JSON.stringify(items);
    for (const secret of [answer.body.client_secret, answer.body.registration_access_token, client.token()])
      expect(all).not.toContain(secret);
  });
});
