import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { PASSWORD } from '../support/relying-party.ts';
import { authorizationUrl, isMain, type Params, type Stage, setStage, signedIn, userAgent } from '../support/stage.ts';
import { type Form, formsOf, type Page, type UserAgent } from '../support/user-agent.ts';

/** Forms that another site makes a browser send: for each POST route of the pages, each way of forging. */

let stage: Stage;
let issuer: string;
beforeAll(async () => {
  stage = await setStage();
  issuer = stage.acme.issuer;
});
afterAll(() => stage.stop());

const STEPS = ['login', 'account', 'consent', 'cancel'] as const;
type Route = (typeof STEPS)[number] | 'logout';
type Victim = { agent: UserAgent; page: Page; form: Form; fields: Record<string, string> };

const ANSWERS: Record<Route, Record<string, string>> = {
  login: { identifier: 'ada@example.com', password: PASSWORD },
  account: { choice: 'continue' },
  consent: { decision: 'accept' },
  cancel: {},
  logout: { logout: 'yes' },
};

/** A browser before the form of that route, with what its owner would send. */
async function victimOf(route: Route): Promise<Victim> {
  const params: Record<Route, Params> = {
    login: {},
    cancel: {},
    logout: {},
    account: { prompt: 'select_account' },
    consent: { client_id: 'web', prompt: 'consent' },
  };
  const isAnonymous = route === 'login' || route === 'cancel';
  const { agent } = isAnonymous ? { agent: userAgent() } : await signedIn(issuer);
  const url = route === 'logout' ? `${issuer}/session/end` : authorizationUrl(issuer, params[route]);
  const page = await agent.get(url);
  const form = formsOf(page).find((found) => (route === 'cancel') !== isMain(found))!;
  return { agent, page, form, fields: { ...form.fields, ...ANSWERS[route] } };
}

const ROUTES: Route[] = [...STEPS, 'logout'];
const tokenOf = (route: Route) => (route === 'logout' ? 'xsrf' : 'csrf');

const FORGERIES: [string, (route: Route) => { headers?: Record<string, string>; token?: string | null }][] = [
  ['without a token', () => ({ token: null })],
  ['with an empty token', () => ({ token: '' })],
  ['with a wrong token', () => ({ token: 'A'.repeat(43) })],
  ['from another origin', () => ({ headers: { origin: 'https://evil.example' } })],
  ['from another port', () => ({ headers: { origin: 'http://localhost:1' } })],
  ['from a sandbox of another site', () => ({ headers: { origin: 'null', 'sec-fetch-site': 'cross-site' } })],
  ['from another site, origin untold', () => ({ headers: { 'sec-fetch-site': 'cross-site' } })],
  ['from a neighbour', () => ({ headers: { 'sec-fetch-site': 'same-site' } })],
];

const FORGED = ROUTES.flatMap((route) => FORGERIES.map(([name, forge]) => [route, name, forge(route)] as const));

test.each(FORGED)('%s %s: refused, and nothing is changed', async (route, _, { headers, token }) => {
  const { agent, form, fields } = await victimOf(route);
  const { [tokenOf(route)]: own, ...rest } = fields;
  const sent = token === null ? rest : { ...rest, [tokenOf(route)]: token ?? own! };
  const cookies = JSON.stringify(agent.cookies());
  const page = await agent.post(form.action, sent, headers);
  expect(page.trail).toHaveLength(1);
  expect(route === 'logout' ? [400, 403] : [403]).toContain(page.status);
  expect(JSON.stringify(agent.cookies())).toBe(cookies);
  // What the owner has before him still works.
  const own_ = await agent.post(form.action, fields);
  expect(own_.trail[0]).toMatchObject({ status: 303 });
});

test.each(ROUTES.filter((route) => route !== 'logout'))('%s with the token of another sign-in', async (route) => {
  const victim = await victimOf(route);
  const attacker = await victimOf(route);
  const page = await victim.agent.post(victim.form.action, { ...victim.fields, csrf: attacker.fields.csrf! });
  expect(page).toMatchObject({ status: 403, trail: { length: 1 } });
});

test('the logout token of another browser', async () => {
  const victim = await victimOf('logout');
  const attacker = await victimOf('logout');
  const page = await victim.agent.post(victim.form.action, { ...victim.fields, xsrf: attacker.fields.xsrf! });
  expect(page).toMatchObject({ status: 400, trail: { length: 1 } });
});

test.each(ROUTES)('%s by GET, or by what a plain form cannot be', async (route) => {
  const { agent, form, fields } = await victimOf(route);
  const got = await agent.get(`${form.action}${form.action.includes('?') ? '&' : '?'}${new URLSearchParams(fields)}`);
  expect(got.url).not.toContain('code=');
  const cookie = agent
    .cookies()
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ');
  for (const type of ['text/plain', 'application/json', 'multipart/form-data; boundary=x', '']) {
    const response = await fetch(form.action, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': type, cookie },
      body: new URLSearchParams(fields).toString(),
    });
    expect({ type, status: response.status }).toEqual({ type, status: expect.any(Number) });
    expect([400, 415]).toContain(response.status);
  }
  expect((await agent.post(form.action, fields)).trail[0]).toMatchObject({ status: 303 });
});

test.each([
  ['as browsers send it under Referrer-Policy no-referrer', { origin: 'null', 'sec-fetch-site': 'same-origin' }],
  ['as old browsers send it', {}],
])('a form of ours is taken %s', async (_, headers) => {
  for (const route of ROUTES) {
    const { agent, form, fields } = await victimOf(route);
    expect((await agent.post(form.action, fields, headers)).trail[0]).toMatchObject({ status: 303 });
  }
});
