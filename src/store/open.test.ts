import { mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { openStore } from './open.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-open-'));
afterAll(() => rm(folder, { recursive: true }));
const embedded = (dataDir: string) => openStore({ mongoUri: undefined, redisUrl: undefined, dataDir });
const mode = (path: string) => statSync(path).mode & 0o777;

test('the embedded store is one file that only its owner reads', async () => {
  const dataDir = join(folder, 'new', 'data');
  const store = await embedded(dataDir);
  await store.forTenant('t').artifacts.put('Session', 'x', {}, 60);
  expect(mode(dataDir)).toBe(0o700);
  expect(readdirSync(dataDir)).toContain('gatehouse.sqlite');
  for (const name of readdirSync(dataDir)) expect([name, mode(join(dataDir, name))]).toEqual([name, 0o600]);
  await store.close();
});

test('a data folder that cannot be one is named', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  await expect(embedded(join(file, 'data'))).rejects.toMatchObject({
    code: 'bad_config',
    message: expect.stringMatching(/GATEHOUSE_DATA: cannot write .*file.*ENOTDIR/),
  });
});

test.each([
  ['MongoDB', { mongoUri: 'mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200', redisUrl: 'redis://127.0.0.1:1' }],
])('%s out of reach: unavailable, in words that hold no secret', async (_name, urls) => {
  await expect(openStore({ ...urls, dataDir: folder })).rejects.toMatchObject({ code: 'unavailable' });
});

test.each([
  [{ mongoUri: 'mongodb://user:hush@', redisUrl: 'redis://a' }],
  [{ mongoUri: 'mongodb://user:hush@127.0.0.1:x', redisUrl: 'redis://a' }],
])('a URI that is none is refused without being shown', async (urls) => {
  const refusal = await openStore({ ...urls, dataDir: folder }).catch((error) => error);
  expect(refusal).toMatchObject({ code: 'bad_config' });
  expect(refusal.message).not.toMatch(/hush/);
});
