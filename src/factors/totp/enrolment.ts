import type { Audit } from '../../audit/audit.ts';
import { type Clock, seconds } from '../../core/clock.ts';
import { invalidInput } from '../../core/errors.ts';
import { newId } from '../../core/ids.ts';
import { checked } from '../../core/validate.ts';
import { upsert } from '../../store/upsert.ts';
import { shownName } from '../../tenants/settings/shown-name.ts';
import { brandOf, type Tenant } from '../../tenants/tenant.ts';
import { journal } from '../journal.ts';
import type { Notify } from '../notices.ts';
import { oneTime } from '../one-time.ts';
import type { Origin } from '../origin.ts';
import { typedDigits } from '../typed-code.ts';
import type { Refused, Verified } from '../verification.ts';
import { matchingStep } from './algorithm.ts';
import { type Provisioning, provisioning } from './provisioning.ts';
import { authenticatorsRecord } from './record.ts';
import { newSeed, openSeed, sealSeed } from './seed.ts';

export const MAX_AUTHENTICATORS = 5;
const LIFETIME = 15 * 60;

/** An authenticator begins with a seed that counts for nothing until a code has proven that the app has it. */
export function createTotpEnrolment(deps: { clock: Clock; audit: Audit; notify: Notify }) {
  const { record, refuse } = journal(deps.audit, 'totp');
  const records = (tenant: Tenant) => tenant.store.records(authenticatorsRecord);
  const pending = (tenant: Tenant) =>
    oneTime<{ id: string; sealedSeed: string }>(tenant, 'AuthenticatorEnrolment', LIFETIME);

  return {
    /**
     * A new seed, shown this once; one begun before by the same binding is forgotten. `binding`: what only the session
     * that enrols has. `label`: as whom one signs in, for the app. Error `invalid_input` beyond the limit.
     */
    async begin(
      tenant: Tenant,
      accountId: string,
      { binding, label }: { binding: string; label: string },
    ): Promise<Provisioning> {
      const stored = await records(tenant).get(accountId);
      if ((stored?.authenticators.length ?? 0) >= MAX_AUTHENTICATORS) throw tooMany();
      const id = newId(deps.clock());
      const seed = newSeed();
      const waiting = pending(tenant);
      await waiting.put(waiting.idOf(accountId, binding), { id, sealedSeed: sealSeed(tenant, accountId, id, seed) });
      return provisioning(seed, brandOf(tenant), label);
    },

    /** What this binding has begun and not yet confirmed: for its own page, shown once more. */
    async underWay(
      tenant: Tenant,
      accountId: string,
      { binding, label }: { binding: string; label: string },
    ): Promise<Provisioning | undefined> {
      const waiting = pending(tenant);
      const found = await waiting.find(waiting.idOf(accountId, binding));
      return found && provisioning(openSeed(tenant, accountId, found.content), brandOf(tenant), label);
    },

    /**
     * Tries are not limited: who enrols was shown the seed and has nothing to guess. Error `invalid_input` for the name, and
     * beyond the limit.
     */
    async confirm(
      tenant: Tenant,
      accountId: string,
      { binding, code, name }: { binding: string; code: string; name: string },
      origin: Origin = {},
    ): Promise<Verified<{ id: string }> | Refused<'wrong' | 'expired'>> {
      const shown = checked(shownName, name.trim(), '/name');
      const waiting = pending(tenant);
      const place = waiting.idOf(accountId, binding);
      const found = await waiting.find(place);
      if (!found) return refuse(tenant, accountId, origin, 'expired');
      const { id, sealedSeed } = found.content;
      const at = seconds(deps.clock);
      const lastStep = matchingStep(openSeed(tenant, accountId, found.content), typedDigits(code), at);
      if (lastStep === undefined) return refuse(tenant, accountId, origin, 'wrong');
      if (!(await waiting.end(place, found.version))) return refuse(tenant, accountId, origin, 'expired');

      const added = { id, name: shown, sealedSeed, lastStep, createdAt: deps.clock() };
      await upsert(records(tenant), accountId, (before) => {
        const authenticators = before?.authenticators ?? [];
        if (authenticators.length >= MAX_AUTHENTICATORS) throw tooMany();
        return { authenticators: [...authenticators, added] };
      });
      await record(tenant, 'factor.enrolled', accountId, origin, { id });
      await deps.notify(tenant, accountId, { template: 'factor_added', factor: 'totp' });
      return { ok: true, proof: { factor: 'totp', at }, id };
    },
  };
}

const tooMany = () => invalidInput(`an account has at most ${MAX_AUTHENTICATORS} authenticators`);
