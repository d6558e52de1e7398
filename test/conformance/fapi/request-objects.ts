import type { Modules } from '../suite/modules.ts';
import { type Over, seconds } from './client.ts';
import type { FapiPlan } from './plan.ts';
import { expectNoWay } from './refusals.ts';
import { requestOf } from './request.ts';
import { signIn } from './sign-in.ts';

const ERRORS = /invalid_request|invalid_request_object|redirect_uri/;

const refused = (over: (plan: FapiPlan) => Over) => (plan: FapiPlan) =>
  expectNoWay(plan, plan.first, requestOf(plan, plan.first), ERRORS, { object: over(plan) });

const taken = (over: (plan: FapiPlan) => Over) => async (plan: FapiPlan) => {
  await signIn(plan, plan.first, {}, { sent: { object: over(plan) } });
};

const MINUTE = 60;

/** Signed requests (RFC 9101, FAPI 2.0 Message Signing 5.3.1). */
export const requestObjects: Modules<FapiPlan> = {
  'ensure-request-object-with-multiple-aud-succeeds': taken(({ op }) => ({
    claims: { aud: [op.issuer, 'https://other.example/', 'invalid'] },
  })),
  'ensure-request-object-with-nbf-8-seconds-in-the-future-is-accepted': taken(() => ({
    claims: { nbf: seconds() + 8 },
  })),
  'ensure-request-object-without-exp-fails': refused(() => ({ claims: { exp: undefined } })),
  'ensure-request-object-without-nbf-fails': refused(() => ({ claims: { nbf: undefined } })),
  'ensure-request-object-without-redirect-uri-fails': refused(() => ({ claims: { redirect_uri: undefined } })),
  'ensure-expired-request-object-fails': refused(() => ({ claims: { exp: seconds() - 5 * MINUTE } })),
  'ensure-request-object-with-bad-aud-fails': refused(() => ({ claims: { aud: 'https://other.example/' } })),
  'ensure-request-object-with-exp-over-60-fails': refused(() => ({ claims: { exp: seconds() + 70 * MINUTE } })),
  'ensure-request-object-with-nbf-over-60-fails': refused(() => ({ claims: { nbf: seconds() - 70 * MINUTE } })),
  'ensure-signed-request-object-with-RS256-fails': refused(() => ({ alg: 'RS256' })),
  'ensure-request-object-signature-algorithm-is-not-none': refused(() => ({ alg: 'none' })),
  // The key that the header names has not signed it.
  'ensure-request-object-with-invalid-signature-fails': refused(({ first, second }) => ({
    key: { ...second.key, kid: first.key.kid },
  })),
  'ensure-matching-key-in-authorization-request': refused(({ second }) => ({ key: second.key })),
  'par-authorization-request-containing-request_uri': refused(() => ({
    claims: { request_uri: 'urn:ietf:params:oauth:request_uri:anything' },
  })),
  'ensure-unsigned-request-at-par-endpoint-fails': (plan) => {
    const isPlain = { ...plan, variant: { ...plan.variant, signed: false } };
    return expectNoWay(isPlain, plan.first, requestOf(plan, plan.first), ERRORS);
  },
};
