import { describe, expect, test } from '@jest/globals';
import { translator } from './message-format.ts';

const codes = '{count, plural, one {# code} other {# codes}} left';
const t = translator('en', {
  plain: 'Nothing to fill in, “quotes” and # included',
  named: 'Continue as {name}',
  codes,
  status: '{kind, select, new {A new device} other {A device}} of {name}',
  when: 'On {at, date, long} at {at, time, short}',
  broken: 'Continue as {name',
});

describe('translate', () => {
  test.each([
    ['plain', {}, 'Nothing to fill in, “quotes” and # included'],
    ['named', { name: 'Ada' }, 'Continue as Ada'],
    ['named', { name: 7 }, 'Continue as 7'],
    ['codes', { count: 1 }, '1 code left'],
    ['codes', { count: 1000 }, '1,000 codes left'],
    ['status', { kind: 'new', name: 'Ada' }, 'A new device of Ada'],
    ['status', { kind: 'constructor', name: 'Ada' }, 'A device of Ada'],
    ['when', { at: new Date('2026-11-22T23:30:00Z') }, 'On November 22, 2026 at 11:30 PM UTC'],
    ['when', { at: Date.UTC(2026, 0, 2) }, 'On January 2, 2026 at 12:00 AM UTC'],
  ])('%s of %j', (key, values, expected) => expect(t(key, values)).toBe(expected));

  test('counts as the language does', () => {
    const polish = translator('pl', { codes: '{n, plural, one {# kod} few {# kody} many {# kodów} other {# kodu}}' });
    expect([1, 3, 5, 22].map((n) => polish('codes', { n }))).toEqual(['1 kod', '3 kody', '5 kodów', '22 kody']);
  });

  test.each(['{tenant}', '{{7*7}}', "'{name}'", '$& $1', '{% raw %}', '{n, plural, other {#}}', '<b>'])(
    'leaves %s in a value as it is',
    (name) => expect(t('named', { name })).toBe(`Continue as ${name}`),
  );

  test('takes out what could turn the sentence around', () => {
    expect(t('named', { name: 'a\u202eb\u0000c\u2066d' })).toBe('Continue as abcd');
  });

  test.each([
    ['en', 'Ada', 'Ada'],
    ['en', 'עדה', '\u2068עדה\u2069'],
    ['ar', 'Paper Boat', '\u2068Paper Boat\u2069'],
    ['ar', 'عدة', 'عدة'],
    ['he', '123456', '123456'],
    ['he', 'https://a.example/x?y=1', 'https://a.example/x?y=1'],
  ])('in %s the value %s is filled in as %j', (locale, name, shown) => {
    expect(translator(locale, { named: '{name}.' })('named', { name })).toBe(`${shown}.`);
  });

  test.each([
    ['no.such', {}, 'no message "no.such"'],
    ['named', {}, /"named".*"name"/],
    ['named', { name: undefined as unknown as string }, /"named".*"name"/],
    ['codes', {}, /"codes".*"count"/],
    ['broken', { name: 'Ada' }, /"broken"/],
  ])('%s with %j is a bug', (key, values, message) => expect(() => t(key, values)).toThrow(message));
});
