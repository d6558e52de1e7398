import { mac } from '../core/hashing.ts';
import { networkOf, subscriberOf } from './address.ts';
import type { Attack } from './attacks.ts';
import { type Limit, waitFor } from './limits.ts';
import type { Owner } from './throttle.ts';

/** Who types the code that a device shows: who is signed in, or else a browser's session. */
export type CodeTyper = { accountId?: string | undefined; session: string; ip: string };

/** Wrong codes: five, five more after ten minutes, and then none until the hour is over. */
const ONE: Limit = { max: 5, later: [[600, 10]], window: 3600 };
/** Many addresses, a few people each. */
const MANY: Limit = { max: 50, later: [[600, 100]], window: 3600 };

type Counted = { by: string; of: string; limit: Limit };

/**
 * Counts a code before it is looked up, so that guesses made at once are all counted; in the store, so that the count is one
 * over all nodes. Resolves to the seconds until it would be allowed, 0: it is; and to the attack that it is part of.
 */
export async function countUserCode(tenant: Owner, typer: CodeTyper): Promise<{ wait: number; attack?: Attack }> {
  const counted = await Promise.all(
    countersOf(typer).map(async (one) => {
      const counter = await add(tenant, one, 1);
      return { ...one, counter, wait: waitFor(one.limit, counter) };
    }),
  );
  const full = counted.reduce((longest, one) => (one.wait > longest.wait ? one : longest));
  if (full.wait === 0) return { wait: 0 };
  // To keep on while it is refused makes no wait longer.
  await forgiveUserCode(tenant, typer);
  const { by, of, limit, counter, wait } = full;
  const within = limit.window - counter.resetsIn;
  return {
    wait,
    attack: {
      type: 'attack.guessing',
      by: `user_code ${by}`,
      key: keyOf(tenant, by, of),
      count: counter.count,
      within,
    },
  };
}

/** The code was a right one, or was not looked at: it is no wrong one. */
export async function forgiveUserCode(tenant: Owner, typer: CodeTyper): Promise<void> {
  await Promise.all(countersOf(typer).map((one) => add(tenant, one, -1)));
}

/**
 * Who is signed in has guesses of his own, which no neighbour can use up; more sessions give no more. A session that
 * costs nothing counts no more than its address.
 */
const countersOf = ({ accountId, session, ip }: CodeTyper): Counted[] =>
  accountId === undefined
    ? [
        { by: 'session', of: session, limit: ONE },
        { by: 'address', of: subscriberOf(ip), limit: ONE },
        { by: 'network', of: networkOf(ip), limit: MANY },
      ]
    : [{ by: 'account', of: accountId, limit: ONE }];

const add = (tenant: Owner, { by, of, limit }: Counted, count: number) =>
  tenant.store.artifacts.increment(keyOf(tenant, by, of), limit.window, count);

const keyOf = (tenant: Owner, by: string, of: string): string =>
  `user code guesses ${by} ${mac(tenant.secretFor('throttle'), of)}`;
