import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../core/package-root.ts';

/** The country code of an address, given as a number: all of an IPv4 address, the upper 64 bits of an IPv6 address. */
export type CountryTable = { v4(address: number): string | undefined; v6(prefix: bigint): string | undefined };

/** The file that config/geo/build.ts makes; its form is told there. 2.6 MB, outside the JavaScript heap. */
export const readCountryTable = (): CountryTable =>
  countryTable(readFileSync(join(packageRoot, 'config/geo/countries.bin')));

export function countryTable(bytes: Buffer): CountryTable {
  const codes = bytes.toString('latin1', 1, 1 + bytes[0]! * 2);
  const v4 = section(1 + codes.length, 4);
  const v6 = section(v4.end, 8);
  return {
    v4: (address) => v4.find((at) => bytes.readUInt32LE(at) <= address),
    v6: (prefix) => v6.find((at) => bytes.readBigUInt64LE(at) <= prefix),
  };

  function section(at: number, width: number) {
    const count = bytes.readUInt32LE(at);
    const starts = at + 4;
    const countries = starts + count * width;
    return {
      end: countries + count,
      /** The country of the last range that begins before; `begins` says whether the one at an offset does. */
      find(begins: (offset: number) => boolean): string | undefined {
        let low = 0;
        let high = count - 1;
        while (low < high) {
          const middle = (low + high + 1) >> 1;
          if (begins(starts + middle * width)) low = middle;
          else high = middle - 1;
        }
        const country = bytes[countries + low]!;
        return country === 0 ? undefined : codes.slice(country * 2 - 2, country * 2);
      },
    };
  }
}
