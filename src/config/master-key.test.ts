import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { masterKeyOf } from './master-key.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('made once, for the owner only', () => {
  const dataDir = join(folder, 'data');
  const key = masterKeyOf({ dataDir, masterKey: undefined });
  expect(key).toHaveLength(32);
  expect(masterKeyOf({ dataDir, masterKey: undefined })).toEqual(key);
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);
  expect(statSync(join(dataDir, 'master.key')).mode & 0o777).toBe(0o600);
  expect(readdirSync(dataDir)).toEqual(['master.key']);
});

test('the setting goes first, and nothing is made', () => {
  const masterKey = Buffer.alloc(32, 7);
  expect(masterKeyOf({ dataDir: folder, masterKey })).toBe(masterKey);
  expect(readdirSync(folder)).toEqual([]);
});

test('processes that start at once have one key', async () => {
  const script = `
    import { masterKeyOf } from ${JSON.stringify(new URL('./master-key.ts', import.meta.url).href)};
    console.log(masterKeyOf({ dataDir: process.argv[1] }).toString('hex'));`;
  const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, folder]);
  const runs = await Promise.all(Array.from({ length: 6 }, run));
  expect(new Set(runs.map(({ stdout }) => stdout)).size).toBe(1);
});

test.each([
  ['can be read by others', `${'A'.repeat(43)}=`, 0o640, /mode 640.*chmod 600/],
  ['is too short', 'AAAA', 0o600, /32 bytes/],
  ['is empty', '', 0o600, /32 bytes/],
])('a file that %s is refused', (_, content, mode, message) => {
  const path = join(folder, 'master.key');
  writeFileSync(path, content);
  chmodSync(path, mode);
  expect(() => masterKeyOf({ dataDir: folder, masterKey: undefined })).toThrow(
    expect.objectContaining({ code: 'bad_config', message: expect.stringMatching(message) }),
  );
});

test('a data folder that is a file is refused', () => {
  const dataDir = join(folder, 'data');
  writeFileSync(dataDir, '');
  expect(() => masterKeyOf({ dataDir, masterKey: undefined })).toThrow(/GATEHOUSE_DATA|cannot read/);
});
