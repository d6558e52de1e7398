import { spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort, isListening } from './ports.ts';

/** What tests can use beyond Node; `find` gives a URL or path, or undefined. */
export const engines = {
  redis: {
    variable: 'GATEHOUSE_TEST_REDIS_URL',
    help: 'put redis-server on PATH (apt-get install redis-server), or set REDIS_URL',
    find: async () => process.env.REDIS_URL || (await startRedis()),
  },
  mongo: {
    variable: 'GATEHOUSE_TEST_MONGODB_URI',
    help: 'set MONGODB_URI to a replica set, or put secantusd-py on PATH (pip install secantusdb)',
    find: async () => process.env.MONGODB_URI || (await startMongo()),
  },
  browser: {
    variable: 'GATEHOUSE_TEST_BROWSER',
    help: 'put chromium on PATH (apt-get install chromium)',
    find: async () => onPath('chromium', 'chromium-browser', 'google-chrome'),
  },
};

const started = [];

/** Ends what was started here. */
export async function stopEngines() {
  for (const { child, folder } of started.splice(0)) {
    if (child.exitCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await Promise.race([ended, wait(5000, undefined, { ref: false }).then(() => child.kill('SIGKILL'))]);
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

async function startRedis() {
  const program = onPath('redis-server');
  if (!program) return undefined;
  const port = await freePort();
  const settings = ['--port', port, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  await start(program, (folder) => [...settings, '--dir', folder], port);
  return `redis://127.0.0.1:${port}`;
}

async function startMongo() {
  const program = onPath('secantusd-py');
  if (!program) return undefined;
  const port = await freePort();
  await start(program, (folder) => ['--port', port, '--storage-path', folder, '--log-level', 'ERROR'], port);
  // This server answers a streaming monitor out of turn.
  return `mongodb://127.0.0.1:${port}/?serverMonitoringMode=poll`;
}

async function start(program, args, port) {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-engine-'));
  const child = spawn(program, args(folder).map(String), { stdio: 'ignore' });
  started.push({ child, folder });
  process.once('exit', () => child.kill('SIGKILL'));
  for (let attempt = 0; attempt < 1200; attempt += 1) {
    if (await isListening(port)) return;
    if (child.exitCode !== null) break;
    await wait(100);
  }
  throw new Error(`${program} did not start on port ${port}`);
}

function onPath(...names) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of names) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {}
    }
  }
  return undefined;
}
