import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openSqlite } from '../store/sqlite/open.ts';
import type { Store } from '../store/store.ts';
import { checkMasterKey } from './master-key-check.ts';

let store: Store;
beforeEach(async () => {
  store = await openSqlite(':memory:');
});
afterEach(() => store.close());

test('the first key is the key', async () => {
  const key = randomBytes(32);
  await Promise.all(Array.from({ length: 5 }, () => checkMasterKey(store, key)));
  await checkMasterKey(store, key);
  await expect(checkMasterKey(store, randomBytes(32))).rejects.toMatchObject({
    code: 'bad_config',
    message: expect.stringContaining('another master key'),
  });
});

test('of two keys at once, one is refused', async () => {
  const results = await Promise.allSettled([randomBytes(32), randomBytes(32)].map((key) => checkMasterKey(store, key)));
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});
