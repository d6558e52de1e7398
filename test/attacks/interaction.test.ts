import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { PASSWORD } from '../support/relying-party.ts';
import {
  answerOf,
  authorizationUrl,
  isMain,
  type Stage,
  setStage,
  signedIn,
  signIn,
  userAgent,
} from '../support/stage.ts';
import { formsOf, type Page, type UserAgent } from '../support/user-agent.ts';

/** Sign-ins that are swapped, cut short, or played twice. */

let stage: Stage;
let issuer: string;
beforeAll(async () => {
  stage = await setStage();
  issuer = stage.acme.issuer;
});
afterAll(() => stage.stop());

const uidOf = (page: Page) => new URL(page.url).pathname.split('/').at(-1)!;
const begin = async (params = {}, agent: UserAgent = userAgent(), at = issuer) => {
  const page = await agent.get(authorizationUrl(at, params));
  const form = formsOf(page).find(isMain)!;
  return { agent, page, uid: uidOf(page), csrf: form.fields.csrf! };
};
const credentials = { identifier: 'ada@example.com', password: PASSWORD };

/** A page that says what is the matter and leads on: never a dead end, never a fault. */
function expectFriendly(page: Page, status = 400): void {
  expect(page.status).toBe(status);
  expect(page.body).toContain('role="alert"');
  expect(page.body).not.toMatch(/at .*\.(ts|js):\d+|server_error/);
  expect(page.url).not.toContain('code=');
}

test("a browser cannot act on another browser's sign-in", async () => {
  const [victim, attacker] = [await begin(), await begin()];
  const at = `${issuer}/interaction/${victim.uid}`;
  expectFriendly(await attacker.agent.get(at));
  expectFriendly(await attacker.agent.post(`${at}/login`, { ...credentials, csrf: victim.csrf }));
  expectFriendly(await attacker.agent.post(`${at}/cancel`, { csrf: victim.csrf }));
  expectFriendly(await attacker.agent.get(`${issuer}/auth/${victim.uid}`));
  // Login CSRF: the attacker's own sign-in, whose link and token the victim was given.
  const mine = `${issuer}/interaction/${attacker.uid}`;
  expectFriendly(await victim.agent.get(mine));
  expectFriendly(await victim.agent.post(`${mine}/login`, { ...credentials, csrf: attacker.csrf }));
  expect(victim.agent.cookies().map(({ name }) => name)).not.toContain('session');
});

test('a cookie moved to the path of another sign-in does not fit', async () => {
  const [victim, attacker] = [await begin(), await begin()];
  attacker.agent.setCookies(
    attacker.agent.cookies().map((cookie) => ({ ...cookie, path: cookie.path.replace(attacker.uid, victim.uid) })),
  );
  const at = `${issuer}/interaction/${victim.uid}`;
  expectFriendly(await attacker.agent.get(at));
  expectFriendly(await attacker.agent.post(`${at}/login`, { ...credentials, csrf: victim.csrf }));
  expectFriendly(await attacker.agent.get(`${issuer}/auth/${victim.uid}`));
});

test('a cookie that was made up is not believed', async () => {
  const { agent, page, uid } = await begin();
  agent.setCookies(
    agent.cookies().map((cookie) => (cookie.name.endsWith('.sig') ? { ...cookie, value: 'x' } : cookie)),
  );
  expectFriendly(await agent.get(page.url));
  expectFriendly(await agent.get(`${issuer}/auth/${uid}`));
});

test('a sign-in of one tenant is none of another', async () => {
  const { agent, uid, csrf } = await begin({ client_id: 'first-party' });
  agent.setCookies(agent.cookies().map((cookie) => ({ ...cookie, path: cookie.path.replace('acme', 'globex') })));
  const at = `${stage.globex.issuer}/interaction/${uid}`;
  expectFriendly(await agent.get(at));
  expect((await agent.post(`${at}/login`, { ...credentials, csrf })).status).toBe(403);
  expectFriendly(await agent.get(`${stage.globex.issuer}/auth/${uid}`));

  const { agent: member } = await signedIn(issuer);
  member.setCookies(member.cookies().map((cookie) => ({ ...cookie, path: cookie.path.replace('acme', 'globex') })));
  const silent = authorizationUrl(stage.globex.issuer, { client_id: 'first-party', prompt: 'none' });
  expect(answerOf(await member.get(silent)).error).toBe('login_required');
});

test.each([
  ['login', ['consent', 'account'], { client_id: 'web' }],
  ['consent', ['login', 'account'], { client_id: 'web' }],
  ['select_account', ['consent'], { prompt: 'select_account' }],
])('at %s, no later or earlier step can be posted', async (prompt, steps, params) => {
  const signed = prompt === 'login' ? userAgent() : (await signedIn(issuer)).agent;
  const { agent, uid, csrf } = await begin(params, signed);
  const answers = { ...credentials, decision: 'accept', choice: 'continue', csrf };
  for (const step of steps) expectFriendly(await agent.post(`${issuer}/interaction/${uid}/${step}`, answers));
  for (const step of ['x', 'finish', 'login/x', '']) {
    const posted = await agent.post(`${issuer}/interaction/${uid}/${step}`, answers);
    expect([400, 404, 405]).toContain(posted.status);
  }
  // Where no step was answered, going on asks the same again.
  const skipped = await agent.get(`${issuer}/auth/${uid}`);
  expect(skipped.url).not.toContain('code=');
});

test('a finished sign-in is over: form, page and way on, and the page says so', async () => {
  const { agent, page, uid, csrf } = await begin({ client_id: 'first-party' });
  const done = await signIn(agent, page);
  expect(answerOf(done).code).toBeDefined();
  expectFriendly(await agent.get(page.url));
  expectFriendly(await agent.post(`${issuer}/interaction/${uid}/login?client=web`, { ...credentials, csrf }));
  expectFriendly(await agent.get(`${issuer}/auth/${uid}`));
  expectFriendly(await agent.post(`${issuer}/interaction/${uid}/cancel`, { csrf }));
  // The client's own page is the way on, where it has one.
  const lost = await agent.get(`${issuer}/interaction/${uid}?client=web`);
  expect(lost.body).toContain('href="https://app.example.com/"');
});

test('back to the sign-in page after consent was asked: no old answer passes for a new one', async () => {
  const { agent, page, uid, csrf } = await begin({ client_id: 'web' });
  const consent = await signIn(agent, page);
  expect(consent.body).toContain('value="accept"');
  const again = await agent.post(`${issuer}/interaction/${uid}/login`, { ...credentials, csrf });
  expectFriendly(again);
  expect(answerOf(await agent.submit(consent, { decision: 'accept' }, isMain)).code).toBeDefined();
  expectFriendly(await agent.submit(consent, { decision: 'accept' }, isMain));
});

test.each([2, 8])('a form sent %i times at once ends well once, and is no fault', async (times) => {
  const { agent, page } = await begin({ client_id: 'first-party' });
  const pages = await Promise.all(Array.from({ length: times }, () => signIn(agent, page)));
  const done = pages.filter(({ url }) => url.includes('code='));
  expect(done.length).toBeGreaterThanOrEqual(1);
  for (const other of pages.filter((each) => !done.includes(each))) expect(other.status).toBe(400);
});

test('two tabs of one browser each come to their end', async () => {
  const first = await begin({ client_id: 'first-party', state: 'one' });
  const second = await begin({ client_id: 'first-party', state: 'two' }, first.agent);
  expect(answerOf(await signIn(first.agent, second.page))).toMatchObject({ code: expect.any(String), state: 'two' });
  expect(answerOf(await signIn(first.agent, first.page))).toMatchObject({ code: expect.any(String), state: 'one' });
});

test('no cookies at all: a friendly page', async () => {
  const agent = userAgent();
  const page = await agent.get(authorizationUrl(issuer));
  agent.setCookies([]);
  expectFriendly(await agent.get(page.url));
  expectFriendly(await signIn(agent, page));
});
