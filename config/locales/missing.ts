import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/**
 * For translators. `node config/locales/missing.ts` prints the keys of en.json that each other catalogue lacks, with the
 * English text, and those it has no more. With a file `{ "<locale>": { "<key>": "<text>" } }` as argument it fills them in:
 * those catalogues are written in the order and with the groups of the English one.
 */

type Texts = Record<string, string>;

const folder = new URL('./', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');
const layout = read('en.json');
const english: Texts = JSON.parse(layout);
const [file] = process.argv.slice(2);
const given: Record<string, Texts> = file ? JSON.parse(readFileSync(file, 'utf8')) : {};

const locales = readdirSync(folder)
  .filter((name) => name.endsWith('.json') && name !== 'en.json')
  .map((name) => name.slice(0, -'.json'.length));

const report: Record<string, { missing: Texts; extra: string[] }> = {};
for (const locale of new Set([...locales, ...Object.keys(given)])) {
  const had: Texts = locales.includes(locale) ? JSON.parse(read(`${locale}.json`)) : {};
  const texts = { ...had, ...given[locale] };
  if (given[locale]) writeFileSync(new URL(`${locale}.json`, folder), laidOut(texts));
  const missing = Object.entries(english).filter(([key]) => !(key in texts));
  const extra = Object.keys(texts).filter((key) => !(key in english));
  if (missing.length || extra.length) report[locale] = { missing: Object.fromEntries(missing), extra };
}
console.log(JSON.stringify(report, null, 2));

/** The English file with other texts: a line for each key, and its blank lines. What has no English text is left out. */
function laidOut(texts: Texts): string {
  const lines = layout.split('\n').flatMap((line) => {
    const key = /^ {2}"([^"]+)":/.exec(line)?.[1];
    if (!key) return [line];
    const text = texts[key];
    return text === undefined ? [] : [`  ${JSON.stringify(key)}: ${JSON.stringify(text)},`];
  });
  return lines.join('\n').replace(/,(\s*\}\s*)$/, '$1');
}
