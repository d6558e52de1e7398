import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/load.ts';
import { badConfig } from '../core/errors.ts';
import { distribute } from './distributed.ts';
import type { Store } from './store.ts';

type Settings = Pick<Config, 'mongoUri' | 'redisUrl' | 'dataDir'>;

/**
 * The store that the settings ask for: MongoDB and Redis, or one SQLite file in the data folder. An engine that is not used is
 * not loaded. `warn` hears of unsafe settings and of outages. Errors `bad_config`, `unavailable`.
 */
export async function openStore(settings: Settings, warn: (message: string) => void = () => {}): Promise<Store> {
  const { mongoUri, redisUrl, dataDir } = settings;
  if (mongoUri && redisUrl) return openDistributed(mongoUri, redisUrl, warn);
  const { openSqlite } = await import('./sqlite/open.ts');
  return openSqlite(privateFile(dataDir, 'gatehouse.sqlite'));
}

async function openDistributed(mongoUri: string, redisUrl: string, warn: (message: string) => void): Promise<Store> {
  const [{ openMongo }, { checkUri }, { openRedis }] = await Promise.all([
    import('./mongo/open.ts'),
    import('./mongo/connection.ts'),
    import('./redis/open.ts'),
  ]);
  checkUri(mongoUri);
  const volatile = await openRedis(redisUrl, warn);
  try {
    return distribute(await openMongo(mongoUri, { copies: volatile.copies }), volatile);
  } catch (error) {
    await volatile.close();
    throw error;
  }
}

/** Only the owner may read it; SQLite gives its companion files the same mode. */
function privateFile(folder: string, name: string): string {
  const path = join(folder, name);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    closeSync(openSync(path, 'a', 0o600));
  } catch (error) {
    throw badConfig(`GATEHOUSE_DATA: cannot write ${path}: ${(error as NodeJS.ErrnoException).code}`, [], error);
  }
  return path;
}
