import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { packageRoot } from '../../src/core/package-root.ts';
import { eventually } from './eventually.ts';
import { freePort } from './ports.ts';

export type Node = {
  url: string;
  port: number;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** Asks it to stop; resolves to its exit code. */
  stop(): Promise<number | null>;
  child: ChildProcess;
  /** What it has written so far. */
  output(): string;
};

/** `gatehouse start` as a process of its own, ready. `env` over the settings of a test. */
export async function startNode(env: Record<string, string>): Promise<Node> {
  const port = Number(env.PORT ?? (await freePort()));
  const url = `http://localhost:${port}`;
  const child = spawn(process.execPath, [join(packageRoot, 'bin/gatehouse.js'), 'start'], {
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'test',
      GATEHOUSE_DEMO: 'false',
      GATEHOUSE_BCRYPT_COST: '4',
      LOG_LEVEL: 'warn',
      ...env,
      PORT: String(port),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => text.push(String(chunk)));
  const exited = once(child, 'exit');
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await exited;
    }
    return child.exitCode;
  };
  const node: Node = {
    url,
    port,
    child,
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
    output: () => text.join(''),
  };
  try {
    await eventually(async () => {
      if (child.exitCode !== null) return true;
      return (await fetch(`${url}/health/ready`)).ok;
    });
    if (child.exitCode !== null) throw new Error(`the node ended with ${child.exitCode}: ${node.output()}`);
  } catch (error) {
    await node.kill();
    throw new Error(`the node did not start: ${node.output()}`, { cause: error });
  }
  return node;
}

/**
 * `fetch` that sends each request to a node, whatever port the address names; `pick` says which. The Host header then
 * names that node, as if each one was reached directly.
 */
export const sendTo =
  (pick: () => Node): typeof fetch =>
  (input, init) => {
    const url = new URL(String(input));
    url.port = String(pick().port);
    return fetch(url, init);
  };

/** Every request to the next one. */
export function inTurn<T>(items: readonly T[]): () => T {
  let count = 0;
  return () => items[count++ % items.length]!;
}
