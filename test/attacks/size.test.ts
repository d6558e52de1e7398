import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { basic } from '../support/raw-client.ts';
import { authorizationUrl, isMain, type Raw, raw, type Stage, setStage, signIn, userAgent } from '../support/stage.ts';
import { formsOf } from '../support/user-agent.ts';

/** More than anybody needs: refused with 4xx, and the next request is served as if nothing had been. */

let stage: Stage;
let issuer: string;
beforeAll(async () => {
  stage = await setStage();
  issuer = stage.acme.issuer;
});
afterAll(() => stage.stop());

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const many = (count: number) => Array.from({ length: count }, (_, i) => `p${i}=${i}`).join('&');
const path = (name: string) => `/t/acme${name}`;
const auth = (more: string) => `${authorizationUrl('', {})}${more}`.replace(/^/, '/t/acme');
const get = (target: string, headers: Record<string, string> = {}) => raw(stage.url, target, { headers });
const post = (target: string, body: string, headers: Record<string, string> = {}) =>
  raw(stage.url, path(target), { method: 'POST', body, headers: { ...FORM, ...headers } });

async function expectAlive(): Promise<void> {
  expect((await get('/health/live')).status).toBe(200);
  const agent = userAgent();
  const page = await signIn(agent, await agent.get(authorizationUrl(issuer, { client_id: 'first-party' })));
  expect(page.url).toContain('code=');
}

const POSTED = [
  '/auth',
  '/session/end',
  '/session/end/confirm',
  '/interaction/x/login',
  '/request',
  '/token',
  '/token/introspection',
  '/token/revocation',
  '/me',
];

test.each<[string, () => Promise<Raw>]>([
  ['9 KB of state', () => get(auth(`&state2=${'x'.repeat(9000)}`))],
  ['5,000 parameters', () => get(auth(`&${many(5000)}`))],
  ['64 KB of address', () => get(auth(`&x=${'x'.repeat(65_536)}`))],
  ['a 64 KB cookie', () => get(auth(''), { cookie: `session=${'x'.repeat(65_536)}` })],
  ['a 64 KB header', () => get(auth(''), { 'x-forwarded-for': '1.1.1.1,'.repeat(8192) })],
  ['a 64 KB bearer token', () => get(path('/me'), { authorization: `Bearer ${'x'.repeat(65_536)}` })],
  ['a deep path', () => get(path('/a'.repeat(4000)))],
  ...POSTED.flatMap((target): [string, () => Promise<Raw>][] => [
    [`100 KB at ${target}`, () => post(target, `state=${'x'.repeat(100_000)}`, basic('web'))],
    [`5,000 parameters at ${target}`, () => post(target, many(5000), basic('web'))],
  ]),
  [
    '9 KB of state, posted',
    () => post('/auth', new URL(authorizationUrl(issuer, { state: 'x'.repeat(9000) })).search.slice(1)),
  ],
])('%s: refused, and all goes on', async (_, send) => {
  const { status, body, headers } = await send();
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  expect(headers.location).toBeUndefined();
  expect(body.length).toBeLessThan(20_000);
  await expectAlive();
});

test.each(POSTED)('one parameter 1,000 times at %s', async (target) => {
  const response = await fetch(issuer + target, {
    method: 'POST',
    headers: { ...FORM, ...basic('web') },
    body: 'client_id=web&'.repeat(1000),
  });
  expect([400, 401, 403, 414]).toContain(response.status);
});

test('100 KB without a length told', async () => {
  const body = new ReadableStream({
    start(controller) {
      for (let i = 0; i < 100; i += 1) controller.enqueue(new TextEncoder().encode(`a${i}=${'x'.repeat(1000)}&`));
      controller.close();
    },
  });
  for (const target of ['/auth', '/interaction/x/login', '/token', '/request']) {
    const response = await fetch(issuer + target, {
      method: 'POST',
      headers: FORM,
      body: target === '/auth' ? body : 'x='.padEnd(100_000, 'x'),
      duplex: 'half',
    } as RequestInit);
    expect({ target, status: response.status }).toEqual({ target, status: expect.any(Number) });
    expect([400, 401, 413]).toContain(response.status);
  }
  await expectAlive();
});

test('a password of 100 KB is not hashed', async () => {
  const agent = userAgent();
  const page = await agent.get(authorizationUrl(issuer));
  const login = formsOf(page).find(isMain)!;
  const fields = { ...login.fields, identifier: 'ada@example.com' };
  expect((await agent.post(login.action, { ...fields, password: 'x'.repeat(100_000) })).status).toBe(413);
  const long = await agent.post(login.action, { ...fields, password: 'x'.repeat(5000) });
  expect(long.status).toBeGreaterThanOrEqual(400);
  expect(long.status).toBeLessThan(500);
  const longName = await agent.post(login.action, { ...fields, identifier: 'x'.repeat(20_000), password: 'x' });
  expect(longName.status).toBeLessThan(500);
  await expectAlive();
});

test.each([
  ['claims 600 deep', `${'{"id_token":'.repeat(600)}{}${'}'.repeat(600)}`],
  [
    'claims of 500 names',
    JSON.stringify({ id_token: Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`c${i}`, null])) }),
  ],
  ['claims that would be a prototype', '{"id_token":{"__proto__":{"essential":true},"constructor":null}}'],
])('%s are no fault', async (_, claims) => {
  const agent = userAgent();
  const page = await agent.get(authorizationUrl(issuer, { claims, client_id: 'first-party' }));
  expect(page.status).toBeLessThan(500);
  if (page.url.includes('/interaction/')) expect((await signIn(agent, page)).status).toBeLessThan(500);
});
