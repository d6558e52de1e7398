import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as jose from 'jose';
import { moveClock, restoreClock } from '../support/clock.ts';
import { CALLBACK } from '../support/relying-party.ts';
import {
  answerOf,
  authorizationUrl,
  goOn,
  isMain,
  type Params,
  redeem,
  type Stage,
  setStage,
  signedIn,
  signIn,
  userAgent,
} from '../support/stage.ts';
import type { Page } from '../support/user-agent.ts';

/** What happens, or must not, without the user: `prompt=none`, hints, and requests that want the user to be there. */

let stage: Stage;
let issuer: string;
beforeAll(async () => {
  stage = await setStage();
  issuer = stage.acme.issuer;
});
afterAll(() => {
  restoreClock();
  return stage.stop();
});

const firstParty = (params: Params = {}) => authorizationUrl(issuer, { client_id: 'first-party', ...params });
const idTokenOf = async (page: Page, by = 'first-party') => {
  const { body } = await redeem(issuer, answerOf(page).code, by);
  return { token: String(body.id_token), claims: jose.decodeJwt(String(body.id_token)) };
};
test.each<[string, Params, string]>([
  ['nobody is signed in', {}, 'login_required'],
  ['nobody is signed in, whoever is hinted at', { login_hint: 'ada@example.com' }, 'login_required'],
])('prompt=none, %s', async (_, params, error) => {
  for (const response_mode of ['query', 'fragment']) {
    const page = await userAgent().get(firstParty({ prompt: 'none', response_mode, ...params }));
    expect(page.url).toMatch(CALLBACK);
    expect(answerOf(page)).toMatchObject({ error, iss: issuer, state: 'the-state' });
  }
});

test.each<[string, Params, string]>([
  ['consent is missing', { client_id: 'web' }, 'consent_required'],
  [
    'a claim is not allowed yet',
    { client_id: 'web', claims: '{"userinfo":{"phone_number":null}}' },
    'consent_required',
  ],
  ['the sign-in is too old', { max_age: '60' }, 'login_required'],
  ['another user is wanted', { claims: '{"id_token":{"sub":{"value":"somebody"}}}' }, 'login_required'],
])('prompt=none, signed in, %s', async (_, params, error) => {
  const { agent } = await signedIn(issuer);
  moveClock(120);
  const page = await agent.get(firstParty({ prompt: 'none', ...params }));
  expect(page.url).toMatch(CALLBACK);
  expect([error, 'interaction_required']).toContain(answerOf(page).error);
  expect(page.trail).toHaveLength(1);
});

test('prompt=none gives a code where nothing is missing', async () => {
  const { agent } = await signedIn(issuer);
  expect(answerOf(await agent.get(firstParty({ prompt: 'none', max_age: '60' }))).code).toBeDefined();
});

test.each<[string, Params]>([
  ['prompt=login', { prompt: 'login' }],
  ['max_age=0', { max_age: '0' }],
  ['max_age=60', { max_age: '60' }],
])('%s asks for the password again', async (_, params) => {
  const { agent } = await signedIn(issuer);
  moveClock(120);

  const asked = await agent.get(firstParty(params));
  expect(asked.url).toContain('/interaction/');
  expect(asked.body).toContain('name="password"');
  // Going on without an answer leads back, never forth.
  const uid = asked.url.split('/interaction/')[1]!.split('?')[0]!;
  const skipped = await agent.get(`${issuer}/auth/${uid}`);
  expect(skipped.url).not.toContain('code=');
});

test('a fresh sign-in is newer than the one before it', async () => {
  const { agent } = await signedIn(issuer);
  moveClock(120);
  const old = (await idTokenOf(await agent.get(firstParty({ max_age: '3600' })))).claims.auth_time as number;
  const asked = await agent.get(firstParty({ prompt: 'login', max_age: '3600' }));
  const next = (await idTokenOf(await signIn(agent, asked))).claims.auth_time as number;
  expect(next).toBeGreaterThanOrEqual(old + 120);
});

test('prompt=consent and prompt=select_account ask what was answered before', async () => {
  const { agent } = await signedIn(issuer);
  expect((await agent.get(firstParty({ prompt: 'consent' }))).body).toContain('value="accept"');
  expect((await agent.get(firstParty({ prompt: 'select_account' }))).body).toContain('name="choice"');
});

test.each(['consent', 'login', 'select_account', 'login consent', 'select_account login consent'])(
  'prompt=%s asks each, and an answer to one is not an answer to the next',
  async (prompt) => {
    const { agent } = await signedIn(issuer);
    let page = await agent.get(firstParty({ prompt }));
    const asked: string[] = [];
    while (!page.url.startsWith(CALLBACK)) {
      const [step, answer]: [string, Record<string, string>] = /name="password"/.test(page.body)
        ? ['login', {}]
        : /name="choice"/.test(page.body)
          ? ['select_account', { choice: 'continue' }]
          : ['consent', { decision: 'accept' }];
      asked.push(step);
      expect(asked.length).toBeLessThan(4);
      page = step === 'login' ? await signIn(agent, page) : await agent.submit(page, answer, isMain);
    }
    expect(asked.join(' ')).toBe(prompt);
    expect(answerOf(page).code).toBeDefined();
  },
);

test('hints at another user, client or tenant switch nobody', async () => {
  const ada = await signedIn(issuer);
  const grace = await signedIn(issuer, { identifier: 'grace@example.com' });
  const elsewhere = await signedIn(stage.globex.issuer);
  const hers = (await idTokenOf(grace.page)).token;
  const own = (await idTokenOf(ada.page)).token;
  const foreign = await redeem(stage.globex.issuer, answerOf(elsewhere.page).code);
  const [, payload] = own.split('.');
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
  const table: [string, string, string][] = [
    ['of another user', hers, 'login_required'],
    ['of another tenant', String(foreign.body.id_token), 'invalid_request'],
    ['unsigned', unsigned, 'invalid_request'],
    ['with a bad signature', `${own.slice(0, -8)}AAAAAAAA`, 'invalid_request'],
  ];
  for (const [what, id_token_hint, error] of table) {
    const page = await ada.agent.get(firstParty({ prompt: 'none', id_token_hint }));
    expect({ what, error: answerOf(page).error }).toEqual({ what, error });
  }
  const other = await ada.agent.get(authorizationUrl(issuer, { client_id: 'web', prompt: 'none', id_token_hint: own }));
  expect(answerOf(other).error).toBe('invalid_request');
  expect(answerOf(await ada.agent.get(firstParty({ prompt: 'none', id_token_hint: own }))).code).toBeDefined();
});

test.each<[string, (grace: string) => Params]>([
  ['a hint', (id_token_hint) => ({ id_token_hint })],
  ['a claim', (token) => ({ claims: JSON.stringify({ id_token: { sub: { value: jose.decodeJwt(token).sub } } }) })],
])('%s at another user asks for a sign-in, which has to be hers', async (_, params) => {
  const grace = await signedIn(issuer, { identifier: 'grace@example.com' });
  const wanted = params((await idTokenOf(grace.page)).token);
  const { agent } = await signedIn(issuer);
  for (const [identifier, answer] of [
    ['ada@example.com', { error: 'login_required', iss: issuer, state: 'the-state' }],
    ['grace@example.com', { code: expect.any(String) }],
  ] as const) {
    const asked = await agent.get(firstParty(wanted));
    expect(asked.body).toContain('name="password"');
    const page = await goOn(agent, await signIn(agent, asked, identifier));
    expect(answerOf(page)).toMatchObject(answer);
  }
});

test('a demand that no sign-in can meet ends the request, and is not asked for again and again', async () => {
  const claims = JSON.stringify({ id_token: { acr: { essential: true, values: ['gold'] } } });
  const unmet = { error: 'unmet_authentication_requirements', iss: issuer };
  for (const params of [{ claims }, { acr_values: 'gold' }, { acr_values: 'gold', prompt: 'none' }])
    expect(answerOf(await userAgent().get(firstParty(params)))).toMatchObject(unmet);
});
