import { setTimeout as sleep } from 'node:timers/promises';
import { randomSecret } from '../../core/ids.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { Breaches } from './breaches.ts';
import { createEvenly, type Evenly } from './even-time.ts';
import { schemeOf } from './foreign/schemes.ts';
import { createHashThreads } from './hash-threads.ts';
import { checkHashable } from './hashable.ts';
import { importedHash } from './import.ts';
import { costOf, hashPassword, isOwn, matchesOwn } from './own-scheme.ts';
import { checkChosen, type Owner, rulesOf } from './policy.ts';
import type { Queue } from './queue.ts';

/** `rehash`: the password is right, but its hash is not as one would be made today. */
export type Verdict = { valid: boolean; rehash: boolean };

/**
 * Passwords of users: hashed with the tenant's pepper, verified one after another. `cost`: bcrypt's, 4 to 15. `breaches`
 * may be left out where no password is chosen.
 */
export function createPasswords(deps: {
  cost: number;
  queue: Queue;
  breaches?: Breaches;
  evenly?: Evenly;
  wait?: (ms: number) => Promise<unknown>;
}) {
  const threads = createHashThreads();
  const work = (cost: number) => hashPassword(threads, Buffer.alloc(32), randomSecret(), cost);
  const { evenly = createEvenly({ cost: deps.cost, work }), wait = sleep } = deps;
  const pepper = (tenant: Tenant) => tenant.secretFor('password pepper');
  let dummy: Promise<string> | undefined;

  const hash = (tenant: Tenant, password: string): Promise<string> => {
    checkHashable(password);
    return deps.queue(tenant.id, () => hashPassword(threads, pepper(tenant), password, deps.cost));
  };

  const matches = (tenant: Tenant, stored: string, password: string): Promise<boolean> =>
    isOwn(stored) ? matchesOwn(threads, pepper(tenant), password, stored) : threads.verify(stored, password);

  /** What a scheme did not look at is not proven, so it must not become part of the new hash. */
  function isOutdated(stored: string, password: string): boolean {
    if (isOwn(stored)) return costOf(stored) !== deps.cost;
    return Buffer.byteLength(password) <= (schemeOf(stored)?.limit ?? Number.POSITIVE_INFINITY);
  }

  return {
    /** What may be told to who chooses one. */
    rulesOf,

    /**
     * Refuses what may not be chosen. `names`: what the user is called, e-mail address too. Errors: `invalid_input`, its problem
     * with a `reason`; `unavailable` where the tenant insists on a check for leaks.
     */
    async check(owner: Owner, password: unknown, names: readonly string[]): Promise<void> {
      const chosen = await checkChosen(owner, password, names);
      await deps.breaches?.check(owner, chosen);
    },

    /** Whether a right password is known from a leak, as far as that can be found out. */
    isLeaked: async (owner: Owner, password: string): Promise<boolean> =>
      (await deps.breaches?.knows(owner, password)) ?? false,

    imported: importedHash,
    isOwn,
    /** Errors `invalid_input`, `unavailable`. */
    hash,

    /**
     * Where there is no hash (nobody of that name, no password) the same work is done for nothing, so that time does
     * not tell, nor for hashes of other schemes and costs. Errors `invalid_input` for what no password can be,
     * `unavailable`.
     */
    async verify(tenant: Tenant, stored: string | undefined, password: string): Promise<Verdict> {
      checkHashable(password);
      dummy ??= work(deps.cost).catch((error) => {
        dummy = undefined;
        throw error;
      });
      // Awaited in either case, so that the first attempt after a start does not tell either.
      const nobodys = await dummy;
      const against = stored ?? nobodys;
      const isUsual = isOwn(against) && costOf(against) === deps.cost;
      const verify = () => evenly(tenant.id, isUsual, () => matches(tenant, against, password));
      const [isRight, rest] = await deps.queue(tenant.id, verify);
      const valid = isRight && stored !== undefined;
      if (!valid && rest > 0) await wait(rest);
      return { valid, rehash: valid && isOutdated(against, password) };
    },

    /** Ends the threads that hash. */
    close: threads.close,
  };
}

export type Passwords = ReturnType<typeof createPasswords>;
