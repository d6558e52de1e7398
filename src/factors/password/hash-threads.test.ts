import { readdirSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { afterEach, expect, test } from '@jest/globals';
import { foreignHashes } from '../../../test/support/foreign-hashes.ts';
import { createHashThreads } from './hash-threads.ts';

const threads = createHashThreads();
afterEach(() => threads.close());

/** Of each thread of this process. proc(5): the 17th field after the name, which may hold spaces and brackets. */
const priorities = () =>
  new Map(
    readdirSync('/proc/self/task').map((thread) => {
      const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8');
      return [thread, Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])];
    }),
  );

test('hashes, and tells right from wrong, in as many threads as are asked at once', async () => {
  const hashes = await Promise.all(['one', 'two', 'three'].map((password) => threads.hash(password, 4)));
  expect(hashes).toEqual(Array(3).fill(expect.stringMatching(/^\$2b\$04\$/)));
  expect(new Set(hashes).size).toBe(3);
  const verdicts = await Promise.all(hashes.map((hash) => threads.verify(hash, 'two')));
  expect(verdicts).toEqual([false, true, false]);
  expect(await threads.verify('of no scheme', 'two')).toBe(false);
});

(process.platform === 'linux' ? test : test.skip)(
  'the threads that hash, and they alone, have a lower priority',
  async () => {
    const before = priorities();
    await Promise.all([threads.hash('one', 4), threads.hash('two', 4)]);
    const started = [...priorities()].filter(([thread]) => !before.has(thread)).map(([, priority]) => priority);
    expect(started).toEqual(Array(2).fill(Math.min(19, getPriority() + 14)));
    expect(getPriority()).toBe(before.get(String(process.pid)));
  },
);

test('a job that fails is one job, and its thread goes on', async () => {
  const [, hash, password] = foreignHashes.find(([scheme]) => scheme === 'phpass $P$')!;
  await expect(threads.verify(hash, { toString: null } as never)).rejects.toThrow();
  expect(await threads.verify(hash, password)).toBe(true);
});

test('a thread that ends fails its job, and the next job has a new one', async () => {
  const slow = threads.hash('one', 15);
  await Promise.all([expect(slow).rejects.toThrow('ended'), threads.close()]);
  expect(await threads.hash('two', 4)).toMatch(/^\$2b\$04\$/);
});
