import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { TRAVERSALS } from '../support/hostile.ts';
import { raw, type Stage, setStage } from '../support/stage.ts';

/** Addresses: whose host it is, and what a path can reach. */

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage.stop());

const AUTH = '/t/acme/auth?client_id=web';
const DISCOVERY = '/t/acme/.well-known/openid-configuration';
const JSON_FIRST = { accept: 'application/json' };

test.each([
  'evil.example',
  'evil.example:80',
  'localhost.evil.example',
  'evil.example@localhost',
  'localhost, evil.example',
  '-',
  'a b',
  'x'.repeat(3000),
  '[::1',
  '\u00e4',
])('the host %j is not ours: 421 (or no request at all), and nothing leads there', async (host) => {
  for (const path of [AUTH, DISCOVERY, '/t/acme/jwks', '/', '/.well-known/openid-configuration/t/acme']) {
    const answer = await raw(stage.url, path, { headers: { host, ...JSON_FIRST } });
    expect([400, 404, 421]).toContain(answer.status);
    expect(answer.headers.location).toBeUndefined();
    expect(answer.headers['set-cookie']).toBeUndefined();
  }
});

test.each<Record<string, string>>([
  { 'x-forwarded-host': 'evil.example' },
  { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https', 'x-forwarded-port': '444' },
  { forwarded: 'host=evil.example;proto=https' },
  { 'x-original-host': 'evil.example', 'x-host': 'evil.example', 'x-http-host-override': 'evil.example' },
  { 'x-forwarded-prefix': '/evil.example', 'x-original-url': '/evil.example', 'x-rewrite-url': '/evil.example' },
  { 'x-forwarded-proto': 'javascript' },
])('headers of no proxy we trust change nothing: %j', async (headers) => {
  const plain = await raw(stage.url, DISCOVERY);
  const answer = await raw(stage.url, DISCOVERY, { headers });
  expect(answer.body).toBe(plain.body);
  expect(JSON.parse(answer.body).token_endpoint).toBe(`${stage.acme.issuer}/token`);
  const page = await raw(stage.url, '/t/acme/session/end', { headers: { accept: 'text/html', ...headers } });
  expect(page.body).toContain(`action="${stage.acme.issuer}/session/end/confirm"`);
  expect(JSON.stringify([page.headers, page.body])).not.toMatch(/evil|javascript:|https:\/\/localhost/);
});

test.each(TRAVERSALS)('the file %j is not served', async (name) => {
  for (const base of ['/t/acme/assets/', '/assets/', '/t/acme/', '/t/']) {
    const { status, body } = await raw(stage.url, base + name, { headers: JSON_FIRST });
    expect({ path: base + name, status }).toEqual({ path: base + name, status: expect.any(Number) });
    expect([400, 404, 405, 421]).toContain(status);
    expect(body).not.toMatch(/"dependencies"|root:x|"scripts"/);
  }
});

test.each([
  '../../package',
  '/etc/passwd',
  '__proto__',
  'constructor',
  'de/../en',
  'x'.repeat(5000),
  '../de',
  '\u0000',
  '*',
])('the language %j is none, wherever it is asked for', async (locale) => {
  for (const [path, headers] of [
    [`/t/acme/session/end/success?ui_locales=${encodeURIComponent(locale)}`, {}],
    ['/t/acme/session/end/success', { 'accept-language': encodeURI(locale) }],
    ['/t/acme/session/end/success', { cookie: `locale=${encodeURIComponent(locale)}` }],
    [`/t/acme/nothing?ui_locales=${encodeURIComponent(locale)}`, { cookie: 'locale=__proto__' }],
  ] as const) {
    const {
      status,
      body,
      headers: given,
    } = await raw(stage.url, path, { headers: { accept: 'text/html', ...headers } });
    expect([200, 404]).toContain(status);
    expect(body).toContain('<html lang="en" dir="ltr">');
    expect(given['set-cookie']).toBeUndefined();
  }
});

test.each([
  '/t/acme//auth',
  '/t/acme/auth/../auth',
  '/t//acme/auth',
  '//t/acme/auth',
  '/t/ACME/auth',
  '/t/acme%2f..%2fglobex/auth',
  '/t/%61cme/auth',
  'http://evil.example/t/acme/auth',
  '/t/acme@evil.example/auth',
  '/T/acme/auth',
  '/t/acme;globex/auth',
])('the path %j is not that of a tenant’s endpoint', async (path) => {
  const answer = await raw(stage.url, `${path}?client_id=web`, { headers: JSON_FIRST });
  expect([400, 404, 421]).toContain(answer.status);
  expect(answer.headers.location).toBeUndefined();
});
