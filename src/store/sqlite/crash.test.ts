import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import { systemClock } from '../../core/clock.ts';
import { prepareArtifacts } from './artifacts.ts';
import { openDatabase } from './database.ts';
import { createMemo } from './memo.ts';
import { openSqlite } from './open.ts';
import { openWriter } from './writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-sqlite-'));
afterAll(() => rm(folder, { recursive: true }));
let files = 0;
const freshPath = () => join(folder, `${++files}.sqlite`);

/** Starts a process that writes, and resolves to what it said was written when it was killed in the midst of it. */
async function writeUntilKilled(path: string, name: string, writes: number): Promise<string[]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'writing-child.ts'), path, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
    if (output.split('\n').length > writes) child.kill('SIGKILL');
  });
  await new Promise((resolve) => child.once('close', resolve));
  return output.split('\n').slice(0, -1);
}

async function expectAll(path: string, ids: string[]): Promise<void> {
  const store = await openSqlite(path);
  const { artifacts } = store.forTenant('crash');
  const found = await Promise.all(ids.map((id) => artifacts.find('Session', id)));
  expect(ids.filter((_, i) => !found[i])).toEqual([]);
  await artifacts.put('Session', 'next', {}, 60);
  await store.close();
  const db = new DatabaseSync(path);
  expect(db.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
  db.close();
}

test('kill -9 while writing, thrice: every answered write is there, the file is sound', async () => {
  const path = freshPath();
  const ids: string[] = [];
  for (const name of ['a', 'b', 'c']) ids.push(...(await writeUntilKilled(path, name, 400)));
  expect(ids.length).toBeGreaterThanOrEqual(1200);
  await expectAll(path, ids);
});

test('two processes that write one file at once, one killed: all answered writes of both are there', async () => {
  const path = freshPath();
  const ids = await Promise.all([writeUntilKilled(path, 'a', 300), writeUntilKilled(path, 'b', 900)]);
  await expectAll(path, ids.flat());
});

test('a write waits for the lock of another process without holding up the event loop', async () => {
  const path = freshPath();
  const store = await openSqlite(path);
  const { artifacts } = store.forTenant('t');
  await artifacts.put('Session', 'before', {}, 60);
  const other = new DatabaseSync(path);
  other.exec('BEGIN IMMEDIATE');
  let settled = false;
  const write = artifacts.put('Session', 'x', {}, 60).finally(() => {
    settled = true;
  });
  for (let i = 0; i < 10; i += 1) await wait(10);
  expect(settled).toBe(false);
  expect(await artifacts.find('Session', 'before')).toBeDefined();
  other.exec('COMMIT');
  other.close();
  await write;
  expect(await artifacts.find('Session', 'x')).toBeDefined();
  await store.close();
});

test('locked for long: unavailable, nothing changed, and all is well afterwards', async () => {
  const path = freshPath();
  const store = await openSqlite(path);
  const { artifacts } = store.forTenant('t');
  const other = new DatabaseSync(path);
  other.exec('BEGIN IMMEDIATE');
  const [put, health] = await Promise.allSettled([artifacts.put('Session', 'x', {}, 60), store.health()]);
  expect(put).toMatchObject({ reason: { code: 'unavailable', status: 503, retryAfter: 2 } });
  expect(health).toMatchObject({ value: { sqlite: expect.stringMatching(/unavailable/) } });
  other.exec('ROLLBACK');
  other.close();
  expect(await artifacts.find('Session', 'x')).toBeUndefined();
  await artifacts.put('Session', 'x', {}, 60);
  expect(await store.health()).toEqual({ sqlite: 'ok' });
  await store.close();
});

test('a full disk: unavailable for writes, reads go on, and it recovers by itself', async () => {
  const db = openDatabase(freshPath());
  db.exec('PRAGMA max_page_count = 60');
  const artifacts = prepareArtifacts(db, openWriter(db), systemClock, createMemo(db))('t');
  const payload = { filler: 'x'.repeat(2000) };
  const ids = Array.from({ length: 200 }, (_, i) => `${i}`);
  const written: string[] = [];
  for (const id of ids) {
    const outcome = await artifacts.put('Session', id, payload, 60).catch((error) => error);
    if (outcome === undefined) written.push(id);
    else expect(outcome).toMatchObject({ code: 'unavailable' });
  }
  expect(written.length).toBeGreaterThan(0);
  expect(written.length).toBeLessThan(ids.length);
  for (const id of ids) expect(Boolean(await artifacts.find('Session', id))).toBe(written.includes(id));
  for (const id of written.slice(0, 5)) await artifacts.destroy('Session', id);
  await artifacts.put('Session', 'x', payload, 60);
  db.close();
});

test.each([
  ['of a newer release', (path: string) => withDatabase(path, 'PRAGMA user_version = 99'), /newer Gatehouse/],
  ['of another program', (path: string) => rewrite(path, 'CREATE TABLE t (x)'), /another program/],
  ['that is no database', (path: string) => writeFileSync(path, 'x'.repeat(5000)), /not a SQLite database/],
])('a file %s is refused in plain words', async (_name, spoil, words) => {
  const path = freshPath();
  await (await openSqlite(path)).close();
  await spoil(path);
  await expect(openSqlite(path)).rejects.toMatchObject({ code: 'bad_config', message: expect.stringMatching(words) });
});

function withDatabase(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

async function rewrite(path: string, sql: string): Promise<void> {
  await rm(path);
  withDatabase(path, sql);
}

test('purge removes what has expired, and nothing else', async () => {
  let now = Date.now();
  const store = await openSqlite(freshPath(), { clock: () => now });
  const { artifacts } = store.forTenant('t');
  await Promise.all(Array.from({ length: 1000 }, (_, i) => artifacts.put('Session', `x${i}`, {}, 60)));
  await artifacts.put('Session', 'kept', {}, 120);
  await artifacts.increment('n', 60);
  expect(await store.purge()).toBe(0);
  now += 60_000;
  expect(await store.purge()).toBe(1001);
  expect(await artifacts.find('Session', 'kept')).toBeDefined();
  await store.close();
});

test('a job that fails does not fail its neighbours', async () => {
  const store = await openSqlite(':memory:');
  const { artifacts } = store.forTenant('t');
  await artifacts.revokeGrant('g', 60);
  const outcomes = await Promise.allSettled([
    artifacts.put('Session', 'a', {}, 60),
    artifacts.put('Session', 'b', { grantId: 'g' }, 60),
    artifacts.put('Session', 'c', {}, 60),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(await artifacts.find('Session', 'c')).toBeDefined();
  await store.close();
});
