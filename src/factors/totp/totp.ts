import type { Audit } from '../../audit/audit.ts';
import type { Clock } from '../../core/clock.ts';
import { notFound } from '../../core/errors.ts';
import type { Attacks } from '../../risk/attacks.ts';
import { restore } from '../../risk/budget.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { countsGuesses } from '../guesses.ts';
import { journal } from '../journal.ts';
import type { Notify } from '../notices.ts';
import type { Origin } from '../origin.ts';
import { typedDigits } from '../typed-code.ts';
import type { Refused, Verified } from '../verification.ts';
import { matchingStep } from './algorithm.ts';
import { createTotpEnrolment } from './enrolment.ts';
import { guessBudgets } from './guesses.ts';
import { type Authenticator, authenticatorsRecord } from './record.ts';
import { openSeed } from './seed.ts';

/** What is told of an authenticator; times in milliseconds. */
export type AuthenticatorInfo = Pick<Authenticator, 'id' | 'name' | 'createdAt' | 'lastUsedAt'>;

/** Codes of authenticator apps (RFC 6238), several per account. Seeds are sealed at rest. */
export function createTotp(deps: { clock: Clock; audit: Audit; attacks: Attacks; notify: Notify }) {
  const { record, refuse } = journal(deps.audit, 'totp');
  const countGuess = countsGuesses(deps, 'totp');
  const records = (tenant: Tenant) => tenant.store.records(authenticatorsRecord);

  /** The first authenticator that has this code now, as it is once the code was used. */
  function withCode(tenant: Tenant, accountId: string, all: Authenticator[], code: string, now: number) {
    for (const one of all) {
      const lastStep = matchingStep(openSeed(tenant, accountId, one), code, Math.floor(now / 1000), one.lastStep);
      if (lastStep !== undefined) return { ...one, lastStep, lastUsedAt: now };
    }
    return undefined;
  }

  return {
    ...createTotpEnrolment(deps),

    /** Each code counts once, over all nodes, and none older than one that counted (RFC 6238 5.2). */
    async verify(
      tenant: Tenant,
      accountId: string,
      code: string,
      origin: Origin = {},
    ): Promise<Verified<{ id: string }> | Refused<'wrong' | 'throttled'>> {
      const budgets = guessBudgets(tenant, accountId, origin);
      const throttled = await countGuess(tenant, accountId, origin, budgets);
      if (throttled) return throttled;

      const typed = typedDigits(code);
      const now = deps.clock();
      let used: Authenticator | undefined;
      // Asked again when another write came between: what that one accepted is no longer later than its last step.
      const after = await records(tenant).update(accountId, ({ authenticators }) => {
        const next = withCode(tenant, accountId, authenticators, typed, now);
        used = next;
        return next && { authenticators: authenticators.map((one) => (one.id === next.id ? next : one)) };
      });
      // None after: all were removed while the code was looked at.
      if (!used || !after) return refuse(tenant, accountId, origin, 'wrong');
      await restore(tenant, budgets);
      return { ok: true, proof: { factor: 'totp', at: Math.floor(now / 1000) }, id: used.id };
    },

    async list(tenant: Tenant, accountId: string): Promise<AuthenticatorInfo[]> {
      const stored = await records(tenant).get(accountId);
      return (stored?.authenticators ?? []).map(({ sealedSeed, lastStep, ...info }) => info);
    },

    /** Error `not_found`. */
    async remove(tenant: Tenant, accountId: string, id: string, origin: Origin = {}): Promise<void> {
      let removed: Authenticator | undefined;
      const after = await records(tenant).update(accountId, ({ authenticators }) => {
        removed = authenticators.find((one) => one.id === id);
        return removed && { authenticators: authenticators.filter((one) => one !== removed) };
      });
      if (!removed || !after) throw notFound(`authenticator "${id}"`);
      await record(tenant, 'factor.removed', accountId, origin, { id });
      await deps.notify(tenant, accountId, { template: 'factor_removed', factor: 'totp' });
    },

    /** For an account that ends or starts anew: the caller tells its user. */
    async removeAll(tenant: Tenant, accountId: string, origin: Origin = {}): Promise<void> {
      if (await records(tenant).delete(accountId)) await record(tenant, 'factor.removed', accountId, origin);
    },
  };
}

export type Totp = ReturnType<typeof createTotp>;
