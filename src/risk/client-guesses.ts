import type { Clock } from '../core/clock.ts';
import { lru } from '../core/lru.ts';
import { subscriberOf } from './address.ts';
import type { Owner } from './throttle.ts';

/** Wrong secrets of one client from one address, and in how many seconds. */
export const MAX_WRONG_SECRETS = 20;
const WINDOW = 15 * 60;

export type ClientGuesses = {
  /** Seconds until a guess is free again, 0 when it is. Asks no store: it is on the path of every token request. */
  wait(clientId: string, ip: string): number;
  countWrong(clientId: string, ip: string): Promise<void>;
};

/**
 * Secrets that we make cannot be guessed, those that people choose might be. The count is one over all nodes; each node
 * learns from its first wrong guess that the measure is full, so that more nodes are hardly more guesses.
 */
export function createClientGuesses(tenant: Owner, clock: Clock): ClientGuesses {
  const blocked = lru<number>(10_000);
  const key = (clientId: string, ip: string) => `client secret guesses ${subscriberOf(ip)} ${clientId}`;
  return {
    wait(clientId, ip) {
      if (blocked.size === 0) return 0;
      const until = blocked.get(key(clientId, ip)) ?? 0;
      return Math.max(0, Math.ceil((until - clock()) / 1000));
    },
    async countWrong(clientId, ip) {
      const name = key(clientId, ip);
      const { count, resetsIn } = await tenant.store.artifacts.increment(name, WINDOW);
      if (count >= MAX_WRONG_SECRETS) blocked.set(name, clock() + resetsIn * 1000);
    },
  };
}
