import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { NEAR_MISSES } from '../support/hostile.ts';
import {
  answerOf,
  authorizationUrl,
  BYE,
  goOn,
  redeem,
  type Stage,
  setStage,
  signedIn,
  userAgent,
} from '../support/stage.ts';
import { createUserAgent, type UserAgent } from '../support/user-agent.ts';

let stage: Stage;
let issuer: string;
let agent: UserAgent;
let idToken: string;
beforeAll(async () => {
  stage = await setStage();
  issuer = stage.acme.issuer;
  const signed = await signedIn(issuer);
  agent = signed.agent;
  idToken = String((await redeem(issuer, answerOf(signed.page).code)).body.id_token);
});
afterAll(() => stage.stop());

const end = (params: Record<string, string> = {}) => `${issuer}/session/end?${new URLSearchParams(params)}`;
const isSignedIn = async (who = agent) =>
  'code' in answerOf(await who.get(authorizationUrl(issuer, { client_id: 'first-party', prompt: 'none' })));

test.each<[string, () => Record<string, string>]>([
  ['no hint', () => ({})],
  ['a good hint', () => ({ id_token_hint: idToken })],
  ['a client only', () => ({ client_id: 'first-party' })],
  ['an answer in the query', () => ({ logout: 'yes', xsrf: 'x' })],
  ['a broken hint', () => ({ id_token_hint: 'x.y.z' })],
  ['an unsigned hint', () => ({ id_token_hint: `eyJhbGciOiJub25lIn0.${idToken.split('.')[1]}.` })],
  ["another client's hint", () => ({ id_token_hint: idToken, client_id: 'web' })],
])('an image of the logout address, with %s, signs nobody out', async (_, params) => {
  for (const headers of [{ accept: 'image/*', 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'image' }, undefined]) {
    const page = await agent.get(end(params()), headers);
    expect(page.trail).toHaveLength(1);
    expect(await isSignedIn()).toBe(true);
  }
});

test('HEAD, and the address of the answer by GET, sign nobody out', async () => {
  const cookie = agent
    .cookies()
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ');
  await fetch(end({ logout: 'yes' }), { method: 'HEAD', headers: { cookie } });
  const got = await agent.get(`${issuer}/session/end/confirm?logout=yes`);
  expect([404, 405]).toContain(got.status);
  expect(await isSignedIn()).toBe(true);
});

test.each([
  ...NEAR_MISSES.map((uri) => uri.replace('/cb', '/bye').replace('ｃb', 'ｂye')),
  'https://app.example.com/cb',
])('after logout nobody is sent to %j', async (post_logout_redirect_uri) => {
  for (const [name, value] of [
    ['client_id', 'first-party'],
    ['id_token_hint', idToken],
  ] as const) {
    const page = await agent.get(end({ [name]: value, post_logout_redirect_uri }));
    expect(page).toMatchObject({ status: 400, trail: { length: 1 } });
    expect(page.headers.get('location')).toBeNull();
  }
  // Nobody vouches for the address: it is forgotten, and the page is ours.
  const anonymous = userAgent();
  const page = await goOn(anonymous, await anonymous.get(end({ post_logout_redirect_uri })));
  expect(page.url).toBe(`${issuer}/session/end/success`);
});

test('an address that the hint does not vouch for is not taken from another client', async () => {
  const page = await agent.get(end({ post_logout_redirect_uri: BYE }));
  const { agent: other } = await signedIn(issuer);
  const asked = await other.get(end({ post_logout_redirect_uri: BYE }));
  const done = await other.submit(asked, { logout: 'yes' });
  expect([page.status, done.url]).toEqual([200, `${issuer}/session/end/success`]);
});

test('with a good hint, asked and answered, the user is signed out and sent back with the state', async () => {
  const signed = await signedIn(issuer);
  const asked = await signed.agent.get(end({ id_token_hint: idToken, post_logout_redirect_uri: BYE, state: 'a b"<' }));
  const done = await signed.agent.submit(asked, { logout: 'yes' });
  expect(done.url.startsWith(`${BYE}?`)).toBe(true);
  expect(answerOf(done)).toEqual({ state: 'a b"<' });
  expect(await isSignedIn(signed.agent)).toBe(false);
});

test('who stays, stays', async () => {
  const signed = await signedIn(issuer);
  await signed.agent.submit(await signed.agent.get(end()));
  expect(await isSignedIn(signed.agent)).toBe(true);
});

test('logout ends this tenant only', async () => {
  const both = createUserAgent({ stopAt: 'https://app.example.com/' });
  const there = await signedIn(stage.globex.issuer);
  const here = await signedIn(issuer);
  both.setCookies([...there.agent.cookies(), ...here.agent.cookies()]);
  await both.submit(await both.get(end()), { logout: 'yes' });
  expect(await isSignedIn(both)).toBe(false);
  const silent = authorizationUrl(stage.globex.issuer, { client_id: 'first-party', prompt: 'none' });
  expect(answerOf(await both.get(silent)).code).toBeDefined();
});

test('POST works as GET at /auth and /session/end, and no more', async () => {
  const signed = await signedIn(issuer);
  const request = new URL(authorizationUrl(issuer, { client_id: 'first-party' }));
  const page = await signed.agent.post(`${issuer}/auth`, Object.fromEntries(request.searchParams));
  expect(answerOf(page)).toMatchObject({ code: expect.any(String), state: 'the-state' });
  expect(page.trail.map(({ status }) => status)).toEqual([303, 303]);
  const asked = await signed.agent.post(
    `${issuer}/session/end`,
    { id_token_hint: idToken },
    { 'sec-fetch-site': 'cross-site' },
  );
  expect(asked.body).toContain('name="logout"');
  expect(await isSignedIn(signed.agent)).toBe(true);
});

test('tokens of the session that ended are dead', async () => {
  const signed = await signedIn(issuer);
  const { body } = await redeem(issuer, answerOf(signed.page).code);
  const userinfo = () => fetch(`${issuer}/me`, { headers: { authorization: `Bearer ${body.access_token}` } });
  expect((await userinfo()).status).toBe(200);
  await signed.agent.submit(await signed.agent.get(end()), { logout: 'yes' });
  expect((await userinfo()).status).toBe(401);
});
