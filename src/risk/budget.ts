import { mac } from '../core/hashing.ts';
import type { Attack, AttackType } from './attacks.ts';
import type { Owner } from './throttle.ts';

/** So many uses (`max`), by whom or of what (`of`), in so many seconds (`window`). `name` and `of` together name the counter. */
export type Budget = { name: string; of: readonly string[]; max: number; window: number };

/** `retryAfter`: seconds. `exceeded`: the budget that is used up. */
export type Spent = { allowed: true } | { allowed: false; retryAfter: number; exceeded: Budget };

/**
 * Takes one use from each budget, in this order, before what it is for is done: uses made at once are all counted. What one
 * refuses takes nothing from those after it, so narrow ones come first: who is refused anyway spends no budget of others.
 * Error `unavailable`: a store that is down allows nothing.
 */
export async function spend(owner: Owner, budgets: readonly Budget[]): Promise<Spent> {
  for (const budget of budgets) {
    const { count, resetsIn } = await owner.store.artifacts.increment(keyOf(owner, budget), budget.window);
    if (count > budget.max) return { allowed: false, retryAfter: Math.max(1, resetsIn), exceeded: budget };
  }
  return { allowed: true };
}

/** Begins these budgets anew. */
export async function restore(owner: Owner, budgets: readonly Budget[]): Promise<void> {
  await Promise.all(budgets.map((budget) => owner.store.artifacts.reset(keyOf(owner, budget))));
}

/** How many were asked of it, those that were refused included. */
export const spentOf = async (owner: Owner, budget: Budget): Promise<number> =>
  (await owner.store.artifacts.count(keyOf(owner, budget))).count;

/** The attack that a used-up budget shows: one for each counter. */
export const attackOn = (owner: Owner, type: AttackType, budget: Budget): Attack => ({
  type,
  by: budget.name,
  key: keyOf(owner, budget),
  count: budget.max + 1,
  within: budget.window,
});

// Addresses and what was typed are kept as a keyed hash only.
const keyOf = (owner: Owner, { name, of }: Budget): string =>
  `budget ${name} ${mac(owner.secretFor('throttle'), JSON.stringify(of))}`;
