import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import request from 'supertest';
import { startFakeIssuer } from '../../test/support/fake-issuer.ts';
import { createDemo } from './demo.ts';

const BASE = 'https://login.example.com';
let issuer: Awaited<ReturnType<typeof startFakeIssuer>>;
let agent: ReturnType<typeof browser>;

beforeAll(async () => {
  issuer = await startFakeIssuer();
});
afterAll(() => issuer.stop());
beforeEach(() => {
  Object.assign(issuer.state, { claims: {}, refuse: undefined, refuseUserinfo: false });
  agent = browser();
});

const demo = (at = issuer.issuer) =>
  createDemo({ issuer: at, clientId: 'demo', clientSecret: 's', baseUrl: BASE, key: Buffer.alloc(32, 1) });

/** Cookies are kept by hand: those of an https page would not go to supertest's http server. */
function browser(handler = demo()) {
  const server = createServer(handler);
  const cookies = new Map<string, string>();
  const send = async (test: request.Test) => {
    const response = await test.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '));
    for (const line of response.headers['set-cookie'] ?? []) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (line.includes('Max-Age=0')) cookies.delete(name!);
      else cookies.set(name!, value!);
    }
    return response;
  };
  const get = (path: string) => send(request(server).get(path));
  const post = async (path: string, headers: Record<string, string> = {}) => {
    const csrf = /name="csrf" value="([^"]+)"/.exec((await get('/demo')).text)![1]!;
    return send(request(server).post(path).set(headers).type('form').send({ csrf }));
  };
  return { server, cookies, get, post };
}

/** Presses the button; resolves to the callback that a provider which agrees would redirect to. */
async function begin(): Promise<URLSearchParams> {
  const response = await agent.post('/demo/sign-in');
  expect(response.status).toBe(303);
  const sent = new URL(response.headers.location!).searchParams;
  issuer.state.nonce = sent.get('nonce')!;
  return new URLSearchParams({ code: 'c', state: sent.get('state')!, iss: issuer.issuer });
}

const signIn = async () => agent.get(`/demo/callback?${await begin()}`);

test('asks for a code with PKCE, state and nonce', async () => {
  const response = await agent.post('/demo/sign-in');
  const { origin, pathname, searchParams } = new URL(response.headers.location!);
  expect(origin + pathname).toBe(`${issuer.issuer}/auth`);
  expect(Object.fromEntries(searchParams)).toEqual({
    client_id: 'demo',
    response_type: 'code',
    redirect_uri: `${BASE}/demo/callback`,
    scope: 'openid profile email',
    state: expect.stringMatching(/^[\w-]{43}$/),
    nonce: expect.stringMatching(/^[\w-]{43}$/),
    code_challenge: expect.stringMatching(/^[\w-]{43}$/),
    code_challenge_method: 'S256',
  });
});

test('signs in, and shows claims and userinfo, escaped', async () => {
  const response = await signIn();
  expect([response.status, response.headers.location]).toEqual([303, '/demo']);
  expect(issuer.state.lastTokenRequest.get('code_verifier')).toMatch(/^[\w-]{43}$/);
  const page = (await agent.get('/demo')).text;
  expect(page).toContain('&lt;b&gt;Ada&lt;/b&gt;');
  expect(page).toContain('ada@example.com');
});

test('every node can go on with the browser’s cookies', async () => {
  await signIn();
  const other = browser();
  for (const [name, value] of agent.cookies) other.cookies.set(name, value);
  expect((await other.get('/demo')).text).toContain('You are signed in');
});

test('the cookies are sealed, for /demo and https alone', async () => {
  const query = await begin();
  const { headers } = await agent.get(`/demo/callback?${query}`);
  for (const line of headers['set-cookie'] ?? []) {
    expect(line).toMatch(/; Path=\/demo; HttpOnly; SameSite=Lax; Secure$/);
    expect(line).not.toContain('refresh-token');
  }
});

test('refreshes, and says so', async () => {
  await signIn();
  const response = await agent.post('/demo/refresh');
  expect([response.status, response.headers.location]).toEqual([303, '/demo?notice=refreshed']);
  expect(Object.fromEntries(issuer.state.lastTokenRequest)).toMatchObject({
    grant_type: 'refresh_token',
    refresh_token: 'refresh-token',
  });
  expect((await agent.get('/demo?notice=refreshed')).text).toContain('role="status"');
  expect((await agent.get('/demo?notice=<b>')).text).not.toContain('role="status"');
});

test('signs out here and at the provider', async () => {
  await signIn();
  const response = await agent.post('/demo/sign-out');
  const url = new URL(response.headers.location!);
  expect(url.pathname).toBe('/session/end');
  expect(url.searchParams.get('post_logout_redirect_uri')).toBe(`${BASE}/demo/signed-out`);
  expect(url.searchParams.get('id_token_hint')).toMatch(/^ey/);
  expect((await agent.get('/demo')).text).toContain('Sign in with Gatehouse');
  expect((await agent.get('/demo/signed-out')).text).toContain('You are signed out');
});

test('an ID token that does not fit into a cookie is not kept', async () => {
  issuer.state.claims = { note: 'x'.repeat(4000) };
  await signIn();
  const page = (await agent.get('/demo')).text;
  expect(page).toContain('too large');
  expect(page).toContain('ada@example.com');
});

describe('what goes wrong gets a page with a way on, and changes nothing', () => {
  const callbacks: [string, number, string, (query: URLSearchParams) => void][] = [
    ['consent denied', 403, 'You said no', (query) => deny(query, 'access_denied')],
    ['another error', 400, 'The provider refused the request', (query) => deny(query, 'invalid_scope')],
    ['a state of another request', 400, 'not under way', (query) => query.set('state', 'x')],
    ['a forged error', 400, 'not under way', forge],
    ['an answer of another issuer', 400, 'not under way', (query) => query.set('iss', 'https://evil.example')],
    ['no code at all', 400, 'not under way', (query) => query.delete('code')],
    ['an ID token with another nonce', 400, 'not under way', () => void Object.assign(issuer.state, { nonce: 'x' })],
    ['a used code', 400, 'could not be finished', () => refuse(400, 'invalid_grant')],
    ['a provider that fails', 502, 'cannot be reached', () => refuse(503, 'temporarily_unavailable')],
  ];
  function deny(query: URLSearchParams, error: string) {
    query.delete('code');
    query.set('error', error);
  }
  function forge(query: URLSearchParams) {
    deny(query, 'access_denied');
    query.set('state', 'x');
  }
  const refuse = (status: number, error: string) => void Object.assign(issuer.state, { refuse: { status, error } });

  test.each(callbacks)('%s', async (_name, status, words, spoil) => {
    const query = await begin();
    spoil(query);
    const response = await agent.get(`/demo/callback?${query}`);
    expect(response.status).toBe(status);
    expect(response.text).toContain(words);
    expect(response.text).toContain('href="/demo"');
    expect((await agent.get('/demo')).text).toContain('Sign in with Gatehouse');
  });

  test('a callback without a sign-in under way, or for the second time', async () => {
    expect((await agent.get('/demo/callback?code=c&state=s')).status).toBe(400);
    const query = await begin();
    await agent.get(`/demo/callback?${query}`);
    expect((await agent.get(`/demo/callback?${query}`)).status).toBe(400);
  });

  test('a refused refresh ends the session, a provider out of reach does not', async () => {
    await signIn();
    refuse(500, 'server_error');
    expect((await agent.post('/demo/refresh')).status).toBe(502);
    expect((await agent.get('/demo')).text).toContain('You are signed in');
    refuse(400, 'invalid_grant');
    expect((await agent.post('/demo/refresh')).text).toContain('The refresh was refused');
    expect((await agent.get('/demo')).text).toContain('Sign in with Gatehouse');
    expect((await agent.post('/demo/refresh')).status).toBe(401);
  });

  test('an access token that has ended', async () => {
    await signIn();
    issuer.state.refuseUserinfo = true;
    expect((await agent.get('/demo')).text).toContain('role="alert"');
  });

  test('an issuer out of reach', async () => {
    agent = browser(demo('http://127.0.0.1:1'));
    expect((await agent.post('/demo/sign-in')).status).toBe(502);
  });

  test.each(['sign-in', 'refresh', 'sign-out'])('POST %s from elsewhere', async (action) => {
    const path = `/demo/${action}`;
    expect((await agent.post(path, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    const other = browser();
    const foreign = /value="([^"]+)"/.exec((await other.get('/demo')).text)![1];
    for (const body of [{}, { csrf: 'x' }, { csrf: foreign }, { csrf: 'x'.repeat(9000) }]) {
      const cookie = `gatehouse_demo_browser=${agent.cookies.get('gatehouse_demo_browser')}`;
      const response = await request(agent.server).post(path).set('cookie', cookie).type('form').send(body);
      expect(response.status).toBe(403);
    }
  });

  test('another path or method', async () => {
    expect((await agent.get('/demo/elsewhere')).status).toBe(404);
    expect((await agent.get('/demo/refresh')).status).toBe(404);
  });
});

test('no page has a script or a style of its own, or may be framed', async () => {
  const response = await agent.get('/demo');
  expect(response.headers['content-security-policy']).toContain("default-src 'none'; style-src 'self'");
  expect(response.headers['content-security-policy']).toContain("frame-ancestors 'none'");
  expect(response.text).not.toMatch(/<script|<style|style=|\son\w+=/);
  expect((await agent.get('/demo/demo.css')).headers['content-type']).toContain('text/css');
});
