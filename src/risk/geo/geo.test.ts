import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { build, read } from '../../../config/geo/build.ts';
import { kmBetween } from './distance.ts';
import { placeOf } from './place.ts';
import { countryTable } from './table.ts';

const bytes = readFileSync(new URL('../../../config/geo/countries.bin', import.meta.url));

describe('placeOf', () => {
  test.each([
    ['8.8.8.8', 'US'],
    ['193.0.6.139', 'NL'],
    ['130.149.7.201', 'DE'],
    ['::ffff:130.149.7.201', 'DE'],
    ['129.132.1.1', 'CH'],
    ['131.111.8.46', 'GB'],
    ['133.11.0.1', 'JP'],
    ['200.160.2.3', 'BR'],
    ['202.12.29.142', 'AU'],
    ['196.25.1.1', 'ZA'],
    ['2001:4860:4860::8888', 'US'],
    ['2001:67c:2e8:22::c100:68b', 'NL'],
    ['2001:638:809::1', 'DE'],
    ['2001:200::1', 'JP'],
    ['10.0.0.1', undefined],
    ['127.0.0.1', undefined],
    ['192.168.1.1', undefined],
    ['203.0.113.7', undefined],
    ['0.0.0.0', undefined],
    ['255.255.255.255', undefined],
    ['::1', undefined],
    ['::', undefined],
    ['fd00::1', undefined],
    ['fe80::1', undefined],
    ['2001:db8::1', undefined],
    ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', undefined],
    ['unknown', undefined],
    ['', undefined],
  ])('%s is in %s', (ip, country) => {
    expect(placeOf(ip)).toEqual(country === undefined ? {} : { country });
  });
});

test('countries.bin is what config/geo/build.ts makes of the data set', () => {
  expect(build().equals(bytes)).toBe(true);
});

test('the table agrees with the data set, and has nothing beside it', () => {
  const { v4, v6 } = countryTable(bytes);
  const prefixes = read('ipv6').map(({ from, to, country }) => ({ from: from >> 64n, to: to >> 64n, country }));
  const families = [
    { ranges: read('ipv4'), find: (at: bigint) => v4(Number(at)) },
    { ranges: prefixes, find: v6 },
  ];
  for (const { ranges, find } of families) {
    fc.assert(
      fc.property(fc.nat(ranges.length - 2), (i) => {
        const [{ from, to, country }, next] = [ranges[i]!, ranges[i + 1]!];
        expect([find(from), find(to)]).toEqual([country, country]);
        expect(find(to + 1n)).toBe(next.from === to + 1n ? next.country : undefined);
      }),
      { numRuns: 2000 },
    );
  }
});

describe('kmBetween', () => {
  test.each([
    ['DE', 'DE', 0, 0],
    ['DE', 'FR', 0, 200],
    ['US', 'CA', 0, 0],
    ['DE', 'XX', 0, 0],
    ['DE', 'BR', 6000, 9500],
    ['GB', 'AU', 11000, 15000],
    ['JP', 'US', 5000, 9500],
    ['NZ', 'ES', 17500, 20000],
    ['FJ', 'WS', 300, 1200],
  ])('%s and %s: %d to %d', (from, to, least, most) => {
    const km = kmBetween(from, to);
    expect(km).toBeGreaterThanOrEqual(least);
    expect(km).toBeLessThanOrEqual(most);
    expect(kmBetween(to, from)).toBe(km);
  });

  test('every country of the table has a place', () => {
    const codes = bytes.toString('latin1', 1, 1 + bytes[0]! * 2).match(/../g)!;
    expect(codes.length).toBeGreaterThan(200);
    const far = (code: string) => kmBetween(code, 'NZ') + kmBetween(code, 'IS');
    expect(codes.filter((code) => far(code) === 0)).toEqual([]);
  });
});
