import type { Clock } from '../../core/clock.ts';
import { lru } from '../../core/lru.ts';

/** So many failures one after another, and it is left alone for so many milliseconds. */
const FAILURES = 5;
const PAUSE = 30_000;

/** Runs a call to what `key` names; rejects at once while that is known not to answer. */
export type Breaker = <T>(key: string, call: () => Promise<T>) => Promise<T>;

/**
 * Keeps people from waiting, one after the other, for a service that does not answer. After `FAILURES` in a row its calls are
 * refused for `PAUSE`, then one may try for all.
 */
export function createBreaker(clock: Clock): Breaker {
  const failing = lru<{ failures: number; until: number }>(1000);

  return async (key, call) => {
    const state = failing.get(key);
    if (state && state.failures >= FAILURES) {
      if (clock() < state.until) throw new Error('not asked: it did not answer the last times');
      // Whoever comes while this one tries is refused.
      state.until = clock() + PAUSE;
    }
    try {
      const answer = await call();
      failing.delete(key);
      return answer;
    } catch (error) {
      const failures = (failing.get(key)?.failures ?? 0) + 1;
      failing.set(key, { failures, until: clock() + PAUSE });
      throw error;
    }
  };
}
