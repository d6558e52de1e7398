import { expect, test } from '@jest/globals';
import { typedCode, typedDigits } from './typed-code.ts';

test.each([
  ['123456', '123456'],
  [' 123 456\n', '123456'],
  ['123-456', '123456'],
  ['123\u2013456', '123456'],
  ['123\u200b456', '123456'],
  ['\uff11\uff12\uff13\uff14\uff15\uff16', '123456'],
  ['\u0661\u0662\u0663\u0664\u0665\u0660', '123450'],
  ['\u06f1\u06f2\u06f3\u06f4\u06f5\u06f9', '123459'],
  ['12345a', '12345a'],
  ['', ''],
])('%j is %s', (typed, digits) => expect(typedDigits(typed)).toBe(digits));

test('no more than 64 characters are looked at', () => {
  expect(typedCode('1'.repeat(1_000_000))).toHaveLength(64);
});
