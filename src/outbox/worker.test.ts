import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '../../test/support/eventually.ts';
import { openSqlite } from '../store/sqlite/open.ts';
import type { Store } from '../store/store.ts';
import { type Due, type DueList, dueList } from './due.ts';
import { createWorker, type Worker } from './worker.ts';

let store: Store;
let due: DueList;
beforeEach(async () => {
  store = await openSqlite(':memory:', { clock: () => 1000 });
  due = dueList(store, 'letters_due');
});
afterEach(() => store.close());

function work(deliver: (entry: Due) => Promise<unknown>, faults: unknown[] = []): Worker {
  const fault = (error: unknown) => void faults.push(error);
  return createWorker({ due, clock: () => 1000, deliver: async (entry) => void (await deliver(entry)), fault });
}
const add = async (tenantId: string, count: number, at = 1, lane?: string) => {
  for (let i = 0; i < count; i += 1) await due.add(at, tenantId, `${tenantId}${lane ?? ''}${i}`, lane);
};
const done = ({ at, tenantId, messageId }: Due) => due.remove(at, tenantId, messageId);

test('a tenant whose mail server is slow keeps no other waiting', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const slow: Due[] = [];
  const quick: Due[] = [];
  await add('slow', 300);
  await add('quick', 30, 2);
  const worker = work(async (entry) => {
    (entry.tenantId === 'slow' ? slow : quick).push(entry);
    if (entry.tenantId === 'slow') await promise;
    await done(entry);
  });
  worker.start();
  await eventually(() => quick.length === 30);
  expect(slow.length).toBeLessThan(16);
  resolve();
  await worker.settle();
  expect(slow).toHaveLength(300);
  await worker.stop();
});

test('a receiver that is slow keeps no other of its tenant waiting, and no more than a few places', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const begun: Record<string, number> = { slow: 0, quick: 0 };
  await add('a', 300, 1, 'slow');
  await add('a', 30, 2, 'quick');
  const worker = work(async (entry) => {
    begun[entry.lane!]! += 1;
    if (entry.lane === 'slow') await promise;
    await done(entry);
  });
  worker.start();
  await eventually(() => begun.quick === 30);
  expect(begun.slow).toBeLessThan(6);
  resolve();
  await worker.settle();
  expect(begun.slow).toBe(300);
  await worker.stop();
});

test('what is not due is left, what is left by another is looked at once and not over and over', async () => {
  await due.add(1001, 'a', 'later');
  await due.add(1, 'a', 'leased');
  const seen: string[] = [];
  const worker = work(async ({ messageId }) => seen.push(messageId));
  worker.start();
  await worker.settle();
  await worker.settle();
  expect(seen.filter((id) => id !== 'leased')).toEqual([]);
  expect(seen.length).toBeLessThan(10);
  await worker.stop();
});

test('T094: nothing is begun while the request that queued it is answered', async () => {
  await add('a', 1);
  const begun: number[] = [];
  const worker = work(async () => begun.push(performance.now()));
  const queued = performance.now();
  worker.start();
  worker.wake();
  await eventually(() => begun.length === 1);
  // Milliseconds: much longer than to answer takes. A timer may be early by one.
  expect(begun[0]! - queued).toBeGreaterThan(245);
  await worker.stop();
});

test('a worker that is stopped before that begins nothing', async () => {
  await add('a', 1);
  const begun: string[] = [];
  const worker = work(async ({ messageId }) => begun.push(messageId));
  worker.start();
  await worker.stop();
  expect(begun).toEqual([]);
});

test('a delivery that throws is told, and keeps no other from its turn', async () => {
  await add('a', 3);
  const faults: unknown[] = [];
  const worker = work(async (entry) => {
    await done(entry);
    if (entry.messageId === 'a0') throw new Error('bug');
  }, faults);
  await worker.settle();
  expect(faults).toEqual([new Error('bug')]);
  const left = [];
  for await (const entry of due.until(1000)) left.push(entry);
  expect(left).toEqual([]);
});

test('entries are in order of time, whoever’s they are, and the same one is one', async () => {
  await due.add(30, 'a', 'm3');
  await due.add(9, 'b', 'm1');
  await due.add(9, 'b', 'm1');
  await due.add(10, 'a', 'm2');
  const found = [];
  for await (const { messageId } of due.until(30)) found.push(messageId);
  expect(found).toEqual(['m1', 'm2', 'm3']);
});
