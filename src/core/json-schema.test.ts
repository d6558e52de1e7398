import { expect, jest, test } from '@jest/globals';
import { jsonSchema, misfitOf } from './json-schema.ts';

const nested = (depth: number): object => (depth === 0 ? { type: 'string' } : { items: nested(depth - 1) });

test.each<[string, unknown, RegExp | undefined]>([
  ['a type', { type: 'string', minLength: 1, maxLength: 40, pattern: '^[A-Z]' }, undefined],
  ['a choice', { enum: ['a', 'b'] }, undefined],
  ['alternatives', { anyOf: [{ type: 'null' }, { type: 'integer', minimum: 0 }] }, undefined],
  ['parts', { type: 'object', properties: { a: true }, required: ['a'], additionalProperties: false }, undefined],
  ['a misspelled keyword', { type: 'string', maxlength: 3 }, /maxlength/],
  ['a misspelled type', { type: 'strin' }, /string/],
  ['one within', { items: { tpye: 'string' } }, /./],
  ['a bad pattern', { pattern: '(' }, /regular expression/],
  ['a reference', { $ref: 'https://evil.example/schema' }, /\$ref/],
  ['one to itself', { $ref: '#' }, /\$ref/],
  ['a name for others', { $id: 'https://evil.example/' }, /\$id/],
  ['a big one', { enum: ['x'.repeat(5000)] }, /4096 bytes/],
  ['a deep one', nested(9), /deeper than 8/],
  ['no object', 'string', /an object/],
  ['a list', [], /an object/],
  ['nothing', undefined, /an object/],
])('%s', (_, schema, message) => {
  const issues = jsonSchema.safeParse(schema).error?.issues ?? [];
  if (message) expect(JSON.stringify(issues)).toMatch(message);
  else expect(issues).toEqual([]);
});

test.each<[object, unknown, boolean]>([
  [{ type: 'string', pattern: '^[A-Z]{2}$' }, 'AB', true],
  [{ type: 'string', pattern: '^[A-Z]{2}$' }, 'ab', false],
  [{ type: 'integer', minimum: 1 }, 1, true],
  [{ type: 'integer', minimum: 1 }, 1.5, false],
  [{ type: 'integer', minimum: 1 }, '1', false],
  [{ type: 'string', format: 'date' }, '2024-02-29', true],
  [{ type: 'string', format: 'date' }, '2023-02-29', false],
  [{ type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false }, { b: 1 }, false],
])('%j on %j: %p', (schema, value, fits) => {
  if (fits) expect(misfitOf({ ...schema }, value)).toBeUndefined();
  else expect(misfitOf({ ...schema }, value)).toEqual(expect.any(String));
});

test('a pattern that would take for ever is given up', () => {
  expect(misfitOf({ pattern: '^(a+)+$' }, `${'a'.repeat(60)}b`)).toBe('cannot be checked');
  expect(misfitOf({ pattern: '^(a+)+$' }, 'aaa')).toBeUndefined();
});

test('what had no turn of the CPU has another one', () => {
  const idle = { user: 0, system: 0 };
  const clock = jest.spyOn(process, 'threadCpuUsage').mockReturnValueOnce(idle).mockReturnValueOnce(idle);
  clock.mockReturnValueOnce({ user: 60_000, system: 39_000 }).mockReturnValueOnce({ user: 60_000, system: 40_000 });
  expect(misfitOf({ pattern: '^(a+)+$' }, `${'a'.repeat(60)}b`)).toBe('cannot be checked');
  expect(clock).toHaveBeenCalledTimes(4);
  clock.mockRestore();
});
