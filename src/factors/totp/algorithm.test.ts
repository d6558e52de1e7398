import { describe, expect, test } from '@jest/globals';
import { hotp, matchingStep, stepAt } from './algorithm.ts';
import { base32, provisioning } from './provisioning.ts';

const SEED = Buffer.from('12345678901234567890');

describe('codes', () => {
  test('RFC 4226 appendix D', () => {
    const codes = Array.from({ length: 10 }, (_, counter) => hotp(SEED, counter));
    expect(codes.join(' ')).toBe('755224 287082 359152 969429 338314 254676 287922 162583 399871 520489');
  });

  // Of its eight digits the last six.
  test.each([
    [59, '94287082'],
    [1111111109, '07081804'],
    [1111111111, '14050471'],
    [1234567890, '89005924'],
    [2000000000, '69279037'],
    [20000000000, '65353130'],
  ])('RFC 6238 appendix B, at %i: %s', (at, code) => {
    expect(hotp(SEED, stepAt(at))).toBe(code.slice(-6));
  });
});

describe('a code counts', () => {
  const AT = 1_000_000_015;
  const NOW = stepAt(AT);
  test.each([
    ['of this step', 0, -1, true],
    ['of the step before', -1, -1, true],
    ['of the next step', 1, -1, true],
    ['of two steps before', -2, -1, false],
    ['of two steps ahead', 2, -1, false],
    ['of a step that counted', 0, NOW, false],
    ['of a step before one that counted', -1, NOW, false],
    ['of a step after one that counted', 1, NOW, true],
  ])('%s', (_name, ahead, after, counts) => {
    expect(matchingStep(SEED, hotp(SEED, NOW + ahead), AT, after)).toBe(counts ? NOW + ahead : undefined);
  });

  test.each(['', '00000', '0000000', 'abcdef'])('never: %j', (code) => {
    expect(matchingStep(SEED, code, AT)).toBeUndefined();
  });
});

test.each([
  ['', ''],
  ['f', 'MY'],
  ['fo', 'MZXQ'],
  ['foo', 'MZXW6'],
  ['foob', 'MZXW6YQ'],
  ['fooba', 'MZXW6YTB'],
  ['foobar', 'MZXW6YTBOI'],
])('RFC 4648 10: %j is %s', (text, encoded) => expect(base32(Buffer.from(text))).toBe(encoded));

test('what an app is given: names that cannot break out of the label, and a picture that loads nothing', async () => {
  const { secret, uri, qr } = await provisioning(SEED, 'A: B & Söhne?', 'ada+x@example.com/"<>');
  expect(secret).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
  const url = new URL(uri);
  expect(`${url.protocol}//${url.host}`).toBe('otpauth://totp');
  expect(decodeURIComponent(url.pathname)).toBe('/A  B & Söhne?:ada+x@example.com/"<>');
  expect(url.pathname).not.toMatch(/["<> ]/);
  expect(Object.fromEntries(url.searchParams)).toEqual({
    secret,
    issuer: 'A  B & Söhne?',
    algorithm: 'SHA1',
    digits: '6',
    period: '30',
  });
  expect(qr).toMatch(/^<svg [^>]*viewBox="[\d ]+"[^>]*>(<path [^<>]*\/>)+<\/svg>\s*$/);
  expect(qr).not.toMatch(/style=|href|script|\son\w+=/);
});
