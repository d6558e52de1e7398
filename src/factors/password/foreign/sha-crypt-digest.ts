import { hash } from 'node:crypto';
import { toCrypt64 } from './crypt64.ts';

/**
 * The digest of `$5$` and `$6$`, as text. Numbers in comments are the steps of the specification
 * (https://www.akkadia.org/drepper/SHA-crypt.txt).
 */
export function shaCryptDigest(
  algorithm: 'sha256' | 'sha512',
  password: string,
  saltText: string,
  rounds: number,
): string {
  const digest = (...parts: Buffer[]) => hash(algorithm, Buffer.concat(parts), 'buffer');
  const [key, salt] = [Buffer.from(password), Buffer.from(saltText)];

  // 4-8
  const b = digest(key, salt, key);
  // 1-3, 9-12
  const ofLength: Buffer[] = [];
  for (let bits = key.length; bits > 0; bits >>= 1) ofLength.push(bits & 1 ? b : key);
  const a = digest(key, salt, stretched(b, key.length), ...ofLength);
  // 13-16
  const p = stretched(digest(...Array.from({ length: key.length }, () => key)), key.length);
  // 17-20
  const s = stretched(digest(...Array.from({ length: 16 + a[0]! }, () => salt)), salt.length);
  // 21
  let c = a;
  for (let round = 0; round < rounds; round += 1) {
    const odd = round % 2 === 1;
    const parts = [odd ? p : c];
    if (round % 3 !== 0) parts.push(s);
    if (round % 7 !== 0) parts.push(p);
    parts.push(odd ? c : p);
    c = digest(...parts);
  }
  return toCrypt64(transposed(c));
}

/** The bytes again and again, cut to the length. */
const stretched = (bytes: Buffer, length: number) => Buffer.alloc(length, length > 0 ? bytes : 0);

/**
 * 22: the bytes in the order in which they are written, each three from lowest to highest. The three come from the three
 * thirds of the digest, and take turns in being the highest; what is left over ends it.
 */
function transposed(digest: Buffer): number[] {
  const third = Math.floor(digest.length / 3);
  const turn = digest.length === 32 ? 2 : 1;
  const order = Array.from({ length: third }, (_, i) =>
    [0, 1, 2].map((n) => i + third * ((n + turn * i) % 3)).reverse(),
  ).flat();
  const rest = digest.length === 32 ? [30, 31] : [63];
  return [...order, ...rest].map((i) => digest[i]!);
}
