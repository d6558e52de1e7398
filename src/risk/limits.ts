import type { Counter } from '../store/artifacts.ts';

/** Minutes and hours in seconds. */
const QUARTER = 15 * 60;
const HOUR = 3600;
const DAY = 24 * HOUR;

/**
 * `max` failures at once; when so many seconds have passed since the first of them, more: `later` has both, in order. What
 * is above the last waits for the end of the window, which begins with the first failure.
 */
export type Limit = { max: number; later: readonly (readonly [after: number, max: number])[]; window: number };

/** Who keeps on waits longer each time. */
export const LIMITS = {
  /** One address at one account: a person who tries to remember. */
  pair: {
    max: 10,
    later: [
      [QUARTER, 15],
      [HOUR, 20],
      [4 * HOUR, 25],
      [12 * HOUR, 30],
    ],
    window: DAY,
  },
  /** One address at any accounts: many people may share one. */
  address: {
    max: 100,
    later: [
      [QUARTER, 200],
      [HOUR, 400],
      [6 * HOUR, 1000],
    ],
    window: DAY,
  },
  /** Its neighbours too (/24, /48). */
  network: {
    max: 300,
    later: [
      [QUARTER, 600],
      [HOUR, 1200],
      [6 * HOUR, 3000],
    ],
    window: DAY,
  },
  /** One account from any address; with those of its device no more than 100 (NIST SP 800-63B-4 3.2.2). */
  account: {
    max: 50,
    later: [
      [QUARTER, 65],
      [HOUR, 80],
    ],
    window: DAY,
  },
  /** One account on a device where it has signed in before. */
  device: {
    max: 10,
    later: [
      [QUARTER, 15],
      [HOUR, 20],
    ],
    window: DAY,
  },
} as const satisfies Record<string, Limit>;

/** One password at any accounts. */
export const samePassword = (max: number): Limit => ({ max, later: [], window: HOUR });

/** The failures of a tenant are counted for so long. They are a signal: nobody waits for others' failures. */
export const TENANT_WINDOW = QUARTER;

/** In how many seconds the guess that was counted last would be allowed; 0: it is. */
export function waitFor({ max, later, window }: Limit, { count, resetsIn }: Counter): number {
  if (count <= max) return 0;
  const step = later.find(([, most]) => count <= most);
  if (!step) return Math.max(1, resetsIn);
  return Math.max(0, step[0] - (window - resetsIn));
}
