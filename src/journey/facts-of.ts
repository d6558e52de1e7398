import type { PolicyPart } from '../tenants/settings/authentication.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { Facts } from './facts.ts';
import type { Person } from './person.ts';
import { policyFor } from './policy.ts';

/** The facts of a sign-in at a tenant: its settings, and what is known of the request, the session and the person. */
export function factsOf(
  { settings }: Pick<Tenant, 'settings'>,
  known: Pick<Facts, 'now' | 'request' | 'session' | 'journey' | 'trustedDevice' | 'risk'> & {
    clientPolicy: PolicyPart | undefined;
    person: Person | undefined;
  },
): Facts {
  const { clientPolicy, person, ...rest } = known;
  const { assurance, authentication, session } = settings;
  return {
    ...rest,
    ladder: assurance.acr_values,
    lifetimes: {
      1: { idle: session.ttl, absolute: assurance.aal1.absolute },
      2: assurance.aal2,
      3: assurance.aal3,
    },
    policy: policyFor(authentication, {
      roles: person?.roles,
      organizations: person?.organizations,
      client: clientPolicy,
    }),
    account: person?.account,
  };
}
