import { expect } from '@jest/globals';
import { moveClock } from '../../support/clock.ts';
import { rawClient } from '../../support/raw-client.ts';
import { refresh, resource } from '../fapi/call.ts';
import { checked } from '../fapi/sign-in.ts';
import type { Modules } from '../suite/modules.ts';
import type { CibaPlan } from './plan.ts';
import { expectError, expectPending } from './refusals.ts';
import { ask, begin, poll, post, requestOf } from './request.ts';
import { answer, leave, signIn } from './sign-in.ts';

const AAL1 = 'urn:gatehouse:aal1';
const BAD_MESSAGE = `1234 \u{1F44D}\u{1F3FF} 品川 ${'Lorem ipsum dolor sit amet, consectetur adipiscing elit. '.repeat(8)}`;

/** Well-behaved clients, and what they may do wrong, whichever way they authenticate and hear of answers. */
export const flows: Modules<CibaPlan> = {
  'discovery-end-point-verification': async ({ op: { issuer, metadata } }) => {
    const strong = ['PS256', 'ES256', 'EdDSA', 'Ed25519'];
    expect(metadata).toMatchObject({
      issuer,
      backchannel_authentication_endpoint: `${issuer}/backchannel`,
      backchannel_token_delivery_modes_supported: ['poll', 'ping'],
      backchannel_user_code_parameter_supported: false,
      grant_types_supported: expect.arrayContaining(['urn:openid:params:grant-type:ciba', 'refresh_token']),
      token_endpoint_auth_methods_supported: expect.arrayContaining(['private_key_jwt', 'self_signed_tls_client_auth']),
      tls_client_certificate_bound_access_tokens: true,
      acr_values_supported: expect.arrayContaining([AAL1]),
      mtls_endpoint_aliases: {
        backchannel_authentication_endpoint: expect.stringMatching(/^https:.*\/backchannel$/),
        token_endpoint: expect.stringMatching(/^https:.*\/token$/),
      },
    });
    for (const name of ['id_token', 'userinfo', 'token_endpoint_auth', 'backchannel_authentication_request']) {
      const values = metadata[`${name}_signing_alg_values_supported`];
      expect(values).toEqual(expect.arrayContaining(['PS256', 'ES256']));
      expect(strong).toEqual(expect.arrayContaining(values));
    }
  },

  '': async (plan) => {
    const { op, first, second, variant } = plan;
    const { access_token } = await signIn(plan, first, {}, { assertion: { claims: { aud: op.issuer } } });
    // Bearer tokens do not stand in addresses; any `Accept` is good for JSON.
    const base = op.metadata.mtls_endpoint_aliases.userinfo_endpoint;
    const bare = rawClient(base, first.client_id, { send: op.by(first.certificate) });
    expect([400, 401]).toContain((await bare.get(`?access_token=${access_token}`)).status);
    for (const accept of ['application/json', 'application/json;q=0.9,*/*;q=0.8']) {
      const { status, headers } = await resource(plan, first, access_token, { headers: { accept } });
      expect([status, headers.get('content-type')]).toEqual([200, expect.stringMatching(/^application\/json/)]);
    }

    const long = variant.ciba_mode === 'ping' ? { client_notification_token: 'a1B2'.repeat(256) } : {};
    const params = { acr_values: AAL1, requested_expiry: 300, ...long };
    const sent = { assertion: { claims: { aud: op.metadata.token_endpoint } } };
    const other = await signIn(plan, second, params, sent);
    expect(other.claims.acr).toBe(AAL1);
    expect((await resource(plan, second, other.access_token, { by: first })).status).toBe(401);
    expectError(await poll(plan, other.begun), 'invalid_grant');
    const own = { authorization: `Bearer ${other.access_token}` };
    const idless = await rawClient(base, second.client_id, { send: op.by(second.certificate) }).get('', own);
    expect([idless.status, idless.headers.get('x-fapi-interaction-id')]).toEqual([
      401,
      expect.stringMatching(/^[\da-f-]{36}$/),
    ]);
  },
  'user-rejects-authentication': async (plan) => {
    const begun = await begin(plan, plan.first);
    expectPending(await poll(plan, begun));
    await answer(plan, begun, 'deny');
    // A client that asks again hears the same.
    for (let i = 0; i < 2; i += 1) {
      const { status, body } = await poll(plan, begun);
      expect([status, body.error]).toEqual([400, 'access_denied']);
    }
  },
  'multiple-call-to-token-endpoint': async (plan) => {
    const begun = await begin(plan, plan.first);
    for (let i = 0; i < 20; i += 1) expectPending(await poll(plan, begun));
    await leave(plan, begun);
  },
  'auth-req-id-expired': async (plan) => {
    const begun = await begin(plan, plan.first, { requested_expiry: 30 });
    expect(begun.expires_in).toBe(30);
    expectPending(await poll(plan, begun));
    moveClock(31);
    expectError(await poll(plan, begun), 'expired_token');
  },
  'ensure-authorization-request-with-binding-message-succeeds': async (plan) => {
    await signIn(plan, plan.first, { binding_message: '1234' });
  },
  'ensure-other-scope-order-succeeds': async (plan) => {
    await signIn(plan, plan.first, { scope: 'offline_access openid' });
  },
  'ensure-requested-expiry-as-string-succeeds': async (plan) => {
    const { begun } = await signIn(plan, plan.first, { requested_expiry: '30' });
    expect(begun.expires_in).toBe(30);
  },
  'ensure-authorization-request-with-potentially-bad-binding-message': async (plan) => {
    expectError(await ask(plan, plan.first, { binding_message: BAD_MESSAGE }), 'invalid_binding_message');
  },
  'ensure-authorization-request-with-multiple-hints-fails': async (plan) => {
    const hints = { login_hint: 'join@example.com', login_hint_token: 'x'.repeat(20) };
    const refused = await ask(plan, plan.first, hints);
    expectError(refused, 'invalid_request');
    expect(refused.body.error_description).toMatch(/only one of/);
  },
  'ensure-unsigned-backchannel-authorization-request-fails': async (plan) => {
    expectError(await post(plan, plan.first, requestOf(plan)), 'invalid_request');
  },
  'ensure-wrong-auth-req-id-in-token-endpoint-request': async (plan) => {
    const begun = await begin(plan, plan.first);
    expectError(await poll(plan, { ...begun, client: plan.second }), 'invalid_grant');
    expectPending(await poll(plan, begun));
    await leave(plan, begun);
  },
  'ensure-mtls-holder-of-key-required': async (plan) => {
    const begun = await begin(plan, plan.first);
    const refused = await poll(plan, begun, { certificate: false });
    if (plan.variant.client_auth_type === 'mtls') expectError(refused, 'invalid_client', 'invalid_request');
    else expectError(refused, 'invalid_request', 'invalid_grant', 'invalid_client');
    await leave(plan, begun);
  },
  'refresh-token': async (plan) => {
    const { first, second } = plan;
    for (const client of [first, second]) {
      const { claims, ...tokens } = await signIn(plan, client);
      expect(tokens.refresh_token).toMatch(/^[\x20-\x7e]{22,}$/);
      moveClock(1);
      const scope = client === first ? { scope: 'openid offline_access' } : {};
      const fresh = await checked(
        plan,
        client,
        await refresh(plan, client, tokens.refresh_token, { params: scope }),
        undefined,
      );
      expect(fresh.access_token).not.toBe(tokens.access_token);
      const { sub, auth_time } = fresh.claims;
      expect([sub, auth_time]).toEqual([claims.sub, claims.auth_time]);
      expect((await resource(plan, client, fresh.access_token)).status).toBe(200);
      if (client === second) expectError(await refresh(plan, first, fresh.refresh_token), 'invalid_grant');
    }
  },
};
