import type { Account } from 'oidc-provider';
import { type Cache, readThrough } from '../core/cache.ts';
import type { Tenant } from '../tenants/tenant.ts';

/** What the protocol needs to know of a user: standard claims, complete. Undefined for one who may not sign in. */
export type FindUser = (tenant: Tenant, sub: string) => Promise<{ claims: Record<string, unknown> } | undefined>;

/** Milliseconds after which a disabled user is refused everywhere. */
const FRESH_FOR = 900;

/** Accounts as the protocol core asks for them: several times a flow, so kept for a moment. */
export function createAccountCache(tenant: Tenant, findUser: FindUser): Cache<Account> {
  return readThrough({
    max: 1000,
    freshFor: FRESH_FOR,
    staleOnError: false,
    async load(sub) {
      const user = await findUser(tenant, sub);
      return user && { accountId: sub, claims: async () => ({ ...user.claims, sub }) };
    },
  });
}
