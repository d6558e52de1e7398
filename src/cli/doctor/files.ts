import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../config/load.ts';
import { type Finding, ok, warn } from './finding.ts';

/** Whether others on this machine could read the embedded store or the master key. */
export function checkFiles({ dataDir, mongoUri, masterKey }: Config): Finding[] {
  // Then the folder holds nothing.
  if (mongoUri && masterKey) return [];
  const open = [dataDir, ...readdirSync(dataDir).map((name) => join(dataDir, name))].flatMap((path) => {
    const { mode } = statSync(path);
    return (mode & 0o077) === 0 ? [] : [`${path} (${(mode & 0o777).toString(8)})`];
  });
  return open.length === 0
    ? [ok('files', `only the owner can read ${dataDir}`)]
    : [warn('files', `others can read ${open.join(', ')}: chmod go= them`)];
}
