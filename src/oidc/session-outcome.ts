import { readThrough } from '../core/cache.ts';
import { type Clock, seconds } from '../core/clock.ts';
import type { Facts } from '../journey/facts.ts';
import { factsOf } from '../journey/facts-of.ts';
import { isOver } from '../journey/ground.ts';
import type { FindPerson } from '../journey/person.ts';
import { type Outcome, plan } from '../journey/plan.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { TrustedDevices } from '../sessions/trusted-devices.ts';
import type { PolicyPart } from '../tenants/settings/authentication.ts';
import type { Tenant } from '../tenants/tenant.ts';

export type SessionOutcomeDeps = {
  clock: Clock;
  sessions: Pick<Sessions, 'get' | 'seen'>;
  findPerson: FindPerson;
  trustedDevices: Pick<TrustedDevices, 'holds'>;
};

type Asked = { accountId: string; uid: string; request: Facts['request']; clientPolicy: PolicyPart | undefined };

/** `fresh`: as it is now, else at most a second old. */
export type SessionOutcome = (asked: Asked, fresh: boolean) => Promise<Outcome>;

/** Milliseconds for which what is known of an account is taken for granted, as long as nothing has to be asked. */
const FRESH_FOR = 900;

/** What a session has proven, held against what a request and its client ask, by the same plan as the pages go by. */
export function createSessionOutcome(tenant: Tenant, deps: SessionOutcomeDeps): SessionOutcome {
  const load = (accountId: string) => deps.findPerson(tenant, accountId);
  const people = readThrough({ max: 1000, freshFor: FRESH_FOR, staleOnError: false, load });

  return async ({ accountId, uid, request, clientPolicy }, fresh) => {
    if (fresh) people.drop(accountId);
    const [record, person] = await Promise.all([deps.sessions.get(tenant, uid, fresh), people.get(accountId)]);
    const isTheirs = record?.accountId === accountId && !(person && isOver(record, person));
    const known = isTheirs ? record : undefined;
    const facts = factsOf(tenant, {
      now: seconds(deps.clock),
      request,
      clientPolicy,
      session: known,
      journey: { proofs: [], passed: [] },
      trustedDevice: false,
      risk: 'allow',
      person,
    });
    const trustedDevice =
      known?.trustedDevice !== undefined &&
      (await deps.trustedDevices.holds(tenant, known.trustedDevice, {
        accountId,
        since: person?.passwordChangedAt,
        days: facts.policy.trustedDeviceDays,
      }));
    const { outcome } = plan({ ...facts, trustedDevice });
    // What is over is not prolonged by being asked for.
    if (known && 'done' in outcome) await deps.sessions.seen(tenant, uid, known);
    return outcome;
  };
}
