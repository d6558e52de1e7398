import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { newId, randomSecret } from './ids.ts';

const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });

test('ids are ULIDs, and sort as their times do', () => {
  fc.assert(
    fc.property(time, time, (a, b) => {
      const [first, second] = [newId(a), newId(b)];
      expect(first).toMatch(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
      if (a !== b) expect(first < second).toBe(a < b);
    }),
  );
  expect(newId(1_469_918_176_385).slice(0, 10)).toBe('01ARYZ6S41');
});

test('ids of one millisecond sort as they were made', () => {
  const ids = Array.from({ length: 1000 }, () => newId(7));
  expect(ids.toSorted()).toEqual(ids);
});

test('ids differ in all that is random', () => {
  const ids = Array.from({ length: 1000 }, (_, i) => newId(i % 2));
  expect(new Set(ids).size).toBe(1000);
  for (let place = 14; place < 26; place += 1) expect(new Set(ids.map((id) => id[place])).size).toBe(32);
});

test.each([64, 128, 192, 256])('a secret of %i bits', (bits) => {
  const secrets = Array.from({ length: 100 }, () => randomSecret(bits));
  expect(new Set(secrets).size).toBe(100);
  for (const secret of secrets) {
    expect(secret).toMatch(/^[\w-]+$/);
    expect(Buffer.from(secret, 'base64url')).toHaveLength(bits / 8);
  }
});
