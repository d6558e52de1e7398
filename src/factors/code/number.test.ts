import { expect, test } from '@jest/globals';
import { blockOf, mobileNumber } from './number.ts';

test.each([
  ['+4915112345678', '+4915112345678', 'DE'],
  ['+49 (0) 151 / 1234-5678', '+4915112345678', 'DE'],
  ['0049 151 12345678', '+4915112345678', 'DE'],
  [' +49\u00a0151\u201312345678 ', '+4915112345678', 'DE'],
  ['\uff0b\uff14\uff19\uff11\uff15\uff11\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18', '+4915112345678', 'DE'],
  ['+1 202 555 0123', '+12025550123', 'US'],
  ['+1 876 555 1234', '+18765551234', 'JM'],
  ['+33612345678', '+33612345678', 'FR'],
])('%j is %s of %s', async (typed, e164, country) => expect(await mobileNumber(typed)).toEqual({ e164, country }));

test.each([
  ['premium rate', '+49 900 1234567'],
  ['premium rate in America', '+1 900 234 5678'],
  ['a personal number, which costs more', '+44 70 1234 5678'],
  ['shared cost', '+33 8 20 12 34 56'],
  ['a landline', '+49 30 123456'],
  ['toll-free', '+1 800 234 5678'],
  ['a satellite phone, of no country', '+881 612 345678'],
  ['an international network', '+883 5100 01234567'],
  ['no country code', '0151 12345678'],
  ['too short', '+49151'],
  ['an extension', '+4915112345678 ext. 5'],
  ['a URI', 'tel:+4915112345678'],
  ['text around it', 'call +4915112345678'],
  ['two numbers', '+4915112345678,+4915112345679'],
  ['a line break', '+4915112345678\r\nX: 1'],
  ['a long text', `+49151${' '.repeat(100)}12345678`],
  ['nothing', ''],
])('refused: %s', async (_name, typed) => expect(await mobileNumber(typed)).toBeUndefined());

test('a block has ten thousand numbers', () => {
  expect(blockOf({ e164: '+4915112345678', country: 'DE' })).toBe('+491511234');
});
