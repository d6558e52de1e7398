import { expect, test } from '@jest/globals';
import { cookieValues } from './cookie-header.ts';

test.each([
  [undefined, []],
  ['', []],
  ['a=1', ['1']],
  ['b=2; a=1', ['1']],
  ['a=1;a=2 ; xa=3', ['1', '2']],
  ['a', []],
  ['a=', ['']],
  ['a=b=c', ['b=c']],
])('a in "%s"', (header, values) => {
  expect(cookieValues(header, 'a')).toEqual(values);
});
