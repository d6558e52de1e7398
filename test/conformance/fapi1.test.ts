import { expect } from '@jest/globals';
import { ofByValue, ofFapi1, ofPlainAnswers, ofPushed, ofPushedAssertions } from './fapi/fapi1.ts';
import type { FapiPlan, FapiVariant } from './fapi/plan.ts';
import { fapiSuite } from './fapi/suite.ts';
import type { Modules } from './suite/modules.ts';
import { testModules } from './suite/run.ts';

/** The plan `fapi1-advanced-final`. */

const PREFIX = 'fapi1-advanced-final';
const planOf = fapiSuite('conformance-fapi1');

const discovery: Modules<FapiPlan> = {
  'discovery-end-point-verification': async ({ op: { metadata } }) => {
    const strong = ['PS256', 'ES256', 'EdDSA', 'Ed25519'];
    expect(metadata).toMatchObject({
      request_parameter_supported: true,
      response_types_supported: expect.arrayContaining(['code', 'code id_token']),
      response_modes_supported: expect.arrayContaining(['jwt']),
      token_endpoint_auth_methods_supported: expect.arrayContaining(['private_key_jwt', 'self_signed_tls_client_auth']),
      tls_client_certificate_bound_access_tokens: true,
      code_challenge_methods_supported: ['S256'],
      pushed_authorization_request_endpoint: expect.any(String),
      claims_parameter_supported: true,
    });
    expect(metadata.require_pushed_authorization_requests).not.toBe(true);
    for (const name of ['id_token', 'token_endpoint_auth', 'request_object', 'authorization']) {
      expect(strong).toEqual(expect.arrayContaining(metadata[`${name}_signing_alg_values_supported`]));
    }
  },
};

const every = { ...discovery, ...ofFapi1, ...ofPlainAnswers, ...ofByValue, ...ofPushed, ...ofPushedAssertions };
const all = Object.fromEntries(Object.entries(every).map(([name, module]) => [named(name), module]));

function named(name: string): string {
  return name === '' ? PREFIX : `${PREFIX}-${name}`;
}

const run = (client: string, variant: FapiVariant, ...modules: Modules<FapiPlan>[]) => {
  const names = modules.flatMap((some) => Object.keys(some));
  const ofAssertions = variant.client_auth_type === 'mtls' ? /client-assertion/ : /^$(?!)/;
  testModules(
    variant,
    all,
    names.filter((name) => name === '' || !ofAssertions.test(name)).map(named),
    planOf(client, variant),
  );
};

const common = { sender_constrain: 'mtls', signed: true, rotates: true } as const;
const byKey = { ...common, client_auth_type: 'private_key_jwt', response_type: 'code id_token' } as const;

run('suite', { ...byKey, by_value: true }, discovery, ofFapi1, ofPlainAnswers, ofByValue);
run('suite', byKey, ofFapi1, ofPlainAnswers, ofPushed, ofPushedAssertions);
run('suite-mtls', { ...common, client_auth_type: 'mtls', jarm: true }, ofFapi1, ofPushed);
