import { randomBytes } from 'node:crypto';

let last = 0;
let turn = 0;

/**
 * A sortable, unguessable id, as 26 characters of Crockford base 32 (ULID): 48 bits of milliseconds, 16 that count what
 * this process made in the same one, so that ids sort in the order in which they were made, and 64 random bits.
 */
export function newId(now: number = Date.now()): string {
  turn = now === last ? (turn + 1) & 0xffff : 0;
  last = now;
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes.writeUInt16BE(turn, 6);
  let bits = BigInt(`0x${bytes.toString('hex')}`);
  let text = '';
  for (let i = 0; i < 26; i += 1) {
    text = CROCKFORD[Number(bits & 31n)] + text;
    bits >>= 5n;
  }
  return text;
}

/** `bits` random bits in base64url; for secrets that a machine keeps. */
export const randomSecret = (bits = 256): string => randomBytes(bits / 8).toString('base64url');

/** Crockford's base 32: no letter that passes for a digit, and no U, so that few words come about. */
export const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
