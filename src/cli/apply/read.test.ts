import { expect, test } from '@jest/globals';
import { readSource } from './read.ts';

const variables: Record<string, string> = { SECRET: 'from the environment', EMPTY: '' };
const read = (text: string) => readSource(text, 'f.yaml', (name) => variables[name]);
const placeholder = (name: string) => `$\{${name}}`;

test('YAML and JSON give the same', () => {
  const value = { tenants: [{ id: 'a', list: [1, true, null, 'no'] }] };
  expect(read('tenants:\n  - id: a\n    list: [1, true, null, no]\n').value).toEqual(value);
  expect(read(JSON.stringify(value)).value).toEqual(value);
});

test('a placeholder stands for a variable, and is never parsed again', () => {
  const { value } = read(`a: ${placeholder('SECRET')}\nb: "${placeholder('SECRET')}"\nc: "${placeholder('EMPTY')}"`);
  expect(value).toEqual({ a: 'from the environment', b: 'from the environment', c: '' });
});

test.each([
  ['an unset variable', `a: 1\nb: ${placeholder('NOPE')}`, 'f.yaml:2:4 the variable NOPE is not set'],
  ['a part of a value', `b: x${placeholder('SECRET')}`, 'f.yaml:1:4 a placeholder must be a whole value'],
  ['a name of a field', `${placeholder('SECRET')}: 1`, undefined],
  ['a field twice', 'a: 1\na: 2', 'f.yaml:2:1 Map keys must be unique'],
  ['a field twice in JSON', '{"a":1,"a":2}', 'f.yaml:1:8 Map keys must be unique'],
  ['bad indentation', 'a:\n  - b: 1\n c: 2', 'f.yaml:3:'],
  ['two documents', 'a: 1\n---\nb: 2', 'f.yaml:'],
  ['a tag', 'a: !!js/function x', 'f.yaml:1:4 Unresolved tag'],
  ['__proto__', 'a:\n  __proto__: { b: 1 }', 'f.yaml:2:3 __proto__ is not a known field'],
  ['a list as a name', '? [a]\n: 1', 'f.yaml:1:3 a name must be a text'],
  ['aliases without end', bomb(), 'f.yaml: Excessive alias count'],
  ['depth without end', '['.repeat(20_000), 'f.yaml'],
])('%s', (_, text, message) => {
  if (message === undefined) expect(Object.keys(read(text).value as object)).toHaveLength(1);
  else
    expect(() => read(text)).toThrow(
      expect.objectContaining({ code: 'invalid_input', message: expect.stringContaining(message) }),
    );
});

test('every problem is said at once', () => {
  const text = `a: ${placeholder('NOPE')}\nb: ${placeholder('NEITHER')}`;
  expect(() => read(text)).toThrow(expect.objectContaining({ problems: [expect.anything(), expect.anything()] }));
});

test.each([
  ['', '1:1'],
  ['/tenants', '1:1'],
  ['/tenants/0', '2:5'],
  ['/tenants/1/id', '4:5'],
  ['/tenants/1/missing', '4:5'],
  ['/tenants/1/settings/a~1b', '6:7'],
  ['/tenants/0/name/deeper', '3:5'],
  ['/tenants/7', '1:1'],
])('%p stands at %s', (pointer, place) => {
  const text = 'tenants:\n  - id: a\n    name: A\n  - id: b\n    settings:\n      a/b: 1\n';
  const { line, col } = read(text).locate(pointer);
  expect(`${line}:${col}`).toBe(place);
});

function bomb(): string {
  const names = 'abcdefghij';
  const line = (name: string, of: string) => `${name}: &${name} [${Array(9).fill(of).join(', ')}]`;
  return [...names].map((name, i) => line(name, i === 0 ? 'x' : `*${names[i - 1]}`)).join('\n');
}

test('of a cascade of syntax errors the first are told', () => {
  const text = `tenants: ${'['.repeat(2000)}`;
  expect(() => readSource(text, 'f', () => undefined)).toThrow(
    expect.objectContaining({ code: 'invalid_input', message: expect.stringMatching(/^(f:.*\n){20}.* more$/) }),
  );
});
