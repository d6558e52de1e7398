import { dpop } from './fapi/dpop.ts';
import { dpopBinding, endpoints } from './fapi/endpoints.ts';
import type { FapiVariant } from './fapi/plan.ts';
import { requestObjects } from './fapi/request-objects.ts';
import { requests } from './fapi/requests.ts';
import { fapiSuite } from './fapi/suite.ts';
import type { Modules } from './suite/modules.ts';
import { testModules } from './suite/run.ts';

/** The plans `fapi2-security-profile-final` and `fapi2-message-signing-final`. */

const PREFIX = 'fapi2-security-profile-final-';
const prefixed = <P>(modules: Modules<P>): Modules<P> =>
  Object.fromEntries(Object.entries(modules).map(([name, module]) => [PREFIX + name, module]));

const planOf = fapiSuite('conformance-fapi2');
const all = prefixed({ ...requests, ...endpoints, ...dpopBinding, ...dpop, ...requestObjects });

const run = (client: string, variant: FapiVariant, ...modules: object[]) => {
  const names = modules.flatMap((some) => Object.keys(some)).map((name) => PREFIX + name);
  testModules(
    variant,
    all,
    [...new Set(names)].filter((name) => !isNoMatterOf(variant, name)),
    planOf(client, variant),
  );
};

/** Not applicable by the suite's own word, or, for a signed request, asked for by another module. */
function isNoMatterOf({ client_auth_type, signed }: FapiVariant, name: string): boolean {
  const ofAssertions = /client-assertion|audience/.test(name);
  return (
    (client_auth_type === 'mtls' && ofAssertions) ||
    (!signed && /par-authorization-request-containing-request_uri$/.test(name))
  );
}

run('suite', { client_auth_type: 'private_key_jwt', sender_constrain: 'dpop' }, requests, endpoints, dpopBinding, dpop);
run('suite-mtls', { client_auth_type: 'mtls', sender_constrain: 'mtls' }, requests, endpoints);
run(
  'suite-signed',
  { client_auth_type: 'private_key_jwt', sender_constrain: 'dpop', signed: true, jarm: true },
  requests,
  endpoints,
  dpopBinding,
  dpop,
  requestObjects,
);
