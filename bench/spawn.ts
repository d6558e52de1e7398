import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export type Running = { pid: number; stop(): Promise<void> };

/**
 * Starts a server whose output goes to a file in `dir` (as it would to a collector: nobody's CPU but its own), and waits
 * until `ready` says so. Throws with the end of the output when it dies first.
 */
export async function start(options: {
  name: string;
  command: string;
  args: string[];
  dir: string;
  env?: Record<string, string>;
  ready: () => Promise<boolean>;
}): Promise<Running> {
  const { name, command, args, dir, env, ready } = options;
  const log = join(dir, `${name}.log`);
  const out = openSync(log, 'a');
  const child = spawn(command, args, { stdio: ['ignore', out, out], env: { ...process.env, ...env } });
  const died = () => child.exitCode !== null || child.signalCode !== null;
  const killed = () => child.kill('SIGKILL');
  process.once('exit', killed);
  for (const deadline = Date.now() + 60_000; !(await ready().catch(() => false)); await sleep(20)) {
    if (!died() && Date.now() < deadline) continue;
    child.kill('SIGKILL');
    throw new Error(`${name} did not start:\n${readFileSync(log, 'utf8').slice(-2000)}`);
  }
  return {
    pid: child.pid!,
    stop: async () => {
      process.removeListener('exit', killed);
      await stopped(child);
    },
  };
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), 5000);
  await exit;
  clearTimeout(kill);
}

/** True when the URL answers 200. */
export const answers = (url: string) => async (): Promise<boolean> => (await fetch(url)).status === 200;
