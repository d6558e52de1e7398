import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePort } from '../support/ports.ts';
import { PASSWORD, webClient } from '../support/relying-party.ts';
import {
  answerOf,
  authorizationUrl,
  goOn,
  isMain,
  type Stage,
  setStage,
  signedIn,
  signIn,
  userAgent,
} from '../support/stage.ts';
import { createUserAgent, type UserAgent } from '../support/user-agent.ts';

let stage: Stage;
let issuer: string;
beforeAll(async () => {
  stage = await setStage();
  issuer = stage.acme.issuer;
});
afterAll(() => stage.stop());

const silent = () => authorizationUrl(issuer, { client_id: 'first-party', prompt: 'none' });
const sessionOf = (agent: UserAgent) => agent.cookies().filter(({ name }) => /session/.test(name));
/** Another browser with the cookies that one had. */
const thief = (cookies: ReturnType<UserAgent['cookies']>) => {
  const agent = userAgent();
  agent.setCookies(cookies);
  return agent;
};
const outcome = async (agent: UserAgent) => Object.keys(answerOf(await agent.get(silent())))[0];

test('a session that an attacker planted is not the one that is signed in', async () => {
  for (const value of ['planted', 'A'.repeat(43), '', '../../x', 'a'.repeat(3000)]) {
    const planted = {
      name: 'session',
      value,
      host: 'localhost',
      path: '/t/acme',
      httpOnly: true,
      secure: false,
      sameSite: 'lax',
    };
    const agent = thief([planted]);
    const page = await signIn(agent, await agent.get(authorizationUrl(issuer, { client_id: 'first-party' })));
    expect(answerOf(page).code).toBeDefined();
    expect(sessionOf(agent).find(({ name }) => name === 'session')!.value).not.toBe(value);
    expect(await outcome(thief([planted]))).toBe('error');
  }
});

test.each<[string, (agent: UserAgent) => Promise<unknown>]>([
  [
    'a new sign-in',
    async (agent) =>
      signIn(agent, await agent.get(authorizationUrl(issuer, { client_id: 'first-party', prompt: 'login' }))),
  ],
  [
    'another account',
    async (agent) => {
      const asked = await agent.get(authorizationUrl(issuer, { client_id: 'first-party', prompt: 'select_account' }));
      const form = await agent.submit(asked, { choice: 'other' }, isMain);
      return goOn(agent, await signIn(agent, form, 'grace@example.com'));
    },
  ],
  [
    'consent',
    async (agent) =>
      agent.submit(await agent.get(authorizationUrl(issuer, { client_id: 'web' })), { decision: 'accept' }, isMain),
  ],
])('the session changes its name at %s, and the old one is dead', async (_, act) => {
  const { agent } = await signedIn(issuer);
  const before = sessionOf(agent);
  await act(agent);
  const [now] = sessionOf(agent);
  expect(now!.value).not.toBe(before[0]!.value);
  expect(await outcome(agent)).toBe('code');
  expect(await outcome(thief(before))).toBe('error');
});

test('the session is dead after logout, and so is its copy', async () => {
  const { agent } = await signedIn(issuer);
  const copy = sessionOf(agent);
  await agent.submit(await agent.get(`${issuer}/session/end`), { logout: 'yes' });
  expect(await outcome(agent)).toBe('error');
  expect(await outcome(thief(copy))).toBe('error');
});

test('after another account signed in, nothing of the first is left', async () => {
  const { agent } = await signedIn(issuer);
  const asked = await agent.get(authorizationUrl(issuer, { client_id: 'web', prompt: 'login' }));
  const page = await goOn(agent, await signIn(agent, asked, 'grace@example.com'));
  expect(page.body).toContain('grace@example.com');
  expect(page.body).not.toContain('ada@example.com');
});

/** One installation behind a proxy that ends TLS: `acme` by its path, `own` by a host of its own. */
const started: Stage[] = [];
afterAll(() => Promise.all(started.map((each) => each.stop())));

async function overTls() {
  const port = await freePort();
  const secure = await setStage({
    PORT: String(port),
    GATEHOUSE_URL: 'https://login.example.com',
    GATEHOUSE_TRUSTED_PROXIES: '127.0.0.1/32,::1/128',
  });
  started.push(secure);
  const own = await secure.tenant({
    id: 'own',
    issuer: 'https://id.own.example',
    settings: { signing: { algorithms: ['ES256'] } },
  });
  await secure.services.clients.create(own, webClient('first-party', { skip_consent: true }));
  await secure.services.accounts.create(own, { email: 'ada@example.com', email_verified: true, password: PASSWORD });
  const send = ((input: URL, init: RequestInit) =>
    fetch(`http://localhost:${port}${input.pathname}${input.search}`, {
      ...init,
      headers: { ...init.headers, 'x-forwarded-proto': 'https', 'x-forwarded-host': input.host },
    })) as typeof fetch;
  return { secure, own, send };
}

test.each([
  [
    'http',
    () =>
      Promise.resolve({
        at: issuer,
        path: '/t/acme',
        prefix: '',
        session: 'session',
        send: fetch,
      }),
  ],
  [
    'https, by path',
    async () => {
      const { secure, send } = await overTls();
      return {
        at: secure.acme.issuer,
        path: '/t/acme',
        prefix: '__Secure-',
        session: '__Secure-session',
        send,
      };
    },
  ],
  [
    'https, own host',
    async () => {
      const { own, send } = await overTls();
      return { at: own.issuer, path: '', prefix: '__Secure-', session: '__Host-session', send };
    },
  ],
])('cookies over %s', async (_, begin) => {
  const { at, path, prefix, session, send } = await begin();
  const lines: string[] = [];
  const agent = createUserAgent({
    stopAt: 'https://app.example.com/',
    headers: { 'accept-language': 'de' },
    send: (async (...args: Parameters<typeof fetch>) => {
      const response = await send(...args);
      lines.push(...response.headers.getSetCookie());
      return response;
    }) as typeof fetch,
  });
  const page = await signIn(
    agent,
    await agent.get(authorizationUrl(at, { client_id: 'first-party', ui_locales: 'de' })),
  );
  expect(answerOf(page)).toMatchObject({ code: expect.any(String), iss: at });
  const signedInAs = agent.cookies().find(({ name }) => name === session)!;
  await agent.submit(await agent.get(`${at}/session/end`), { logout: 'yes' });

  const isSecure = prefix !== '';
  const names = new Set<string>();
  for (const line of lines) {
    const [pair = '', ...rest] = line.split('; ');
    const flags = rest.map((text) => text.toLowerCase());
    const name = pair.slice(0, pair.indexOf('='));
    names.add(name);
    expect({ line, flags }).toEqual({ line, flags: expect.arrayContaining(['httponly', 'samesite=lax']) });
    expect(flags.includes('secure')).toBe(isSecure);
    expect(flags.some((flag) => flag.startsWith('domain'))).toBe(false);
    expect(line.length).toBeLessThan(4096);
    const given = flags.find((flag) => flag.startsWith('path='))!.slice('path='.length);
    expect(given.startsWith(name.startsWith('__Host-') ? '/' : path)).toBe(true);
    if (name.startsWith('__Host-')) expect(given).toBe('/');
    else expect(name.startsWith(prefix)).toBe(true);
  }
  expect(names).toContain(session);
  // 43 characters of base64url: 256 bits and no more than an id.
  expect(signedInAs.value).toMatch(/^[\w-]{22,64}$/);
  expect(signedInAs.path).toBe(path || '/');
});
