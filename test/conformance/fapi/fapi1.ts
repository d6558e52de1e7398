import { expect } from '@jest/globals';
import { createBrowser } from '../suite/browser.ts';
import type { Modules } from '../suite/modules.ts';
import { endpoints } from './endpoints.ts';
import type { FapiPlan } from './plan.ts';
import { expectEnded, expectNoWay, expectRefused } from './refusals.ts';
import { push, pushed, pushedUrl, requestOf } from './request.ts';
import { requestObjects } from './request-objects.ts';
import { requests } from './requests.ts';
import { signIn } from './sign-in.ts';

const pick = (modules: Modules<FapiPlan>, names: string): Modules<FapiPlan> =>
  Object.fromEntries(
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, modules[name]!]),
  );

const REFUSED = /invalid_request|invalid_request_object|redirect_uri/;

/** What FAPI 1.0 Advanced demands otherwise than FAPI 2.0, or under another name. */
export const ofFapi1: Modules<FapiPlan> = {
  '': requests['happy-flow']!,
  ...pick(
    requests,
    `user-rejects-authentication ensure-authorization-request-without-state-success ensure-other-scope-order-succeeds
    access-token-type-header-case-sensitivity ensure-different-nonce-inside-and-outside-request-object
    state-only-outside-request-object-not-used ensure-registered-redirect-uri
    ensure-redirect-uri-in-authorization-request`,
  ),
  'ensure-request-object-with-64-char-nonce-success':
    requests['ensure-authorization-request-with-64-char-nonce-success']!,
  'ensure-request-object-with-long-nonce': requests['ensure-authorization-request-with-long-nonce']!,
  'ensure-request-object-with-long-state': requests['ensure-authorization-request-with-long-state']!,
  'ensure-response-mode-query': async (plan) => {
    const request = requestOf(plan, plan.first, { response_mode: 'query' });
    await expectNoWay(plan, plan.first, request, /invalid_request|unsupported_response_mode/);
  },
  'ensure-authorization-request-without-request-object-fails': async (plan) => {
    const { request } = requestOf(plan, plan.first);
    const url = `${plan.op.metadata.authorization_endpoint}?${new URLSearchParams(request)}`;
    await expectEnded(plan, plan.first, await createBrowser(plan.op).get(url), /invalid_request/);
  },

  ...pick(
    requestObjects,
    `ensure-request-object-with-multiple-aud-succeeds ensure-request-object-without-exp-fails
    ensure-request-object-without-nbf-fails ensure-request-object-without-redirect-uri-fails
    ensure-expired-request-object-fails ensure-request-object-with-bad-aud-fails
    ensure-request-object-with-exp-over-60-fails ensure-request-object-with-nbf-over-60-fails
    ensure-signed-request-object-with-RS256-fails ensure-request-object-signature-algorithm-is-not-none
    ensure-request-object-with-invalid-signature-fails ensure-matching-key-in-authorization-request`,
  ),
  'ensure-request-object-without-scope-fails': (plan) =>
    expectNoWay(plan, plan.first, requestOf(plan, plan.first), /invalid_request|invalid_scope/, {
      object: { claims: { scope: undefined } },
    }),

  ...pick(
    endpoints,
    `ensure-client-id-in-token-endpoint ensure-authorization-code-is-bound-to-client refresh-token
    ensure-signed-client-assertion-with-RS256-fails ensure-client-assertion-in-token-endpoint
    ensure-client-assertion-with-exp-is-5-minutes-in-past-fails ensure-client-assertion-with-wrong-aud-fails
    ensure-client-assertion-with-no-sub-fails`,
  ),
  'ensure-mtls-holder-of-key-required': endpoints['ensure-holder-of-key-required']!,
  'attempt-reuse-authorisation-code-after-one-second': endpoints['attempt-reuse-authorization-code-after-one-second']!,
};

/** Where the answer has no JWT around it. */
export const ofPlainAnswers: Modules<FapiPlan> = {
  'ensure-response-type-code-fails': (plan) =>
    expectNoWay(
      plan,
      plan.first,
      requestOf(plan, plan.first, { response_type: 'code' }),
      /unsupported_response_type|invalid_request|unauthorized_client/,
    ),
  'ensure-request-object-without-nonce-fails': (plan) =>
    expectNoWay(plan, plan.first, requestOf(plan, plan.first, { nonce: undefined }), /invalid_request/, {
      more: { nonce: 'outside' },
    }),
};

/** fapi_auth_request_method=by_value. */
export const ofByValue: Modules<FapiPlan> = {
  'ensure-valid-pkce-succeeds': async (plan) => {
    await signIn({ ...plan, variant: { ...plan.variant, pkce: true } }, plan.first);
  },
};

/** fapi_auth_request_method=pushed. */
export const ofPushed: Modules<FapiPlan> = {
  ...pick(
    requests,
    `par-ensure-reused-request-uri-prior-to-auth-completion-succeeds par-attempt-reuse-request_uri
    par-attempt-to-use-request_uri-for-different-client par-without-duplicate-parameters par-ensure-pkce-required
    par-plain-pkce-rejected ensure-pkce-code-verifier-required incorrect-pkce-code-verifier-rejected`,
  ),
  ...pick(endpoints, 'par-authorization-request-containing-request_uri-form-param par-attempt-invalid-http-method'),
  'par-attempt-to-use-expired-request-uri': endpoints['par-attempt-to-use-expired-request_uri']!,
  'par-authorization-request-containing-request-uri':
    requestObjects['par-authorization-request-containing-request_uri']!,
  'par-attempt-invalid-redirect-uri': (plan) =>
    expectNoWay(
      plan,
      plan.first,
      requestOf(plan, plan.first, { redirect_uri: 'https://junk.example/callback' }),
      REFUSED,
    ),
  'par-pushed-authorization-url-as-audience-in-request-object': (plan) =>
    expectNoWay(plan, plan.first, requestOf(plan, plan.first), REFUSED, {
      object: { claims: { aud: plan.op.metadata.pushed_authorization_request_endpoint } },
    }),
};

const audience = (aud: (plan: FapiPlan) => unknown) => async (plan: FapiPlan) => {
  const request = requestOf(plan, plan.first);
  const uri = await pushed(plan, plan.first, request, { assertion: { claims: { aud: aud(plan) } } });
  const ended = await createBrowser(plan.op).get(pushedUrl(plan, plan.first.client_id, uri));
  expect(ended.answer.error).toBeUndefined();
};

/** Pushed, by clients with a key: RFC 9126 2 names three audiences, all of them good. */
export const ofPushedAssertions: Modules<FapiPlan> = {
  'par-test-pushed-authorization-url-as-audience-for-client-JWT-assertion': audience(
    ({ op }) => op.metadata.pushed_authorization_request_endpoint,
  ),
  'par-token-endpoint-url-as-audience-for-client-JWT-assertion': audience(({ op }) => op.metadata.token_endpoint),
  'test-array-as-audience-for-client-JWT-assertion': audience(({ op }) => [op.issuer, op.metadata.token_endpoint]),
  'par-ensure-client-assertion-with-wrong-aud-fails': (plan) => refusedAtPar(plan, { aud: 'https://other.example/' }),
  'par-ensure-client-assertion-with-wrong-iss-fails': (plan) => refusedAtPar(plan, { iss: 'wrong-issuer' }),
  'par-ensure-client-assertion-with-wrong-sub-fails': (plan) => refusedAtPar(plan, { sub: 'wrong-sub' }),
};

async function refusedAtPar(plan: FapiPlan, claims: object): Promise<void> {
  const answer = await push(plan, plan.first, requestOf(plan, plan.first), { assertion: { claims } });
  expectRefused(answer, /invalid_client|invalid_request/);
}
