import { expect } from '@jest/globals';
import { createBrowser } from '../suite/browser.ts';
import type { Modules } from '../suite/modules.ts';
import { answerOf, authorize, authorized } from './authorize.ts';
import { resource } from './call.ts';
import type { FapiPlan } from './plan.ts';
import { expectEnded, expectNoWay, expectRefused } from './refusals.ts';
import { pushed, pushedUrl, requestOf } from './request.ts';
import { redeem, signIn, tokensFor } from './sign-in.ts';

const long = (length: number) => 'a1B2'.repeat(length / 4);

/** What the request says besides its object counts for nothing, or refuses it. */
const besides =
  (outside: { state?: string; nonce?: string }, params = {}) =>
  async (plan: FapiPlan) => {
    const done = await authorize(plan, plan.first, params, { more: outside });
    if (done.answer.error !== undefined || done.ended.by === 'page')
      return expectEnded(plan, plan.first, done.ended, /invalid_request/);
    expect(done.answer.state).toBe(done.request.state);
    // Its nonce is checked there.
    await tokensFor(plan, { ...done, code: done.answer.code! });
  };

/** Authorization requests that have to work, and some that must not. */
export const requests: Modules<FapiPlan> = {
  'happy-flow': async (plan) => {
    const { first, second } = plan;
    const { access_token } = await signIn(plan, first);
    await signIn(plan, second);
    expect((await resource(plan, first, access_token, { by: second })).status).toBe(401);
  },
  'user-rejects-authentication': async (plan) => {
    for (const client of [plan.first, plan.second]) {
      const browser = createBrowser(plan.op, { declines: true });
      const { answer, request } = await authorize(plan, client, {}, { browser });
      expect(answer).toMatchObject({ error: 'access_denied', state: request.state });
    }
  },
  'ensure-authorization-request-without-state-success': async (plan) => {
    const { answer } = (await signIn(plan, plan.first, { state: undefined })).done;
    expect(answer).not.toHaveProperty('state');
  },
  'ensure-authorization-request-without-nonce-success': async (plan) => {
    await signIn(plan, plan.first, { nonce: undefined });
  },
  'ensure-authorization-request-with-64-char-nonce-success': async (plan) => {
    await signIn(plan, plan.first, { nonce: long(64) });
  },
  'ensure-authorization-request-with-long-nonce': async (plan) => {
    await signIn(plan, plan.first, { nonce: long(384) });
  },
  'ensure-authorization-request-with-long-state': async (plan) => {
    await signIn(plan, plan.first, { state: long(1000) });
  },
  'ensure-other-scope-order-succeeds': async (plan) => {
    await signIn(plan, plan.first, { scope: 'email openid' });
  },
  'test-claims-parameter-identity-claims': async (plan) => {
    const { metadata } = plan.op;
    expect(metadata.claims_parameter_supported).toBe(true);
    expect(metadata.claims_supported).toContain('name');
    const claims = { id_token: { name: null, unknown: null }, userinfo: { email: { essential: true } } };
    const { access_token, claims: told } = await signIn(plan, plan.first, { claims: JSON.stringify(claims) });
    const { body } = await resource(plan, plan.first, access_token);
    expect([told.name, body.email]).toEqual(['Ada Lovelace', plan.op.user.email]);
    expect([told.email, told.unknown, body.name]).toEqual([undefined, undefined, undefined]);
  },
  'access-token-type-header-case-sensitivity': async (plan) => {
    const { access_token } = await signIn(plan, plan.first);
    const schemes =
      plan.variant.sender_constrain === 'dpop' ? ['dpop', 'DPOP', 'dPoP'] : ['bearer', 'BEARER', 'bEaReR'];
    for (const scheme of schemes) expect((await resource(plan, plan.first, access_token, { scheme })).status).toBe(200);
  },
  'ensure-different-nonce-inside-and-outside-request-object': besides({ nonce: 'outside' }),
  'ensure-different-state-inside-and-outside-request-object': besides({ state: 'outside' }),
  'state-only-outside-request-object-not-used': besides({ state: 'outside' }, { state: undefined }),
  'ensure-registered-redirect-uri': async (plan) => {
    const redirect_uri = `${plan.first.redirect_uri}/other`;
    await expectNoWay(plan, plan.first, requestOf(plan, plan.first, { redirect_uri }), /invalid_request|redirect_uri/);
  },
  // It may be taken where it was pushed (RFC 9126 2.4); here it is not.
  'plain-fapi-tolerate-unregistered-redirect-uri': async (plan) => {
    const redirect_uri = `${plan.first.redirect_uri}/other`;
    await expectNoWay(plan, plan.first, requestOf(plan, plan.first, { redirect_uri }), /invalid_request/);
  },
  'ensure-redirect-uri-in-authorization-request': async (plan) => {
    const request = requestOf(plan, plan.first, { redirect_uri: undefined });
    await expectNoWay(plan, plan.first, request, /invalid_request|redirect_uri/);
  },
  'ensure-response-type-code-idtoken-fails': async (plan) => {
    const request = requestOf(plan, plan.first, { response_type: 'code id_token', response_mode: undefined });
    await expectNoWay(plan, plan.first, request, /invalid_request|unsupported_response_type|unauthorized_client/);
  },
  'ensure-response-type-token-fails': async (plan) => {
    const request = requestOf(plan, plan.first, { response_type: 'token', response_mode: undefined });
    await expectNoWay(plan, plan.first, request, /invalid_request|unsupported_response_type|unauthorized_client/);
  },
  'ensure-unsigned-authorization-request-without-using-par-fails': async (plan) => {
    const { request } = requestOf(plan, plan.first);
    const url = `${plan.op.metadata.authorization_endpoint}?${new URLSearchParams(request)}`;
    await expectEnded(plan, plan.first, await createBrowser(plan.op).get(url), /invalid_request/);
  },

  'par-without-duplicate-parameters': async (plan) => {
    await signIn(plan, plan.first);
  },
  'par-ensure-reused-request-uri-prior-to-auth-completion-succeeds': async (plan) => {
    const request = requestOf(plan, plan.first);
    const url = pushedUrl(plan, plan.first.client_id, await pushed(plan, plan.first, request));
    const browser = createBrowser(plan.op);
    const visited = await browser.agent.get(url);
    expect(visited.body).toContain('name="password"');
    const answer = await answerOf(plan, plan.first, await browser.get(url));
    expect(answer).toMatchObject({ code: expect.any(String), state: request.request.state });
  },
  'par-attempt-reuse-request_uri': async (plan) => {
    const request = requestOf(plan, plan.first);
    const url = pushedUrl(plan, plan.first.client_id, await pushed(plan, plan.first, request));
    const browser = createBrowser(plan.op);
    expect(await answerOf(plan, plan.first, await browser.get(url))).toHaveProperty('code');
    await expectEnded(plan, plan.first, await browser.get(url), /invalid_request_uri/);
  },
  'par-attempt-to-use-request_uri-for-different-client': async (plan) => {
    const uri = await pushed(plan, plan.first, requestOf(plan, plan.first));
    const ended = await createBrowser(plan.op).get(pushedUrl(plan, plan.second.client_id, uri));
    await expectEnded(plan, plan.second, ended, /invalid_request/);
  },
  'par-ensure-pkce-required': async (plan) => {
    const none = { code_challenge: undefined, code_challenge_method: undefined };
    await expectNoWay(plan, plan.first, requestOf(plan, plan.first, none), /invalid_request/);
  },
  'par-plain-pkce-rejected': async (plan) => {
    const request = requestOf(plan, plan.first, { code_challenge_method: 'plain' });
    await expectNoWay(plan, plan.first, request, /invalid_request/);
  },
  'ensure-pkce-code-verifier-required': (plan) => wrongVerifier(plan, undefined),
  'incorrect-pkce-code-verifier-rejected': (plan) => wrongVerifier(plan, 'x'.repeat(43)),
};

async function wrongVerifier(plan: FapiPlan, code_verifier: string | undefined) {
  const done = await authorized(plan, plan.first);
  expectRefused(await redeem(plan, done, done.code, { params: { code_verifier } }), /invalid_grant/);
}
