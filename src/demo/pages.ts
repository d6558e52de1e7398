import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import nunjucks from 'nunjucks';
import { packageRoot } from '../core/package-root.ts';

const views = new nunjucks.Environment(new nunjucks.FileSystemLoader(join(packageRoot, 'views', 'demo')), {
  autoescape: true,
  throwOnUndefined: true,
});

export const stylesheet = readFileSync(join(packageRoot, 'public', 'demo.css'));

export type Page = 'home' | 'message' | 'paid';

/** HTML; every value is escaped. */
export const render = (page: Page, values: object): string => views.render(`${page}.njk`, values);

/** Claims as they are shown: times in words beside the number, everything else as JSON. */
export const rows = (claims: Record<string, unknown>): { name: string; value: string }[] =>
  Object.entries(claims).map(([name, value]) => ({
    name,
    value: typeof value === 'string' ? value : shown(name, value),
  }));

const TIMES = new Set(['iat', 'exp', 'auth_time', 'nbf', 'updated_at']);

const shown = (name: string, value: unknown) =>
  TIMES.has(name) && typeof value === 'number'
    ? `${value} (${new Date(value * 1000).toISOString()})`
    : JSON.stringify(value);
