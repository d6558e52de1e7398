import type { Audit } from '../../audit/audit.ts';
import { type Clock, seconds } from '../../core/clock.ts';
import { mac } from '../../core/hashing.ts';
import type { Attacks } from '../../risk/attacks.ts';
import { type Budget, restore } from '../../risk/budget.ts';
import { upsert } from '../../store/upsert.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { countsGuesses } from '../guesses.ts';
import { journal } from '../journal.ts';
import type { Notify } from '../notices.ts';
import { type Origin, ownDevice } from '../origin.ts';
import type { Refused, Verified } from '../verification.ts';
import { recoveryCodesRecord } from './record.ts';
import { grouped, newCode, normalized } from './text.ts';

export const CODES = 10;

/** 60 bits are not guessed: this is against the load, and for the noise to be seen. */
const guessBudgets = (tenant: Tenant, accountId: string, origin: Origin): Budget[] => [
  { name: 'recovery code guesses', of: [accountId, ownDevice(tenant, accountId, origin)], max: 20, window: 3600 },
];

/** Codes on paper, each of which stands in once for a factor that is lost. */
export function createRecoveryCodes(deps: { clock: Clock; audit: Audit; attacks: Attacks; notify: Notify }) {
  const { record, refuse } = journal(deps.audit, 'recovery_code');
  const countGuess = countsGuesses(deps, 'recovery_code');
  const records = (tenant: Tenant) => tenant.store.records(recoveryCodesRecord);
  // Machine-made secrets of 60 bits behind a key: a fast hash is right.
  const hashOf = (tenant: Tenant, accountId: string, code: string) =>
    mac(tenant.secretFor('recovery codes'), JSON.stringify([accountId, code]));

  return {
    /** Ten new codes, told this once; those from before end. */
    async generate(tenant: Tenant, accountId: string, origin: Origin = {}): Promise<string[]> {
      const codes = Array.from({ length: CODES }, newCode);
      const hashes = codes.map((code) => hashOf(tenant, accountId, code));
      await upsert(records(tenant), accountId, () => ({ hashes, createdAt: deps.clock() }));
      await record(tenant, 'factor.enrolled', accountId, origin, { count: CODES });
      await deps.notify(tenant, accountId, { template: 'recovery_codes_made' });
      return codes.map(grouped);
    },

    /** Uses the code up. The user is told each time: somebody may have found the paper. */
    async verify(
      tenant: Tenant,
      accountId: string,
      code: string,
      origin: Origin = {},
    ): Promise<Verified<{ left: number }> | Refused<'wrong' | 'throttled'>> {
      const budgets = guessBudgets(tenant, accountId, origin);
      const throttled = await countGuess(tenant, accountId, origin, budgets);
      if (throttled) return throttled;

      const hash = hashOf(tenant, accountId, normalized(code));
      let left: number | undefined;
      const after = await records(tenant).update(accountId, (before) => {
        const hashes = before.hashes.filter((one) => one !== hash);
        left = hashes.length < before.hashes.length ? hashes.length : undefined;
        return left === undefined ? undefined : { ...before, hashes };
      });
      // None after: all were removed while the code was looked at.
      if (left === undefined || !after) return refuse(tenant, accountId, origin, 'wrong');
      await restore(tenant, budgets);
      const details = { factor: 'recovery_code', left };
      const { ip, requestId } = origin;
      await deps.audit.record(tenant.id, { type: 'recovery_code.used', target: accountId, ip, requestId, details });
      await deps.notify(tenant, accountId, { template: 'recovery_code_used', left });
      return { ok: true, proof: { factor: 'recovery_code', at: seconds(deps.clock) }, left };
    },

    /** Undefined where there never were any. `createdAt` in milliseconds. */
    async status(tenant: Tenant, accountId: string): Promise<{ left: number; createdAt: number } | undefined> {
      const stored = await records(tenant).get(accountId);
      return stored && { left: stored.hashes.length, createdAt: stored.createdAt };
    },

    /** For an account that ends or starts anew, or has no factor left that they stand in for. */
    async removeAll(tenant: Tenant, accountId: string, origin: Origin = {}): Promise<void> {
      if (await records(tenant).delete(accountId)) await record(tenant, 'factor.removed', accountId, origin);
    },
  };
}

export type RecoveryCodes = ReturnType<typeof createRecoveryCodes>;
