import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Translate, translator } from './message-format.ts';
import { packageRoot } from './package-root.ts';

export type { Translate, Values } from './message-format.ts';
export type Messages = { locales: string[]; in(locale: string): Translate };

/** Reads all catalogues, `config/locales/<locale>.json`: flat objects from key to text in ICU MessageFormat. */
export function loadMessages(): Messages {
  const folder = join(packageRoot, 'config', 'locales');
  const catalogues = new Map<string, Translate>();
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
    const locale = file.slice(0, -'.json'.length);
    catalogues.set(locale, translator(locale, JSON.parse(readFileSync(join(folder, file), 'utf8'))));
  }
  return {
    locales: [...catalogues.keys()],
    in(locale) {
      const translate = catalogues.get(locale);
      if (!translate) throw new Error(`there is no catalogue for the locale "${locale}"`);
      return translate;
    },
  };
}
