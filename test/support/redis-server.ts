import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { freePort, isListening } from './ports.ts';

/** A redis-server of a test's own, to be stopped, stalled or joined with others. */
export type RedisServer = {
  port: number;
  /** Resolves, after SIGKILL, when it is gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Starts it (again) and resolves when it answers. */
  start(): Promise<void>;
  stop(): Promise<void>;
};

export async function redisServer(...settings: string[]): Promise<RedisServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-redis-'));
  const fixed = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', folder];
  let child: ChildProcess;
  let ended: Promise<unknown>;
  const isOver = () => child.exitCode !== null || child.signalCode !== null;

  async function start(): Promise<void> {
    child = spawn('redis-server', [...fixed, ...settings], { stdio: 'ignore' });
    ended = once(child, 'exit');
    await eventually(async () => isOver() || (await isListening(port)));
    if (isOver()) throw new Error(`redis-server did not start on port ${port}`);
  }
  async function kill(signal: NodeJS.Signals): Promise<void> {
    if (isOver()) return;
    child.kill(signal);
    if (signal === 'SIGKILL') await ended;
  }
  await start();

  return {
    port,
    start,
    kill,
    async stop() {
      await kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
