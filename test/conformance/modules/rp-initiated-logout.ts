import { randomBytes } from 'node:crypto';
import { expect } from '@jest/globals';
import { to } from '../../support/user-agent.ts';
import { type Browser, createBrowser, SUITE } from '../suite/browser.ts';
import { authorize, type Params, type Plan, signIn } from '../suite/flow.ts';
import type { Modules } from '../suite/modules.ts';

export const POST_LOGOUT = `${SUITE}test/a/gatehouse/post_logout_redirect`;

/** Goes to the end_session_endpoint, and says yes where asked; `undefined` leaves a parameter out. */
export async function logout(plan: Plan, browser: Browser, id_token: string, params: Params) {
  const request = { id_token_hint: id_token, post_logout_redirect_uri: POST_LOGOUT, state: longState(), ...params };
  const given = Object.entries(request).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const page = await browser.agent.get(`${plan.op.metadata.end_session_endpoint}?${new URLSearchParams(given)}`);
  const asks = page.body.includes('name="logout"');
  return {
    state: request.state,
    page: asks ? await browser.agent.submit(page, { logout: 'yes' }, to('session/end/confirm')) : page,
    asks,
  };
}

/** 128 characters, which must come back as they were. */
const longState = () => randomBytes(96).toString('base64url');

export const isSignedOut = async (plan: Plan, browser: Browser) => {
  const { answer } = await authorize(plan, { prompt: 'none' }, browser);
  return /^(login|interaction)_required$/.test(answer.error ?? '');
};

/** The user comes back to the application, signed out. */
const comesBack = (params: Params) => async (plan: Plan) => {
  const browser = createBrowser(plan.op);
  const { id_token } = await signIn(plan, {}, browser);
  const { page, state } = await logout(plan, browser, id_token!, params);
  const url = new URL(page.url);
  expect(url.origin + url.pathname).toBe(POST_LOGOUT);
  expect(url.searchParams.get('state')).toBe('state' in params ? null : state);
  expect(await isSignedOut(plan, browser)).toBe(true);
};

/** The user stays with us: asked whether they want to, or told that something is wrong. `out`: signed out after a yes. */
const stays = (params: (id_token: string) => Params, out?: boolean) => async (plan: Plan) => {
  const browser = createBrowser(plan.op);
  const { id_token } = await signIn(plan, {}, browser);
  const { page, asks } = await logout(plan, browser, id_token!, params(id_token!));
  expect(page.url).not.toMatch(SUITE);
  expect(asks || page.status === 400).toBe(true);
  if (out) expect([page.status, await isSignedOut(plan, browser)]).toEqual([200, true]);
};

const unsigned = (id_token: string) => {
  const header = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
  return `${header}.${id_token.split('.')[1]}.`;
};

export const rpInitiatedLogout: Modules = {
  'oidcc-rp-initiated-logout-discovery-endpoint-verification': async ({ op }) => {
    expect(op.metadata.end_session_endpoint).toMatch(`${op.issuer}/`);
  },
  'oidcc-rp-initiated-logout': comesBack({}),
  'oidcc-rp-initiated-logout-no-state': comesBack({ state: undefined }),
  'oidcc-rp-initiated-logout-bad-post-logout-redirect-uri': stays(() => ({
    post_logout_redirect_uri: `${SUITE}test/a/gatehouse/other`,
  })),
  'oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri': stays(() => ({
    post_logout_redirect_uri: `${POST_LOGOUT}?foo=bar`,
  })),
  'oidcc-rp-initiated-logout-modified-id-token-hint': stays((id_token) => ({ id_token_hint: unsigned(id_token) })),
  'oidcc-rp-initiated-logout-bad-id-token-hint': stays(() => ({ id_token_hint: 'bad' })),
  'oidcc-rp-initiated-logout-no-id-token-hint': stays(() => ({ id_token_hint: undefined })),
  'oidcc-rp-initiated-logout-no-params': stays(
    () => ({ id_token_hint: undefined, post_logout_redirect_uri: undefined, state: undefined }),
    true,
  ),
  'oidcc-rp-initiated-logout-no-post-logout-redirect-uri': stays(() => ({ post_logout_redirect_uri: undefined }), true),
  'oidcc-rp-initiated-logout-only-state': stays(
    () => ({ id_token_hint: undefined, post_logout_redirect_uri: undefined }),
    true,
  ),
};
