import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { checked } from './validate.ts';

const schema = z.strictObject({
  name: z.string(),
  list: z.array(z.strictObject({ a: z.number().optional(), b: z.enum(['x', 'y']).optional() })).default([]),
  deep: z.strictObject({ flag: z.boolean().default(false) }).prefault({}),
});

test.each([
  [{ name: 'n', other: 1 }, '/other', 'is not a known field; known are name, list, deep'],
  [{ name: 'n', 'a/b~': 1 }, '/a~1b~0', 'known are name'],
  [{ name: 'n', list: [{}, { c: 1 }] }, '/list/1/c', 'known are a, b'],
  [{ name: 'n', deep: { flug: true } }, '/deep/flug', 'known are flag'],
  [{}, '/name', 'is missing (string)'],
  [{ name: 7 }, '/name', 'must be of type string, not number'],
  [{ name: 'n', list: [{ b: 'z' }] }, '/list/0/b', '"x"|"y"'],
  ['text', '', 'must be of type object, not string'],
])('%j: %s %s', (value, pointer, message) => {
  expect(() => checked(schema, value, '/at')).toThrow(
    expect.objectContaining({
      code: 'invalid_input',
      problems: [{ pointer: `/at${pointer}`, message: expect.stringContaining(message) }],
    }),
  );
});

test('defaults are filled in', () => {
  expect(checked(schema, { name: 'n' })).toEqual({ name: 'n', list: [], deep: { flag: false } });
});
