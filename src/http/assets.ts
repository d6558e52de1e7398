import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { packageRoot } from '../core/package-root.ts';
import { type Cached, cached } from './cached.ts';

export type Assets = {
  /** `undefined` for what is not in the folder; no name ever becomes a path. */
  get(name: string): Cached | undefined;
  /** Path below the issuer, with the version that makes it cacheable for good. */
  url(name: string): string;
};

/** Reads all of `public/` once, at the start. */
export function loadAssets(): Assets {
  const folder = join(packageRoot, 'public');
  const files = new Map<string, Cached>();
  for (const name of readdirSync(folder)) {
    files.set(name, cached(readFileSync(join(folder, name)), extname(name)));
  }
  return {
    get: (name) => files.get(name),
    url(name) {
      const file = files.get(name);
      if (!file) throw new Error(`there is no asset "${name}"`);
      return `/assets/${name}?v=${file.version}`;
    },
  };
}
