const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The wait before each attempt, in milliseconds. */
export const DELAYS = [
  0,
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

/** When to try again after so many attempts, or undefined when that were all. Up to a fifth later, for not all to come at once. */
export function nextAttempt(attempts: number, now: number, random: () => number): number | undefined {
  const delay = DELAYS[attempts];
  return delay === undefined ? undefined : Math.round(now + delay * (1 + random() / 5));
}
