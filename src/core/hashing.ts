import { hash, timingSafeEqual } from 'node:crypto';

/** SHA-256 in base64url. For what is already random (tokens, ids): a password needs `factors/password`. */
export const sha256 = (text: string): string => hash('sha256', text, 'base64url');

/**
 * A keyed hash (256 bits, base64url). SHA-3 has no length extension, so key-then-message is a sound MAC (FIPS 202),
 * and one call of `hash` costs a tenth of an HMAC object: it is on the path of every token request.
 */
export const mac = (key: Buffer, text: string): string =>
  hash('sha3-256', Buffer.concat([key, Buffer.from(text)]), 'base64url');

/** Compares in time that depends on the lengths only. */
export function equal(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
