import type { ClientRecord } from './record.ts';

/** A use is written down once a day at most. Milliseconds. */
const DAY = 86_400_000;

/**
 * Whether a use of a client that ends at `at` (milliseconds), unless it is used within `ttl` seconds, puts that end off
 * far enough to be worth a write.
 */
export const isWorthRenewing = ({ at, ttl }: { at: number; ttl: number }, now: number): boolean =>
  now + ttl * 1000 - at >= Math.min(DAY, ttl * 100);

/** The record of a client that was used just now, or undefined where nothing changes. */
export function renewed(record: ClientRecord, now: number): ClientRecord | undefined {
  const { expires, registration } = record;
  const ttl = registration?.unusedTtl;
  if (expires === undefined || ttl === undefined || !isWorthRenewing({ at: expires, ttl }, now)) return undefined;
  return { ...record, expires: now + ttl * 1000 };
}
