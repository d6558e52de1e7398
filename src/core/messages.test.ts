import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { compileMessage } from './message-format.ts';
import { loadMessages } from './messages.ts';
import { packageRoot } from './package-root.ts';

const read = (path: string) => readFileSync(join(packageRoot, path), 'utf8');
const catalogue = (locale: string): Record<string, string> => JSON.parse(read(`config/locales/${locale}.json`));
const messages = loadMessages();
const english = catalogue('en');

/** How keys begin that are put together while it runs. */
const FAMILIES = [
  'claim.',
  'codes.again.',
  'codes.sent.',
  'codes.way.',
  'codes.will.',
  'enrol.hint.',
  'errors.code_',
  'errors.email_',
  'errors.username_',
  'factor.',
  'mail.',
  'mailed.',
  'password.',
  'scope.',
  'sign_up.proof_title.',
  'sign_up.sent.',
  'sms.',
  'verify.code.',
  'verify.hint.',
];

type Element = ReturnType<ReturnType<typeof compileMessage>['getAst']>[number];
const [LITERAL, SELECT, POUND] = [0, 5, 7];
const KINDS = ['literal', 'text', 'number', 'date', 'time', 'select', 'plural'];
/** What is filled in: `name text`, `at date long`, `kind select new other`, `count plural`, and what is in their branches. */
function partsOf(elements: Element[]): string[] {
  return elements.flatMap((element) => {
    const { type } = element;
    if (type === LITERAL || type === POUND || !('value' in element)) return [];
    const own = [element.value, KINDS[type]];
    if (!('options' in element)) return [[...own, ...('style' in element ? [String(element.style)] : [])].join(' ')];
    if (type === SELECT) own.push(...Object.keys(element.options).sort());
    return [own.join(' '), ...Object.values(element.options).flatMap((option) => partsOf(option.value))];
  });
}
const unique = (parts: string[]) => [...new Set(parts)].sort();
const compiled = (locale: string, text: string) => compileMessage(locale, text).getAst();

const pluralsOf = (elements: Element[]): string[][] =>
  elements.flatMap((element) => {
    if (!('options' in element)) return [];
    const inside = Object.values(element.options).flatMap((option) => pluralsOf(option.value));
    const own = Object.keys(element.options).filter((name) => !name.startsWith('='));
    return element.type === SELECT ? inside : [own.sort(), ...inside];
  });

describe.each(messages.locales)('the catalogue %s', (locale) => {
  const texts = catalogue(locale);

  test('has the keys of the English one in its order', () => {
    expect(Object.keys(texts)).toEqual(Object.keys(english));
  });

  test('has the same placeholders in each text', () => {
    const differing = Object.entries(texts).filter(([key, text]) => {
      const wanted = unique(partsOf(compiled('en', english[key]!)));
      return unique(partsOf(compiled(locale, text))).join() !== wanted.join();
    });
    expect(differing).toEqual([]);
  });

  test('counts in each way its language has', () => {
    const categories = [...new Intl.PluralRules(locale).resolvedOptions().pluralCategories].sort();
    const lacking = Object.entries(texts).filter(([, text]) =>
      pluralsOf(compiled(locale, text)).some((own) => own.join() !== categories.join()),
    );
    expect(lacking).toEqual([]);
  });

  test('says in which style a date is', () => {
    expect(Object.values(texts).filter((text) => /\{\w+, (date|time)\}/.test(text))).toEqual([]);
  });

  test('has no empty text and no markup', () => {
    expect(Object.values(texts).filter((text) => !text.trim() || /[<>]|\{\{|\{%/.test(text))).toEqual([]);
  });

  // ICU reads it as the start of a quote; ’ is the better letter anyway.
  test('has no straight apostrophe', () => {
    expect(Object.values(texts).filter((text) => text.includes("'"))).toEqual([]);
  });
});

describe('the keys', () => {
  const sources = (folder: string, suffix: RegExp) =>
    readdirSync(join(packageRoot, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => suffix.test(name))
      .map((name) => read(join(folder, name)))
      .join('\n');
  const views = sources('views', /\.njk$/).replaceAll(/\{#.*?#\}/gs, '');
  const code = sources('src', /(?<!\.test)\.ts$/);
  const isOfFamily = (key: string) => FAMILIES.some((family) => key.startsWith(family));

  test('are all used', () => {
    const used = new Set(
      [...(views + code).matchAll(/["'`]([a-z_]+(?:\.[a-z0-9_]+)+)["'`]/g)].map((match) => match[1]),
    );
    expect(Object.keys(english).filter((key) => !used.has(key) && !isOfFamily(key))).toEqual([]);
  });

  test('that templates and code use all exist', () => {
    const inViews = [...views.matchAll(/\bt\(["']([^"']+)["']/g)];
    const inCode = [...code.matchAll(/\bt\(['"]([^'"]+)['"]|\bmessage: '([a-z_]+\.[a-z_.]+)'/g)];
    const used = [...inViews, ...inCode].map((match) => match[1] ?? match[2]!);
    expect(used.length).toBeGreaterThan(30);
    expect(used.filter((key) => !(key in english) && !FAMILIES.includes(key))).toEqual([]);
  });
});

test('an unknown locale is a bug', () => expect(() => messages.in('../en')).toThrow('no catalogue'));
