import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { loadViews } from './views.ts';

const folder = new URL('../../views/', import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith('.njk'));
const files = names.map((name) => [name, readFileSync(new URL(name, folder), 'utf8')] as const);

/** The form that the protocol core makes, and a drawing. */
const MARKUP: Record<string, string[]> = {
  'logout.njk': ['{{ formHtml | safe }}'],
  'enrol-totp.njk': ['{{ qr | safe }}'],
};

describe.each(files)('%s', (name, source) => {
  // Escaping protects a value only between quotes.
  test('quotes every attribute', () => expect(source).not.toMatch(/=\s*\{\{/));

  test('has neither inline script nor inline style', () => {
    expect(source).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:/i);
  });

  test('turns escaping off nowhere but for what is made as markup', () => {
    const unescaped = source.match(/\{\{[^}]*\|\s*safe\b[^}]*\}\}|autoescape/g) ?? [];
    expect(unescaped).toEqual(MARKUP[name] ?? []);
  });

  test('has one primary button at most', () => {
    expect(source.match(/class="primary"/g)?.length ?? 0).toBeLessThanOrEqual(1);
  });

  test('leads to other sites without telling them where from', () => {
    for (const link of source.match(/<a [^>]*target=[^>]*>/g) ?? [])
      expect(link).toContain('rel="noopener noreferrer"');
  });
});

test('a missing value is an error, not an empty place', () => {
  expect(() => loadViews().render('account', {})).toThrow();
});

test('an unknown view is an error', () => expect(() => loadViews().render('../package', {})).toThrow('no view'));
