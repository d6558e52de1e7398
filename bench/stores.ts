import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, isListening } from '../test/support/ports.ts';
import { type Running, start } from './spawn.ts';

export type Engine = 'embedded' | 'distributed';

export type Stores = {
  /** What Gatehouse is told. */
  env: Record<string, string>;
  /** Their CPU counts as Gatehouse's. */
  counted: number[];
  /** Reported apart: SecantusDB is a stand-in for MongoDB, slow by nature. */
  apart: number[];
  stop(): Promise<void>;
};

/** The embedded store has no process of its own; the distributed one gets its own Redis and document store. */
export async function startStores(engine: Engine, dir: string): Promise<Stores> {
  if (engine === 'embedded') return { env: {}, counted: [], apart: [], stop: async () => {} };
  const redis = await startRedis(dir);
  const mongo = process.env.MONGODB_URI ? undefined : await startSecantus(dir);
  return {
    env: { REDIS_URL: redis.url, MONGODB_URI: process.env.MONGODB_URI ?? mongo!.url },
    counted: [redis.pid],
    apart: mongo ? [mongo.pid] : [],
    stop: async () => {
      await Promise.all([redis.stop(), mongo?.stop()]);
    },
  };
}

async function startRedis(dir: string): Promise<Running & { url: string }> {
  const port = await freePort();
  const running = await start({
    name: 'redis',
    command: found('redis-server', 'apt-get install redis-server'),
    args: ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'yes', '--dir', dir],
    dir,
    ready: () => isListening(port),
  });
  return { ...running, url: `redis://127.0.0.1:${port}` };
}

async function startSecantus(dir: string): Promise<Running & { url: string }> {
  const port = await freePort();
  const storage = join(dir, 'documents');
  mkdirSync(storage);
  const running = await start({
    name: 'documents',
    command: process.env.SECANTUSD ?? found('secantusd-py', 'pip install secantusdb, or set MONGODB_URI'),
    args: ['--port', String(port), '--storage-path', storage],
    dir,
    ready: () => isListening(port),
  });
  return { ...running, url: `mongodb://127.0.0.1:${port}/gatehouse?serverMonitoringMode=poll` };
}

function found(command: string, remedy: string): string {
  try {
    return execFileSync('which', [command], { encoding: 'utf8' }).trim();
  } catch {
    throw new Error(`--engine distributed needs ${command}: ${remedy}`);
  }
}
