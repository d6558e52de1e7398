import { expect } from '@jest/globals';
import { moveClock } from '../../support/clock.ts';
import { createBrowser } from '../suite/browser.ts';
import type { Modules } from '../suite/modules.ts';
import { authorized } from './authorize.ts';
import { refresh, resource } from './call.ts';
import { type Over, seconds } from './client.ts';
import type { FapiPlan } from './plan.ts';
import { expectEnded, expectRefused } from './refusals.ts';
import { push, pushed, pushedUrl, requestOf } from './request.ts';
import { checked, redeem, signIn, tokensFor } from './sign-in.ts';

/** A code is redeemed with an assertion like that. */
const assertedAtToken = (over: () => Over | false) => async (plan: FapiPlan) => {
  const done = await authorized(plan, plan.first);
  expectRefused(await redeem(plan, done, done.code, { assertion: over() }), /invalid_client|invalid_request/);
};

/** A request is pushed with an assertion like that. */
const assertedAtPar =
  (claims: (plan: FapiPlan) => object, good = false) =>
  async (plan: FapiPlan) => {
    const answer = await push(plan, plan.first, requestOf(plan, plan.first), { assertion: { claims: claims(plan) } });
    if (good) expect(answer.status).toBe(201);
    else expectRefused(answer, /invalid_client|invalid_request/);
  };

/** The endpoints that clients call: who they are, and what their keys are for. */
export const endpoints: Modules<FapiPlan> = {
  'ensure-client-id-in-token-endpoint': async (plan) => {
    const done = await authorized(plan, plan.first);
    const params = { client_id: plan.second.client_id };
    const over = { claims: { iss: plan.second.client_id, sub: plan.second.client_id } };
    const answer = await redeem(plan, done, done.code, { params, assertion: over });
    expectRefused(answer, /invalid_client|invalid_grant/);
  },
  'ensure-holder-of-key-required': async (plan) => {
    const done = await authorized(plan, plan.first);
    const answer = await redeem(plan, done, done.code, { dpop: false, certificate: false });
    expectRefused(answer, /invalid_client|invalid_request|invalid_grant|invalid_dpop_proof/);
  },
  'ensure-authorization-code-is-bound-to-client': async (plan) => {
    const done = await authorized(plan, plan.first);
    expectRefused(await redeem(plan, { ...done, client: plan.second }, done.code), /invalid_grant/);
  },
  'attempt-reuse-authorization-code-after-one-second': async (plan) => {
    const { done, access_token } = await signIn(plan, plan.first);
    moveClock(1);
    const { status, body } = await redeem(plan, done, done.code);
    expect([status, body.error]).toEqual([400, 'invalid_grant']);
    // Otherwise the suite warns.
    expect((await resource(plan, plan.first, access_token)).status).toBe(401);
  },
  'ensure-token-endpoint-fails-with-expired-auth-code': async (plan) => {
    const done = await authorized(plan, plan.first);
    moveClock(62);
    expectRefused(await redeem(plan, done, done.code), /invalid_grant/);
  },
  'refresh-token': async (plan) => {
    const { first, second } = plan;
    const { refresh_token, access_token, claims } = await signIn(plan, first);
    moveClock(1);
    const fresh = await checked(plan, first, await refresh(plan, first, refresh_token), claims.nonce);
    expect(fresh.access_token).not.toBe(access_token);
    expect([fresh.claims.sub, fresh.claims.auth_time]).toEqual([claims.sub, claims.auth_time]);
    // FAPI 2.0 Security Profile 5.3.2.1: no rotation, so that a lost answer loses nothing.
    const latest = fresh.refresh_token ?? refresh_token;
    expect(latest !== refresh_token).toBe(plan.variant.rotates === true);

    const unproven = await refresh(plan, first, latest, { assertion: false, certificate: false });
    expectRefused(unproven, /invalid_client|invalid_request|invalid_grant/);
    const others = await signIn(plan, second);
    expectRefused(await refresh(plan, first, others.refresh_token), /invalid_grant/);
    expect((await resource(plan, first, others.access_token)).status).toBe(401);
  },

  // Private keys.
  'ensure-signed-client-assertion-with-RS256-fails': assertedAtToken(() => ({ alg: 'RS256' })),
  'ensure-client-assertion-in-token-endpoint': assertedAtToken(() => false),
  'ensure-client-assertion-with-exp-is-5-minutes-in-past-fails': assertedAtToken(() => ({
    claims: { exp: seconds() - 300 },
  })),
  'ensure-client-assertion-with-wrong-aud-fails': assertedAtToken(() => ({
    claims: { aud: 'https://other.example/' },
  })),
  'ensure-client-assertion-with-no-sub-fails': assertedAtToken(() => ({ claims: { sub: undefined } })),
  'par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted': assertedAtPar(
    () => ({ iat: seconds() + 8, nbf: seconds() + 8 }),
    true,
  ),
  'par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails': assertedAtPar(() => ({
    iat: seconds() + 65,
    nbf: seconds() + 65,
  })),
  'par-test-array-as-audience-fails': assertedAtPar(({ op }) => ({ aud: [op.issuer, 'https://other.example/'] })),
  'par-test-par-endpoint-url-as-audience-fails': assertedAtPar(({ op }) => ({
    aud: op.metadata.pushed_authorization_request_endpoint,
  })),
  'par-test-token-endpoint-url-as-audience-fails': assertedAtPar(({ op }) => ({ aud: op.metadata.token_endpoint })),

  'par-attempt-to-use-expired-request_uri': async (plan) => {
    const { body } = await push(plan, plan.first, requestOf(plan, plan.first));
    moveClock(body.expires_in + 2);
    const ended = await createBrowser(plan.op).get(pushedUrl(plan, plan.first.client_id, body.request_uri));
    await expectEnded(plan, plan.first, ended, /invalid_request/);
  },
  'par-authorization-request-containing-request_uri-form-param': async (plan) => {
    const request_uri = await pushed(plan, plan.first, requestOf(plan, plan.first));
    const answer = await push(plan, plan.first, requestOf(plan, plan.first), { params: { request_uri } });
    expectRefused(answer, /invalid_request|request_uri_not_supported/);
  },
  'par-attempt-invalid-http-method': async ({ op }) => {
    const { status } = await fetch(op.metadata.pushed_authorization_request_endpoint, { method: 'PUT', body: 'x=y' });
    expect(status).toBe(405);
  },
  'discovery-end-point-verification': async (plan) => {
    const { metadata } = plan.op;
    const strong = ['PS256', 'ES256', 'EdDSA', 'Ed25519'];
    expect(metadata).toMatchObject({
      issuer: plan.op.issuer,
      response_types_supported: ['code'],
      response_modes_supported: expect.arrayContaining(['jwt']),
      authorization_signing_alg_values_supported: expect.any(Array),
      authorization_encryption_alg_values_supported: expect.any(Array),
      authorization_encryption_enc_values_supported: expect.any(Array),
      authorization_response_iss_parameter_supported: true,
      pushed_authorization_request_endpoint: expect.any(String),
      require_pushed_authorization_requests: true,
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['private_key_jwt', 'self_signed_tls_client_auth'],
      tls_client_certificate_bound_access_tokens: true,
      mtls_endpoint_aliases: expect.objectContaining({ token_endpoint: expect.stringMatching(/^https:/) }),
      scopes_supported: expect.arrayContaining(['openid']),
      subject_types_supported: expect.arrayContaining(['public']),
      grant_types_supported: expect.arrayContaining(['refresh_token']),
    });
    for (const name of ['id_token', 'userinfo', 'dpop', 'token_endpoint_auth', 'request_object']) {
      const values = metadata[`${name}_signing_alg_values_supported`];
      expect(values.length).toBeGreaterThan(0);
      expect(strong).toEqual(expect.arrayContaining(values));
    }
  },
};

/** Codes that are bound to the key that was shown, or named, when the request was pushed (RFC 9449 10). */
export const dpopBinding: Modules<FapiPlan> = {
  'ensure-mismatched-dpop-jkt-fails': async (plan) => {
    const request = requestOf(plan, plan.first, { dpop_jkt: plan.second.jkt });
    expectRefused(await push(plan, plan.first, request, { dpop: {} }), /invalid_request|invalid_dpop_proof/);
  },
  'ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt': async (plan) => {
    const done = await authorized(plan, plan.first, {}, { sent: { dpop: {} } });
    const answer = await redeem(plan, done, done.code, { dpop: { by: plan.second } });
    expectRefused(answer, /invalid_grant|invalid_dpop_proof/);
  },
  'ensure-token-endpoint-fails-with-mismatched-dpop-jkt': async (plan) => {
    const done = await authorized(plan, plan.first, { dpop_jkt: plan.first.jkt });
    const answer = await redeem(plan, done, done.code, { dpop: { by: plan.second } });
    expectRefused(answer, /invalid_grant|invalid_dpop_proof/);
  },
  'ensure-dpopproof-at-par-endpoint-binding-success': async (plan) => {
    const done = await authorized(plan, plan.first, {}, { sent: { dpop: {} } });
    await tokensFor(plan, done);
  },
  'ensure-dpop-auth-code-binding-success': async (plan) => {
    const done = await authorized(plan, plan.first, { dpop_jkt: plan.first.jkt }, { sent: { dpop: {} } });
    await tokensFor(plan, done);
  },
};
