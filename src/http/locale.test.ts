import { describe, expect, test } from '@jest/globals';
import { direction } from '../core/direction.ts';
import { LOCALES } from '../tenants/settings.ts';
import { askedLocale, chooseLocale, waitInWords } from './locale.ts';

describe('chooseLocale', () => {
  test.each([
    ['ui_locales first', { uiLocales: 'de', cookie: 'en', acceptLanguage: 'en' }, 'de'],
    ['the first of them that is supported', { uiLocales: 'fr-CA fr de-AT en' }, 'de'],
    ['then the cookie', { uiLocales: 'fr', cookie: 'de', acceptLanguage: 'en' }, 'de'],
    ['then Accept-Language', { cookie: 'xx', acceptLanguage: 'fr, de;q=0.8, en;q=0.7' }, 'de'],
    ['by weight, not by place', { acceptLanguage: 'en;q=0.3,de;q=0.9' }, 'de'],
    ['without what is refused', { acceptLanguage: 'de;q=0, en;q=0.1' }, 'en'],
    ['whatever the case', { uiLocales: 'DE-de' }, 'de'],
    ['then the default', { acceptLanguage: '*' }, 'en'],
    ['for nothing', {}, 'en'],
    ['for rubbish', { uiLocales: '"><script>', cookie: '../../etc/passwd', acceptLanguage: ';;q=,,-' }, 'en'],
    ['for what an object has anyway', { uiLocales: '__proto__ constructor', cookie: 'toString' }, 'en'],
    ['for more than people send', { uiLocales: `${'xx '.repeat(1000)}de` }, 'en'],
  ])('%s', (_, wishes, expected) => {
    expect(chooseLocale(wishes, ['en', 'de'], 'en')).toBe(expected);
  });

  test.each([
    ['zh-Hans-CN', 'zh'],
    ['zh-TW', 'zh'],
    ['cmn-Hans', 'zh'],
    ['pt-BR', 'pt'],
    ['pt-PT', 'pt'],
    ['iw', 'he'],
    ['iw-IL', 'he'],
    ['ar-EG-u-nu-latn', 'ar'],
    ['de-x-private', 'de'],
    ['nb-NO', 'en'],
  ])('%s is %s', (uiLocales, expected) => {
    expect(chooseLocale({ uiLocales }, [...LOCALES], 'en')).toBe(expected);
  });

  test('a default that is not supported is the first that is', () => {
    expect(chooseLocale({}, ['de'], 'fr')).toBe('de');
  });
});

test('a wish that cannot be met is none', () => {
  expect(askedLocale('fr', ['en'])).toBeUndefined();
  expect(askedLocale(undefined, ['en'])).toBeUndefined();
});

test.each([
  ['en', 'ltr'],
  ['ar-EG', 'rtl'],
  ['he', 'rtl'],
  ['arn', 'ltr'],
])('%s is written %s', (locale, expected) => expect(direction(locale)).toBe(expected));

test.each([
  [1, 'en', 'in 1 second'],
  [60, 'de', 'in 60 Sekunden'],
  [91, 'en', 'in 2 minutes'],
])('%i s in %s: %s', (seconds, locale, words) => expect(waitInWords(seconds, locale)).toBe(words));
