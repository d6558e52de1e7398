import { wouldLockOut } from '../core/errors.ts';
import type { FactorName } from '../factors/proof.ts';
import type { RecoveryCodes } from '../factors/recovery-codes/recovery-codes.ts';
import type { FindPerson } from '../journey/person.ts';
import type { TrustedDevices } from '../sessions/trusted-devices.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { alone } from './alone.ts';
import { hasSecond, type LockOut, lockOut } from './lock-out.ts';
import type { PortalVisit } from './visit.ts';

/** A factor of which an account may have several. */
export type Several = {
  factor: FactorName;
  /** Those that one can sign in with. */
  usable(tenant: Tenant, accountId: string): Promise<readonly { id: string }[]>;
  remove(tenant: Tenant, accountId: string, id: string, from: PortalVisit['from']): Promise<void>;
};

export type RemovalDeps = {
  findPerson: FindPerson;
  recoveryCodes: Pick<RecoveryCodes, 'removeAll'>;
  trustedDevices: Pick<TrustedDevices, 'forgetAll'>;
};

/** One of several factors away, but never the way in. */
export function createRemoval(deps: RemovalDeps) {
  /** The factors before and after, as it stands now. */
  async function consider({ tenant, user, id }: PortalVisit, { factor, usable }: Several) {
    const [person, things] = await Promise.all([
      deps.findPerson(tenant, user.id, { factors: true }),
      usable(tenant, user.id),
    ]);
    const before = person?.account.factors ?? [];
    const isLast = things.every((thing) => thing.id === id);
    return { before, after: isLast ? before.filter((one) => one !== factor) : before };
  }

  return {
    /** Why it cannot be removed; undefined: it can. */
    async reasonAgainst(visit: PortalVisit, several: Several): Promise<LockOut | undefined> {
      const { before, after } = await consider(visit, several);
      return lockOut(before, after, visit.policy);
    },

    /** Errors `would_lock_out`, `not_found`, `version_conflict` while another one is removed. */
    remove: (visit: PortalVisit, several: Several): Promise<void> =>
      alone(visit.tenant, visit.user.id, async () => {
        const { tenant, user, policy, id, from } = visit;
        const { before, after } = await consider(visit, several);
        if (lockOut(before, after, policy)) throw wouldLockOut();
        await several.remove(tenant, user.id, id, from);
        if (!hasSecond(before, policy) || hasSecond(after, policy)) return;
        // Both stood for what is not there any more.
        await deps.recoveryCodes.removeAll(tenant, user.id, from);
        await deps.trustedDevices.forgetAll(tenant, user.id);
      }),
  };
}

export type Removal = ReturnType<typeof createRemoval>;
