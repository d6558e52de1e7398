import { FRESH } from '../journey/standing.ts';
import { accountSignIn } from '../oidc/account-client.ts';
import type { Tenant } from '../tenants/tenant.ts';

/** The name that the tenant has for level 2, where it has one. */
export const nameOfLevel2 = ({ settings }: Pick<Tenant, 'settings'>): string | undefined =>
  settings.assurance.acr_values.find(({ aal }) => aal === 2)?.acr;

/** Where to sign in, to come back to the page at that path. `again`: by proofs that are new, and of this level. */
export function signInUrl(tenant: Tenant, page: string, again?: { level: 1 | 2 }): string {
  const acr = again?.level === 2 ? nameOfLevel2(tenant) : undefined;
  return accountSignIn(tenant, {
    state: page,
    ...(again && { max_age: String(FRESH) }),
    ...(acr && { acr_values: acr }),
  });
}
