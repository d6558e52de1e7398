import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { LIMITS } from '../../src/risk/throttle.ts';
import { forge, hs256 } from '../support/forge.ts';
import { basic, bearer, newCode, newTokens, type RawClient, rawClient } from '../support/raw-client.ts';
import { secretOf, webClient } from '../support/relying-party.ts';
import { authorizationUrl, isMain, type Params, type Stage, setStage, signedIn, signIn } from '../support/stage.ts';
import { createUserAgent, formsOf, type Page, type UserAgent } from '../support/user-agent.ts';

/** Each refused attempt is on record once: what, by whom, from where, and under the id that its answer had. */

const IP = '203.0.113.9';
const FROM = { 'x-forwarded-for': IP };

let stage: Stage;
let issuer: string;
let web: RawClient;
beforeAll(async () => {
  stage = await setStage({ GATEHOUSE_TRUSTED_PROXIES: '127.0.0.0/8,::1' });
  issuer = stage.acme.issuer;
  web = rawClient(issuer, 'web', { send });
  await stage.services.clients.create(
    stage.acme,
    webClient('asserting', {
      token_endpoint_auth_method: 'client_secret_jwt',
      token_endpoint_auth_signing_alg: 'HS256',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      post_logout_redirect_uris: [],
      response_types: [],
    }),
  );
});
afterAll(() => stage.stop());
beforeEach(async () => {
  // Guesses of one test are not those of the next.
  await stage.services.accounts.create(stage.acme, {
    email: `${++count}@example.com`,
    password: 'the right one of all',
  });
});

let count = 0;
const user = () => `${count}@example.com`;

const send: typeof fetch = (input, init) => fetch(input, { ...init, headers: { ...init?.headers, ...FROM } as never });
const browser = () => createUserAgent({ stopAt: 'https://app.example.com/', headers: FROM });
const asked = async (params: Params = {}): Promise<{ agent: UserAgent; page: Page }> => {
  const agent = browser();
  return { agent, page: await agent.get(authorizationUrl(issuer, { client_id: 'first-party', ...params })) };
};
const loginForm = (page: Page) => formsOf(page).find(isMain)!;
const signedInHere = () => signedIn(issuer, { headers: FROM });

/** The attempt, and what its answer says. */
type Attempt = () => Promise<{ headers: Headers }>;
const cases: [string, string, Attempt][] = [
  ['a wrong password', 'sign_in.failed', async () => wrongPassword(await asked())],
  [
    'an unknown user',
    'sign_in.failed',
    async () => {
      const { agent, page } = await asked();
      return signIn(agent, page, 'nobody@example.com');
    },
  ],
  [
    'too many passwords',
    'sign_in.throttled',
    async () => {
      let at = await asked();
      for (let i = 0; i < LIMITS.pair.max; i += 1) at = { ...at, page: await wrongPassword(at) };
      return wrongPassword(at);
    },
  ],
  ['a wrong client secret', 'token.refused', () => web.token({ grant_type: 'refresh_token' }, basic('web', 'wrong'))],
  ['an unknown client', 'token.refused', () => web.token({ grant_type: 'refresh_token' }, basic('nobody'))],
  ['an unknown grant type', 'token.refused', () => web.token({ grant_type: 'password' })],
  ['an unknown code', 'token.refused', () => redeemed({ code: 'unknown' })],
  ['another verifier', 'token.refused', async () => redeemed({ code_verifier: 'x'.repeat(43) })],
  [
    'a code used twice',
    'token.reuse_detected',
    async () => {
      const redemption = await newCode(browser(), web);
      await web.token(redemption);
      return web.token(redemption);
    },
  ],
  [
    'an old refresh token',
    'token.reuse_detected',
    async () => {
      const { refresh_token } = await newTokens(browser(), web);
      const { body } = await web.refresh(refresh_token);
      await web.refresh(body.refresh_token);
      return web.refresh(refresh_token);
    },
  ],
  [
    'an assertion used twice',
    'token.reuse_detected',
    async () => {
      const fields = { grant_type: 'client_credentials', ...assertion() };
      await web.token(fields, {});
      return web.token(fields, {});
    },
  ],
  ['a redirect URI of another', 'authorization.refused', () => asks({ redirect_uri: 'https://evil.example/cb' })],
  ['an authorization for an unknown client', 'authorization.refused', () => asks({ client_id: 'nobody' })],
  ['an authorization without PKCE', 'authorization.refused', () => asks({ code_challenge: undefined })],
  ['a pushed request that is not in order', 'authorization.refused', () => web.post('/request', { scope: 'openid' })],
  [
    'a consent that is denied',
    'authorization.refused',
    async () => {
      const { agent } = await signedInHere();
      const page = await agent.get(authorizationUrl(issuer, { client_id: 'web', prompt: 'consent' }));
      return agent.submit(page, { decision: 'deny' }, isMain);
    },
  ],
  ['an access token that is none', 'userinfo.refused', () => web.get('/me', bearer('at_unknown'))],
  ['introspection by a stranger', 'introspection.refused', () => by('/token/introspection')],
  ['revocation by a stranger', 'revocation.refused', () => by('/token/revocation')],
  [
    'a form without its token',
    'csrf.refused',
    async () => {
      const { agent, page } = await asked();
      return agent.post(loginForm(page).action, { identifier: 'ada', password: 'x' });
    },
  ],
  [
    'a form from elsewhere',
    'csrf.refused',
    async () => {
      const { agent, page } = await asked();
      return agent.post(loginForm(page).action, loginForm(page).fields, { origin: 'https://evil.example' });
    },
  ],
  [
    'a step that is skipped',
    'step.refused',
    async () => {
      const { agent, page } = await asked({ client_id: 'web' });
      const { action, fields } = loginForm(page);
      return agent.post(action.replace('/login', '/consent'), { ...fields, decision: 'accept' });
    },
  ],
  [
    'a choice that was not given',
    'form.refused',
    async () => {
      const { agent } = await signedInHere();
      const page = await agent.get(authorizationUrl(issuer, { client_id: 'web', prompt: 'consent' }));
      return agent.submit(page, { decision: 'perhaps' }, isMain);
    },
  ],
  [
    "another browser's interaction",
    'interaction.refused',
    async () => {
      const { page } = await asked();
      return browser().post(loginForm(page).action, loginForm(page).fields);
    },
  ],
  [
    'an interaction that is over',
    'interaction.refused',
    async () => {
      const { agent, page } = await asked();
      await signIn(agent, page);
      return agent.post(loginForm(page).action, loginForm(page).fields);
    },
  ],
  ['a resumption of nothing', 'authorization.refused', () => browser().get(`${issuer}/auth/unknown`)],
  ['a logout with a hint that is none', 'logout.refused', () => browser().get(`${issuer}/session/end?id_token_hint=x`)],
  [
    'a logout that leads elsewhere',
    'logout.refused',
    () =>
      browser().get(
        `${issuer}/session/end?client_id=web&post_logout_redirect_uri=${encodeURIComponent('https://x.example')}`,
      ),
  ],
  [
    'a logout without its token',
    'logout.refused',
    async () => {
      const { agent } = await signedInHere();
      const page = await agent.get(`${issuer}/session/end`);
      return agent.post(formsOf(page)[0]!.action, { xsrf: 'wrong', logout: 'yes' });
    },
  ],
];

test.each(cases)('%s: %s, once', async (_name, type, attempt) => {
  const { headers } = await attempt();
  const requestId = headers.get('x-request-id');
  // Written in order: once this one is there, all before it are.
  await stage.services.audit.record('acme', { type: 'test.marked' });
  const { items } = await stage.services.audit.find('acme', { limit: 1000 });
  const own = items.filter((event) => event.requestId === requestId);
  expect(requestId).toBeTruthy();
  expect(own.filter(({ outcome }) => outcome === 'failure')).toEqual([
    expect.objectContaining({ type, ip: IP, requestId, outcome: 'failure' }),
  ]);
  // What it led to is told besides.
  expect(own.map((event) => event.type).filter((other) => other !== type && other !== 'grant.revoked')).toEqual([]);
  expect(
    (await stage.services.audit.find('globex', { limit: 1000 })).items.map(({ requestId }) => requestId),
  ).not.toContain(requestId);
});

const wrongPassword = ({ agent, page }: { agent: UserAgent; page: Page }) =>
  agent.submit(page, { identifier: user(), password: 'wrong' }, isMain);
const asks = (params: Params) => browser().get(authorizationUrl(issuer, params));
const by = (path: string) => web.post(path, { token: 'at_unknown' }, basic('web', 'wrong'));

async function redeemed(over: Record<string, string>) {
  return web.token({ ...(await newCode(browser(), web)), ...over });
}

function assertion() {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: 'asserting', sub: 'asserting', aud: issuer, jti: randomUUID(), iat: now, exp: now + 60 };
  return {
    client_assertion: forge({ alg: 'HS256' }, claims, hs256(secretOf('asserting'))),
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  };
}
