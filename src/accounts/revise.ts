import { isDeepStrictEqual } from 'node:util';
import type { Audit } from '../audit/audit.ts';
import type { Clock } from '../core/clock.ts';
import { notFound } from '../core/errors.ts';
import type { Stored } from '../store/records.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { type User, userRecord } from './record.ts';
import { refuseTaken } from './taken.ts';

/**
 * One change of a user: one write, and one audit event of that type where it changes anything. `change` may be asked again,
 * and may throw. Errors `not_found`, `already_exists`.
 */
export type Revise = (tenant: Tenant, id: string, type: string, change: (user: User) => User) => Promise<Stored<User>>;

export const createRevise = (deps: { clock: Clock; audit: Audit }): Revise =>
  async function revise(tenant, id, type, change) {
    let differs = false;
    const after = await tenant.store
      .records(userRecord)
      .update(id, (user) => {
        const next = change(user);
        differs = !isDeepStrictEqual(user, next);
        return differs ? { ...next, updatedAt: deps.clock() } : undefined;
      })
      .catch(refuseTaken);
    if (!after) throw notFound(`user "${id}"`);
    if (differs) await deps.audit.record(tenant.id, { type, target: id });
    return after;
  };
