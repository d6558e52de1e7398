import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { z } from 'zod';
import { defineRecord, type Records } from './records.ts';
import { openSqlite } from './sqlite/open.ts';
import type { Store } from './store.ts';
import { upsert } from './upsert.ts';

type Count = { count: number };
const record = defineRecord<Count>({
  name: 'counts',
  scope: 'tenant',
  schema: z.strictObject({ count: z.number() }),
});

let store: Store;
let records: Records<Count>;
beforeEach(async () => {
  store = await openSqlite(':memory:');
  records = store.forTenant('a').records(record);
});
afterEach(() => store.close());

test('50 at once, the first of them too, each see what those before wrote', async () => {
  const count = () => upsert(records, 'x', (before) => ({ count: (before?.count ?? 0) + 1 }));
  await Promise.all(Array.from({ length: 50 }, count));
  expect(await records.get('x')).toMatchObject({ count: 50 });
});

test('what is left as it is, there or not, is not written', async () => {
  expect(await upsert(records, 'x', () => undefined)).toBeUndefined();
  expect(await records.count()).toBe(0);
  await upsert(records, 'x', () => ({ count: 1 }));
  expect(await upsert(records, 'x', () => undefined)).toMatchObject({ count: 1, version: 1 });
});
