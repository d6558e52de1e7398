import type { FactorName } from '../factors/proof.ts';
import { isMultiFactor } from '../journey/assurance.ts';
import type { Policy } from '../journey/policy.ts';

type Ways = Pick<Policy, 'firstFactors' | 'secondFactors' | 'mfa'>;

/** Why a factor has to stay: without it nobody could begin to sign in, or end it. */
export type LockOut = 'last_first' | 'last_second';

/**
 * Whether an account that has the factors `before` may go on with those `after`; undefined: it may. What was wrong before,
 * by a change of the policy, is no reason to refuse. Pure.
 */
export function lockOut(
  before: readonly FactorName[],
  after: readonly FactorName[],
  policy: Ways,
): LockOut | undefined {
  const loses = (has: typeof hasFirst) => has(before, policy) && !has(after, policy);
  if (loses(hasFirst)) return 'last_first';
  return policy.mfa === 'required' && loses(hasSecond) ? 'last_second' : undefined;
}

/** Those that a sign-in may ask for. */
export const usableOf = (factors: readonly FactorName[], { firstFactors, secondFactors }: Ways): FactorName[] =>
  factors.filter((factor) => [...firstFactors, ...secondFactors].some((allowed) => allowed === factor));

const hasFirst = (factors: readonly FactorName[], { firstFactors }: Ways): boolean =>
  firstFactors.some((factor) => factors.includes(factor));

/** Whether two factors can be proven by what does not get used up. */
export function hasSecond(factors: readonly FactorName[], { firstFactors, secondFactors }: Ways): boolean {
  const first = firstFactors.filter((factor) => factors.includes(factor));
  const second = secondFactors.filter((factor) => factors.includes(factor) && factor !== 'recovery_code');
  return first.some(
    (one) => isMultiFactor([atBest(one)]) || second.some((two) => isMultiFactor([atBest(one), atBest(two)])),
  );
}

const atBest = (factor: FactorName) => ({ factor, at: 0, userVerified: true });
