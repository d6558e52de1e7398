import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { emailKey, emailProblem } from './email.ts';
import { folded } from './folded.ts';
import { identifierKey, identifierOf } from './identifier.ts';
import { usernameKey, usernameProblem } from './username.ts';

test.each([
  ['ada@example.com', 'ada@example.com'],
  ['Ada@EXAMPLE.com', 'ada@example.com'],
  ['ADA+tag@example.com', 'ada+tag@example.com'],
  ['\u212Aelvin@example.com', 'kelvin@example.com'],
  ['Straße@example.com', 'strasse@example.com'],
  ['d\u0131ana@example.com', 'diana@example.com'],
  ['\uff41\uff44\uff41@example.com', 'ada@example.com'],
  ['\ufb01n@example.com', 'fin@example.com'],
  ['e\u0301va@example.com', '\u00e9va@example.com'],
  ['ada@straße.example', 'ada@xn--strae-oqa.example'],
  ['ada@strasse.example', 'ada@strasse.example'],
  ['ada@\u212Aelvin.example', 'ada@kelvin.example'],
  ['ada@BÜCHER.example', 'ada@xn--bcher-kva.example'],
  ['ada@xn--bcher-kva.example', 'ada@xn--bcher-kva.example'],
  ['ada@example\u3002com', 'ada@example.com'],
  ["o'hara&sons@example.com", "o'hara&sons@example.com"],
  ['ada@localhost', 'ada@localhost'],
])('%s is found by %s', (email, key) => {
  expect(emailKey(email)).toBe(key);
});

test.each([
  'ada',
  '@example.com',
  'ada@',
  'a@b@example.com',
  'a\uff20b@example.com',
  'ada\uff20example.com',
  'ada@example.com\r\nBcc: eve@example.com',
  'ada\n@example.com',
  'ada @example.com',
  'ada\u200b@example.com',
  'ada\u202e@example.com',
  'ada\ud800@example.com',
  'ada\0@example.com',
  '"ada"@example.com',
  'ada<x>@example.com',
  'ada,eve@example.com',
  'ada@exa mple.com',
  'ada@example..com',
  'ada@example.com.',
  'ada@-example.com',
  'ada@exam_ple.com',
  'ada@[127.0.0.1]',
  'ada@127.0.0.1',
  'ada@\uff11.\uff12',
  'ada@a%2eb',
  'ada@example.com/x',
  'ada@example.com:25',
  `${'x'.repeat(65)}@example.com`,
  `${'e\u0301'.repeat(40)}@example.com`,
  `ada@${'x'.repeat(64)}.com`,
  `ada@${'x.'.repeat(125)}com`,
  '',
  undefined,
  { $ne: null },
])('%p is no e-mail address', (email) => {
  expect(emailProblem(email)).toEqual(expect.any(String));
});

test.each([
  ['Ada', 'ada'],
  ['\uff21da', 'ada'],
  ['stra\u00dfe', 'strasse'],
  ['ada lovelace', undefined],
  ['ada@home', undefined],
  ['ada\uff20home', undefined],
  ['ada\u200b', undefined],
  ['ada\u3000', undefined],
  ['', undefined],
  ['x'.repeat(65), undefined],
])('the username %p is found by %p', (name, key) => {
  if (key === undefined) expect(usernameProblem(name)).toEqual(expect.any(String));
  else expect(usernameKey(name)).toBe(key);
});

test.each([
  [' Ada@Example.com ', { field: 'emailKey', key: 'ada@example.com' }],
  ['\uff41\uff44\uff41\uff20example.com', { field: 'emailKey', key: 'ada@example.com' }],
  ['ADA', { field: 'usernameKey', key: 'ada' }],
  ['no such thing', undefined],
  ['ada\ud800', undefined],
  ['x'.repeat(10_000), undefined],
])('%p means %j', (typed, identifier) => {
  expect(identifierOf(typed)).toEqual(identifier);
});

test('folding is done at once, for every character with case or compatibility forms', () => {
  for (let point = 0; point < 0x2fa20; point += 1) {
    if (point === 0xd800) point = 0xe000;
    if (point === 0x20000) point = 0x2f800;
    const once = folded(String.fromCodePoint(point));
    if (folded(once) !== once) throw new Error(`U+${point.toString(16)} folds to ${once} and on`);
  }
});

test('every spelling of an identifier has one key', () => {
  const spelling = fc.string({ unit: 'grapheme', maxLength: 40 });
  fc.assert(fc.property(spelling, (text) => identifierKey(folded(text)) === identifierKey(text)));
  for (const text of ['\u1fdd', ' a\u1fdd']) expect(identifierKey(folded(text))).toBe(identifierKey(text));
  expect(identifierKey('No Such Thing')).toBe(identifierKey('no such thing'));
});
