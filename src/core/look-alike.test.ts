import { expect, test } from '@jest/globals';
import { hasMixedScripts, lookAlike } from './look-alike.ts';

test.each([
  ['Acme', 'ACME'],
  ['Acme', 'А с м е'],
  ['Acme', 'Acrne'],
  ['Acme', 'Á-c.m_é'],
  ['Acme', 'Ａｃｍｅ'],
  ['paypal', 'рауpaІ'],
  ['Google', 'G00gle'],
  ['Wise', 'vvise'],
  ['Microsoft', 'Micr0s0ft'],
  ['Ελλάδα', 'ΕΛΛΑΔΑ'],
])('%s looks like %s', (one, other) => {
  expect(lookAlike(other)).toBe(lookAlike(one));
});

test.each([
  ['Acme', 'Acne'],
  ['Acme', 'Acme Two'],
  ['東京', '京都'],
])('%s does not look like %s', (one, other) => {
  expect(lookAlike(other)).not.toBe(lookAlike(one));
});

test.each<[string, boolean]>([
  ['Acme', false],
  ['Аcme', true],
  ['Αcme', true],
  ['Яндекс Maps', false],
  ['Wi-Fi メーター', false],
  ['LINEアプリ', false],
  ['Café №1', false],
  ['Ελλάδα', false],
])('%s mixes scripts: %s', (text, mixes) => {
  expect(hasMixedScripts(text)).toBe(mixes);
});
