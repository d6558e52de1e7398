import type { Over } from '../fapi/client.ts';
import { seconds } from '../fapi/client.ts';
import type { Modules } from '../suite/modules.ts';
import type { CibaPlan } from './plan.ts';
import { expectError } from './refusals.ts';
import { ask, post, requestOf, signed } from './request.ts';

const refused = (over: (plan: CibaPlan) => Over) => async (plan: CibaPlan) =>
  expectError(await ask(plan, plan.first, {}, { object: over(plan) }), 'invalid_request');

const without = (claim: string) => refused(() => ({ claims: { [claim]: undefined } }));

const MINUTE = 60;

/** Signed requests that must not count (CIBA Core 7.1.1, FAPI-CIBA 5.2.2). */
export const requestObjects: Modules<CibaPlan> = {
  'ensure-request-object-missing-aud-fails': without('aud'),
  'ensure-request-object-bad-aud-fails': refused(() => ({ claims: { aud: 'https://other.example/' } })),
  'ensure-request-object-missing-iss-fails': without('iss'),
  'ensure-request-object-bad-iss-fails': refused(({ second }) => ({ claims: { iss: second.client_id } })),
  'ensure-request-object-missing-exp-fails': without('exp'),
  'ensure-request-object-expired-exp-fails': refused(() => ({ claims: { exp: seconds() - 5 * MINUTE } })),
  'ensure-request-object-exp-is-70-minutes-in-future-fails': refused(() => ({
    claims: { exp: seconds() + 70 * MINUTE },
  })),
  'ensure-request-object-missing-iat-fails': without('iat'),
  'ensure-request-object-missing-nbf-fails': without('nbf'),
  'ensure-request-object-nbf-is-10-minutes-in-future-fails': refused(() => ({
    claims: { nbf: seconds() + 10 * MINUTE, exp: seconds() + 15 * MINUTE },
  })),
  'ensure-request-object-nbf-is-70-minutes-in-past-fails': refused(() => ({
    claims: { nbf: seconds() - 70 * MINUTE },
  })),
  'ensure-request-object-missing-jti-fails': without('jti'),
  'ensure-request-object-signature-algorithm-is-none-fails': refused(() => ({ alg: 'none' })),
  'ensure-request-object-signature-algorithm-is-bad-fails': async (plan) => {
    const [header, claims, signature = ''] = signed(plan, plan.first, requestOf(plan)).split('.');
    const wrong = Buffer.from(signature, 'base64url').map((byte) => byte ^ 0xff);
    const request = [header, claims, Buffer.from(wrong).toString('base64url')].join('.');
    expectError(await post(plan, plan.first, { request }), 'invalid_request');
  },
  'ensure-request-object-signature-algorithm-is-RS256-fails': refused(() => ({ alg: 'RS256' })),
  'ensure-request-object-signed-by-other-client-fails': refused(({ second }) => ({ key: second.key })),
};
