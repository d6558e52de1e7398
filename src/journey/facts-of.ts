import type { PolicyPart } from '../tenants/settings/authentication.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { Facts } from './facts.ts';
import { lifetimesFor } from './lifetimes.ts';
import type { Person } from './person.ts';
import { partsOf, policyFor } from './policy.ts';

/** The facts of a sign-in at a tenant: its settings, and what is known of the request, the session and the person. */
export function factsOf(
  { settings }: Pick<Tenant, 'settings'>,
  known: Pick<Facts, 'now' | 'request' | 'session' | 'journey' | 'trustedDevice' | 'risk'> & {
    clientPolicy: PolicyPart | undefined;
    person: Person | undefined;
  },
): Facts {
  const { clientPolicy, person, ...rest } = known;
  const { assurance, authentication } = settings;
  const say = { roles: person?.roles, organizations: person?.organizations, client: clientPolicy };
  return {
    ...rest,
    ladder: assurance.acr_values,
    lifetimes: lifetimesFor(settings, partsOf(authentication, say)),
    policy: policyFor(authentication, say),
    account: person?.account,
  };
}
