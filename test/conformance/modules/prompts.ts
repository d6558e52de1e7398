import { expect } from '@jest/globals';
import { moveClock } from '../../support/clock.ts';
import { createBrowser } from '../suite/browser.ts';
import { authorize, modeOf, type Params, type Plan, type SignedIn, signIn } from '../suite/flow.ts';
import type { Modules } from '../suite/modules.ts';

/** A second sign-in in the same browser, some seconds later. */
async function twice(plan: Plan, second: (first: SignedIn) => Params, seconds = 2) {
  const browser = createBrowser(plan.op);
  const first = await signIn(plan, {}, browser);
  moveClock(seconds);
  const again = await signIn(plan, second(first), browser);
  expect(again.claims?.sub).toBe(first.claims?.sub);
  return { first, again };
}

/** The user is asked again, and the ID token says so. */
async function asksAgain(plan: Plan, params: Params) {
  // The first one is told its auth_time, too: the second has to be later.
  const browser = createBrowser(plan.op);
  const first = await signIn(plan, { max_age: '15000' }, browser);
  moveClock(2);
  const again = await signIn(plan, params, browser);
  expect(again.ended.asked).toContain('sign-in');
  expect(again.claims?.sub).toBe(first.claims?.sub);
  return [first.claims?.auth_time, again.claims?.auth_time];
}

/** The user is not asked, and it is still the same authentication. */
async function asksNothing(plan: Plan, params: (first: SignedIn) => Params) {
  const { first, again } = await twice(plan, params);
  expect(again.ended.asked).toEqual([]);
  if (first.claims?.auth_time && again.claims?.auth_time) expect(again.claims.auth_time).toBe(first.claims.auth_time);
  return again;
}

/** Of no consequence but that it is taken. */
const taken = (params: Params) => async (plan: Plan) => {
  await signIn(plan, params);
};

/** How the user is asked, and how not. */
export const prompts: Modules = {
  'oidcc-display-page': taken({ display: 'page' }),
  'oidcc-display-popup': taken({ display: 'popup' }),
  'oidcc-ui-locales': taken({ ui_locales: 'se' }),
  'oidcc-claims-locales': taken({ claims_locales: 'se' }),
  'oidcc-prompt-login': async (plan) => {
    const [first, again] = await asksAgain(plan, { prompt: 'login' });
    if (again !== undefined) expect(again).toBeGreaterThan(first!);
  },
  'oidcc-prompt-none-not-logged-in': async (plan) => {
    const { by, answer } = await authorize(plan, { prompt: 'none' });
    expect(by).toBe(modeOf(plan));
    expect(answer).toEqual({
      error: expect.stringMatching(/^(login|interaction)_required$/),
      error_description: expect.any(String),
      state: expect.any(String),
      iss: plan.op.issuer,
    });
  },
  'oidcc-prompt-none-logged-in': async (plan) => {
    await asksNothing(plan, () => ({ prompt: 'none' }));
  },
  'oidcc-id-token-hint': async (plan) => {
    await asksNothing(plan, ({ id_token }) => ({ prompt: 'none', id_token_hint: id_token }));
  },
  'oidcc-max-age-1': async (plan) => {
    const [first, again] = await asksAgain(plan, { max_age: '1' });
    expect(again).toBeGreaterThan(first!);
    expect(Math.abs(again! - Date.now() / 1000)).toBeLessThan(60);
  },
  'oidcc-max-age-10000': async (plan) => {
    const again = await asksNothing(plan, () => ({ max_age: '10000' }));
    expect(again.claims?.auth_time).toEqual(expect.any(Number));
  },
  'oidcc-login-hint': async (plan) => {
    const browser = createBrowser(plan.op);
    await signIn(plan, { login_hint: `buffy@${new URL(plan.op.issuer).hostname}` }, browser);
  },
  'oidcc-ensure-request-with-acr-values-succeeds': async (plan) => {
    const values: string[] = plan.op.metadata.acr_values_supported ?? ['1', '2'];
    const { claims } = await signIn(plan, { acr_values: values.join(' ') });
    // Otherwise the suite warns.
    if (plan.op.metadata.acr_values_supported) expect(values).toContain(claims?.acr);
  },
};
