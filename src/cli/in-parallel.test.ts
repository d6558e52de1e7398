import { expect, test } from '@jest/globals';
import { inParallel } from './in-parallel.ts';

test('results in order, so many at once', async () => {
  let running = 0;
  let most = 0;
  const squares = await inParallel(
    [1, 2, 3, 4, 5, 6, 7],
    async (n) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 8 - n));
      running -= 1;
      return n * n;
    },
    3,
  );
  expect(squares).toEqual([1, 4, 9, 16, 25, 36, 49]);
  expect(most).toBe(3);
  expect(await inParallel([], async () => 1)).toEqual([]);
});

test('after an error nothing new is begun', async () => {
  const begun: number[] = [];
  const task = async (n: number) => {
    begun.push(n);
    if (n === 2) throw new Error('no');
  };
  await expect(inParallel([1, 2, 3, 4, 5, 6], task, 2)).rejects.toThrow('no');
  expect(begun.length).toBeLessThan(6);
});
