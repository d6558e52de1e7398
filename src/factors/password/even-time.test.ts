import { beforeEach, expect, test } from '@jest/globals';
import { createEvenly, type Evenly } from './even-time.ts';

/** A clock that work alone moves: one of cost 10 takes 64 ms. */
let now = 0;
let worked: number[] = [];
let evenly: Evenly;
beforeEach(() => {
  worked = [];
  const work = async (cost: number) => {
    worked.push(cost);
    now += 2 ** (cost - 4);
  };
  evenly = createEvenly({ cost: 10, work, now: () => now });
});

const taking = (ms: number) => async () => {
  now += ms;
  return 'done';
};
const usual = () => evenly('a', true, taking(64));

test('the usual ones take what they take', async () => {
  expect(await usual()).toEqual(['done', 0]);
  expect(worked).toEqual([]);
});

test.each([
  [0, [10]],
  [0.1, [10]],
  [4, [9, 8, 7, 6]],
  [8, [9, 8, 7]],
  [16, [9, 8]],
  [32, [9]],
  [33, [9]],
  [48, [8]],
  [62, []],
  [66, []],
])('T093: one of %s ms in place of 64 does the work that is missing: %p', async (ms, expected) => {
  await usual();
  const startedAt = now;
  expect(await evenly('a', false, taking(ms))).toEqual(['done', 0]);
  expect(worked).toEqual(expected);
  expect(Math.abs(now - startedAt - 64)).toBeLessThanOrEqual(4);
});

test('the first of all knows how long a usual one takes', async () => {
  await evenly('a', false, taking(32));
  expect(worked).toEqual([10, 9]);
});

test('T093: where one took longer, refusals of its tenant wait for as long, for a while', async () => {
  await usual();
  expect(await evenly('a', false, taking(164))).toEqual(['done', 0]);
  expect(await usual()).toEqual(['done', 100]);
  expect(await evenly('a', false, taking(0))).toEqual(['done', 100]);
  expect(await evenly('b', true, taking(64))).toEqual(['done', 0]);
  now += 600_000;
  expect(await usual()).toEqual(['done', 0]);
});

test('what fails is told as it is', async () => {
  await expect(evenly('a', true, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
});
