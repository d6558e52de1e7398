import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import nunjucks from 'nunjucks';
import { packageRoot } from '../core/package-root.ts';

export type Views = { render(view: string, data: object): string };

/**
 * Compiles all templates of `folders` at once, so that a broken one stops the start and none is read later.
 * Everything is escaped; a value that is missing is an error. Templates are ours alone, never a tenant's.
 */
export function loadViews(folders = [join(packageRoot, 'views')]): Views {
  const environment = new nunjucks.Environment(new nunjucks.FileSystemLoader(folders), {
    autoescape: true,
    throwOnUndefined: true,
    trimBlocks: true,
    lstripBlocks: true,
  });
  environment.addFilter('initial', (name: string) => [...name.trim()][0]?.toLocaleUpperCase() ?? '');
  const templates = new Map<string, nunjucks.Template>();
  const files = folders.flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }));
  for (const file of files.filter((name) => name.endsWith('.njk'))) {
    templates.set(file.slice(0, -'.njk'.length), environment.getTemplate(file, true));
  }
  return {
    render(view, data) {
      const template = templates.get(view);
      if (!template) throw new Error(`there is no view "${view}"`);
      return template.render(data);
    },
  };
}
