import { createHmac } from 'node:crypto';
import { equal } from '../../core/hashing.ts';

/** What every authenticator app can do (RFC 6238 with its defaults). */
export const DIGITS = 6;
export const PERIOD = 30;

/** RFC 4226 5.3, over HMAC-SHA-1. */
export function hotp(seed: Buffer, counter: number): string {
  const moving = Buffer.alloc(8);
  moving.writeBigUInt64BE(BigInt(counter));
  const digest = createHmac('sha1', seed).update(moving).digest();
  const truncated = digest.readUInt32BE(digest[19]! & 0xf) & 0x7fffffff;
  return String(truncated % 10 ** DIGITS).padStart(DIGITS, '0');
}

/** The time step of a moment (seconds since the epoch). */
export const stepAt = (at: number): number => Math.floor(at / PERIOD);

/**
 * The step later than `after` that a code belongs to: the present one, or one beside it for clocks that differ and people
 * who type slowly (RFC 6238 5.2). All are compared, so that time does not tell which.
 */
export function matchingStep(seed: Buffer, code: string, at: number, after = -1): number | undefined {
  const now = stepAt(at);
  return [now - 1, now, now + 1].filter((step) => equal(hotp(seed, step), code)).find((step) => step > after);
}
