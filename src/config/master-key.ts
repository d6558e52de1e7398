import { randomBytes, randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { badConfig } from '../core/errors.ts';
import type { Config } from './load.ts';

/**
 * The key that wraps all others: the setting, or `master.key` in the data folder, made at the first start.
 * Error `bad_config` for a file that others can read, or that is no key.
 */
export function masterKeyOf(config: Pick<Config, 'masterKey' | 'dataDir'>): Buffer {
  return config.masterKey ?? read(masterKeyFile(config.dataDir)) ?? make(config.dataDir);
}

const masterKeyFile = (dataDir: string): string => join(dataDir, 'master.key');

function read(path: string): Buffer | undefined {
  try {
    const { mode } = statSync(path);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0)
      throw badConfig(`${path} can be read by others (mode ${(mode & 0o777).toString(8)}): chmod 600 ${path}`);
    const key = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64');
    if (key.length === 32) return key;
    throw badConfig(`${path} is no master key: it must hold 32 bytes in base64. Put the right file back`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw code === 'bad_config' ? error : badConfig(`cannot read the master key ${path}: ${code}`, [], error);
  }
}

/** Of processes that start at once one makes the key: a link comes to be whole, and only where there is none. */
function make(dataDir: string): Buffer {
  const path = masterKeyFile(dataDir);
  const draft = `${path}.${randomUUID()}`;
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    writeFileSync(draft, `${randomBytes(32).toString('base64')}\n`, { flag: 'wx', mode: 0o600, flush: true });
    linkSync(draft, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST')
      throw badConfig(`cannot make the master key ${path} (${code}): make GATEHOUSE_DATA writable`, [], error);
  } finally {
    rmSync(draft, { force: true });
  }
  return read(path)!;
}
