import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { newChain, opaqueToken, parseRefreshToken, refreshToken } from './token-ids.ts';

const key = randomBytes(32);
const generation = fc.integer({ min: 0, max: 999_999_999 });

test('opaque tokens say their kind, hold 256 random bits, and are never the same', () => {
  expect(opaqueToken('AccessToken')).toMatch(/^at_[\w-]{43}$/);
  expect(opaqueToken('ClientCredentials')).toMatch(/^cc_[\w-]{43}$/);
  expect(new Set(Array.from({ length: 100 }, () => opaqueToken('AccessToken'))).size).toBe(100);
});

test('a refresh token says its chain and generation to those who have the key, and to nobody else', () => {
  fc.assert(
    fc.property(generation, (number) => {
      const made = { ...newChain(), generation: number };
      const token = refreshToken(key, made);
      expect(parseRefreshToken(key, token)).toEqual(made);
      expect(parseRefreshToken(randomBytes(32), token)).toBeUndefined();
      // The same again after a lost answer, on any node.
      expect(refreshToken(Buffer.from(key), made)).toBe(token);
    }),
  );
});

test('no other text is that token: one character changed, added or taken away', () => {
  const token = refreshToken(key, { ...newChain(), generation: 41 });
  fc.assert(
    fc.property(fc.nat(token.length), fc.nat(1), fc.string({ maxLength: 1 }), (at, cut, put) => {
      const other = token.slice(0, at) + put + token.slice(at + cut);
      expect(parseRefreshToken(key, other) === undefined).toBe(other !== token);
    }),
    { numRuns: 1000 },
  );
});

const { chain } = newChain();
const [, , tag] = refreshToken(key, { chain, generation: 7 }).split('~');
test.each([
  ['', 'nothing'],
  ['rt_', 'a prefix only'],
  [`at_${chain}~7~${tag}`, 'another kind'],
  [`rt_${chain}~07~${tag}`, 'another spelling of the generation'],
  [`rt_${chain}~+7~${tag}`, 'a sign'],
  [`rt_${chain}~7e0~${tag}`, 'an exponent'],
  [`rt_${chain}~8~${tag}`, 'the next generation under this MAC'],
  [`rt_${newChain().chain}~7~${tag}`, 'another chain under this MAC'],
  [`rt_${chain}~7~${tag}=`, 'padding'],
  [`rt_${chain}~7~${tag}\n`, 'a line break'],
  [`rt_${chain}.7.${tag}`, 'other separators'],
])('%j is none: %s', (token) => {
  expect(parseRefreshToken(key, token)).toBeUndefined();
});
