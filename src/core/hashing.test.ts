import { createHash, randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { equal, mac, sha256 } from './hashing.ts';

test('sha256 is the standard one', () => {
  // FIPS 180-4, "abc".
  expect(Buffer.from(sha256('abc'), 'base64url').toString('hex')).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(sha256(text)).toBe(createHash('sha256').update(text).digest('base64url'));
    }),
  );
});

test('a MAC is 256 bits that depend on each byte of key and text', () => {
  const key = randomBytes(32);
  expect(mac(key, 'text')).toMatch(/^[\w-]{43}$/);
  expect(mac(Buffer.from(key), 'text')).toBe(mac(key, 'text'));
  const others = [mac(key, 'text '), mac(key, ''), mac(randomBytes(32), 'text')];
  expect(new Set([mac(key, 'text'), ...others]).size).toBe(4);
  // NIST CSRC, SHA3-256 of "abc": the construction is the bare hash of key and text.
  expect(Buffer.from(mac(Buffer.from('a'), 'bc'), 'base64url').toString('hex')).toBe(
    '3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532',
  );
});

test.each([
  ['', '', true],
  ['a', 'a', true],
  ['a', 'b', false],
  ['a', 'aa', false],
  ['', 'a', false],
  ['é', 'e\u0301', false],
  ['ä', 'a', false],
])('%j and %j are equal: %s', (a, b, isEqual) => {
  expect(equal(a, b)).toBe(isEqual);
});
