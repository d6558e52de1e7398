import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { checked } from '../core/validate.ts';
import { hideSecrets, isSealed, SET, sealSecrets, secret, secretBox } from './sealed-settings.ts';

const schema = z.strictObject({
  plain: z.string().default(''),
  top: secret().optional(),
  deep: z.strictObject({ key: secret().describe('with words').optional() }).prefault({}),
  list: z.array(z.strictObject({ id: z.string(), key: secret().optional() })).default([]),
  by_name: z.record(z.string(), z.strictObject({ key: secret() })).default({}),
  either: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('open'), key: z.string() }),
      z.strictObject({ kind: z.literal('closed'), key: secret(z.string().regex(/^k-/, 'must begin with k-')) }),
    ])
    .optional(),
});

const box = secretBox({ id: 'acme', dataKey: randomBytes(32) });
const seal = (given: object, before?: object) => sealSecrets(schema, given, before, box) as never as Any;
// biome-ignore lint/suspicious/noExplicitAny: settings of this test
type Any = any;

const GIVEN = {
  plain: 'p',
  top: 's-top',
  deep: { key: 's-deep' },
  list: [{ id: 'a', key: 's-a' }, { id: 'b', key: 's-b' }, { id: 'none' }],
  by_name: { x: { key: 's-x' } },
  either: { kind: 'closed', key: 'k-s' },
};
const stored = seal(GIVEN);

test('each secret is sealed wherever it is, nothing else is, and what is sealed is valid', () => {
  expect(JSON.stringify(stored)).not.toMatch(/"(s-|k-s)/);
  expect(stored.plain).toBe('p');
  const sealed = [stored.top, stored.deep.key, stored.list[0].key, stored.list[1].key, stored.by_name.x.key];
  expect([...sealed, stored.either.key].every(isSealed)).toBe(true);
  expect(sealed.map(box.open)).toEqual(['s-top', 's-deep', 's-a', 's-b', 's-x']);
  expect(seal({ either: { kind: 'open', key: 'public' } })).toEqual({ either: { kind: 'open', key: 'public' } });
  expect(checked(schema, stored)).toEqual(stored);
});

test('the same again changes nothing; nor does what is shown, given back; nor what is stored', () => {
  expect(seal(GIVEN, stored)).toEqual(stored);
  expect(seal(stored, stored)).toEqual(stored);
  const shown = hideSecrets(schema, stored) as Any;
  expect(shown.list).toEqual([{ id: 'a', key: SET }, { id: 'b', key: SET }, { id: 'none' }]);
  expect(seal(checked(schema, shown) as object, stored)).toEqual(stored);
});

test('in a list a secret goes with the id of its item', () => {
  const turned = seal(
    {
      list: [
        { id: 'b', key: SET },
        { id: 'a', key: 's-a' },
      ],
    },
    stored,
  );
  expect(turned.list.map(({ key }: { key: string }) => box.open(key))).toEqual(['s-b', 's-a']);
  expect(turned.list[1].key).toBe(stored.list[0].key);
});

test('another secret is sealed anew', () => {
  const next = seal({ ...GIVEN, top: 'other' }, stored);
  expect(box.open(next.top)).toBe('other');
  expect(next.deep).toEqual(stored.deep);
});

describe('refused', () => {
  const other = secretBox({ id: 'globex', dataKey: randomBytes(32) });
  test.each<[string, object, string]>([
    ['to keep what is not there', { by_name: { y: { key: SET } } }, '/settings/by_name/y/key'],
    ['what another tenant has sealed', { top: other.seal('theirs') }, '/settings/top'],
    ['what was sealed for another place', { top: stored.deep.key }, '/settings/top'],
  ])('%s', (_name, given, pointer) => {
    expect(() => seal(given, stored)).toThrow(
      expect.objectContaining({ code: 'invalid_input', problems: [expect.objectContaining({ pointer })] }),
    );
  });

  test('a plain value that is not what it must be', () => {
    expect(() => checked(schema, { either: { kind: 'closed', key: 'x' } })).toThrow(/must begin with k-/);
    expect(() => checked(schema, { top: '' })).toThrow();
  });

  test('to open what is of another tenant', () => {
    expect(() => other.open(stored.top)).toThrow(/cannot open the sealed setting of globex/);
  });
});
