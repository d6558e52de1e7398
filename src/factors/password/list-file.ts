import { hash } from 'node:crypto';

/**
 * A set of texts as 40-bit fingerprints, 3 bytes for each: by the first 16 bits into a bucket, the other 24 sorted in it. A
 * text that is not in it is taken for one that is about `size / 2^40` of the time, 4 in ten million for half a million.
 * Layout: 65,536 counts of one byte, then the buckets.
 */
const BUCKETS = 2 ** 16;
const REST = 3;

/** 40 bits of SHA-256. */
function fingerprint(text: string): { bucket: number; rest: number } {
  const digest = hash('sha256', text, 'buffer');
  return { bucket: digest.readUInt16BE(0), rest: digest.readUIntBE(2, REST) };
}

/** Error: a RangeError when a bucket overflows, which half a million texts are far from. */
export function writeList(texts: Iterable<string>): Buffer {
  const buckets = Array.from({ length: BUCKETS }, () => new Set<number>());
  for (const text of texts) {
    const { bucket, rest } = fingerprint(text);
    buckets[bucket]!.add(rest);
  }
  const counts = Buffer.alloc(BUCKETS);
  for (const [i, { size }] of buckets.entries()) counts.writeUInt8(size, i);
  const sorted = buckets.flatMap((bucket) => [...bucket].sort((a, b) => a - b));
  const rests = Buffer.alloc(sorted.length * REST);
  for (const [i, rest] of sorted.entries()) rests.writeUIntBE(rest, i * REST, REST);
  return Buffer.concat([counts, rests]);
}

export type List = { size: number; has(text: string): boolean };

/** Error: a TypeError when the file is cut off or none of ours. */
export function readList(file: Buffer): List {
  const starts = new Uint32Array(BUCKETS + 1);
  for (let i = 0; i < BUCKETS; i += 1) starts[i + 1] = starts[i]! + (file[i] ?? 0);
  const size = starts[BUCKETS]!;
  if (file.length !== BUCKETS + size * REST) throw new TypeError('the list of common passwords is damaged');
  return {
    size,
    has(text) {
      const { bucket, rest } = fingerprint(text);
      for (let i = starts[bucket]!; i < starts[bucket + 1]!; i += 1) {
        if (file.readUIntBE(BUCKETS + i * REST, REST) === rest) return true;
      }
      return false;
    },
  };
}
