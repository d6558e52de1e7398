import type { Over } from '../fapi/client.ts';
import type { Sent } from '../fapi/plan.ts';
import type { Modules } from '../suite/modules.ts';
import type { CibaPlan } from './plan.ts';
import { expectError, expectPending } from './refusals.ts';
import { ask, begin, poll, post, requestOf, signed } from './request.ts';
import { leave, signIn } from './sign-in.ts';

/** What an endpoint may say of a client that is not who it says (CIBA Core 13). */
const NOT_YOU = ['invalid_client', 'invalid_request', 'access_denied'];

const polled =
  (sent: (plan: CibaPlan) => Sent, ...errors: string[]) =>
  async (plan: CibaPlan) => {
    const begun = await begin(plan, plan.first);
    expectError(await poll(plan, begun, sent(plan)), ...errors);
    await leave(plan, begun);
  };

/** client_auth_type=mtls. */
export const byCertificate: Modules<CibaPlan> = {
  'ensure-different-client-id-and-issuer-in-backchannel-authorization-request': async (plan) => {
    const { first, second } = plan;
    const params = { request: signed(plan, first, requestOf(plan)) };
    expectError(await post(plan, second, params, { certificate: first }), 'invalid_client');
  },
  'ensure-wrong-client-id-in-token-endpoint-request': polled(
    ({ second }) => ({ params: { client_id: second.client_id } }),
    'invalid_client',
  ),
  'ensure-wrong-client-id-in-backchannel-authorization-request': async (plan) => {
    const request = signed(plan, plan.first, requestOf(plan), { claims: { iss: plan.second.client_id } });
    expectError(await post(plan, plan.second, { request }, { certificate: plan.first }), ...NOT_YOU);
  },
};

const CASES: [string, (plan: CibaPlan) => Sent][] = [
  ['none', ({ first }) => ({ assertion: false, params: { client_id: first.client_id } })],
  ['without a type', () => ({ params: { client_assertion_type: undefined } })],
  ['of a wrong type', () => ({ params: { client_assertion_type: 'urn:wrong' } })],
  ...(
    [
      ['without sub', { claims: { sub: undefined } }],
      ['with a wrong sub', { claims: { sub: 'wrong' } }],
      ['without iss', { claims: { iss: undefined } }],
      ['with a wrong iss', { claims: { iss: 'wrong' } }],
      ['without aud', { claims: { aud: undefined } }],
      ['for another', { claims: { aud: 'https://other.example/' } }],
      ['that is over', { claims: { exp: 1 } }],
      ['by RS256', { alg: 'RS256' }],
    ] as [string, Over][]
  ).map(([name, assertion]): [string, () => Sent] => [name, () => ({ assertion })]),
];

/** client_auth_type=private_key_jwt. */
export const byKey: Modules<CibaPlan> = {
  'ensure-without-client-assertion-in-token-endpoint-request': polled(
    ({ first }) => ({ assertion: false, params: { client_id: first.client_id } }),
    'invalid_client',
    'invalid_request',
  ),
  'ensure-without-client-assertion-in-backchannel-authorization-request': async (plan) => {
    const sent = { assertion: false, params: { client_id: plan.first.client_id } } as const;
    expectError(await ask(plan, plan.first, {}, sent), ...NOT_YOU);
  },
  'ensure-client-assertion-signature-algorithm-in-backchannel-authorization-request-is-RS256-fails': async (plan) => {
    expectError(await ask(plan, plan.first, {}, { assertion: { alg: 'RS256' } }), ...NOT_YOU);
  },
  'ensure-client-assertion-signature-algorithm-in-token-endpoint-request-is-RS256-fails': polled(
    () => ({ assertion: { alg: 'RS256' } }),
    'invalid_client',
  ),
  'ensure-client-assertion-with-iss-aud-to-token-endpoint-succeeds': async (plan) => {
    const begun = await begin(plan, plan.first);
    expectPending(await poll(plan, begun, { assertion: { claims: { aud: plan.op.issuer } } }));
    await leave(plan, begun);
  },
  'ensure-invalid-client-assertions-in-backchannel-authorization-request-fail': async (plan) => {
    for (const [name, sent] of CASES) {
      const refused = await ask(plan, plan.first, {}, sent(plan));
      try {
        expectError(refused, ...NOT_YOU);
      } catch (error) {
        throw new Error(`an assertion ${name}`, { cause: error });
      }
    }
    await signIn(plan, plan.first);
  },
};
