import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { readThrough } from './cache.ts';

type Value = { of: string; made: number };

let now = 0;
let made = 0;
const load = jest.fn<(key: string, stale: Value | undefined) => Promise<Value | undefined>>();
beforeEach(() => {
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  load.mockReset().mockImplementation(async (of) => ({ of, made: ++made }));
});
afterEach(() => void jest.restoreAllMocks());

const cache = (options: { max?: number; staleOnError?: boolean } = {}) =>
  readThrough<Value>({ load, max: 10, freshFor: 1000, ...options });
const down = () => load.mockRejectedValue(new Error('down'));

test('gets of one key at once are one load, those of two keys are two', async () => {
  const { get } = cache();
  const values = await Promise.all([get('a'), get('a'), get('b'), get('a')]);
  expect(values[1]).toBe(values[0]);
  expect(values[3]).toBe(values[0]);
  expect(load.mock.calls).toEqual([
    ['a', undefined],
    ['b', undefined],
  ]);
});

test('a value is asked for again when it is no longer fresh, and counts from when the asking began', async () => {
  const { get } = cache();
  load.mockImplementation(async (of) => {
    now += 600;
    return { of, made: ++made };
  });
  const first = await get('a');
  now += 399;
  expect(await get('a')).toBe(first);
  now += 1;
  const second = await get('a');
  expect(second).not.toBe(first);
  expect(load).toHaveBeenLastCalledWith('a', first);
});

test('a load that returns what there was keeps its identity, and makes it fresh', async () => {
  const { get } = cache();
  const first = await get('a');
  load.mockImplementation(async (_key, stale) => stale);
  now += 1000;
  expect(await get('a')).toBe(first);
  expect(await get('a')).toBe(first);
  expect(load).toHaveBeenCalledTimes(2);
});

test('absence is kept as well, as long as a value', async () => {
  const { get, peek } = cache();
  load.mockResolvedValue(undefined);
  expect([await get('a'), await get('a'), peek('a')]).toEqual([undefined, undefined, null]);
  expect(load).toHaveBeenCalledTimes(1);
  now += 1000;
  load.mockResolvedValue({ of: 'a', made: 0 });
  expect(await get('a')).toEqual({ of: 'a', made: 0 });
});

test('peek has what is fresh, and asks nobody', async () => {
  const { get, peek } = cache();
  expect(peek('a')).toBeUndefined();
  const loading = get('a');
  expect(peek('a')).toBeUndefined();
  const value = await loading;
  expect(peek('a')).toBe(value);
  now += 1000;
  expect(peek('a')).toBeUndefined();
  expect(load).toHaveBeenCalledTimes(1);
});

describe('while the load fails', () => {
  test('a known value is served on, and asked for again after a while', async () => {
    const { get } = cache();
    const first = await get('a');
    down();
    now += 5000;
    expect(await Promise.all([get('a'), get('a')])).toEqual([first, first]);
    expect(await get('a')).toBe(first);
    expect(load).toHaveBeenCalledTimes(2);
    now += 1000;
    load.mockResolvedValue({ of: 'a', made: -1 });
    expect(await get('a')).toMatchObject({ made: -1 });
  });

  test('what is not known is an error each time, and so is what was absent', async () => {
    const { get } = cache();
    load.mockResolvedValueOnce(undefined);
    await get('absent');
    now += 1000;
    down();
    for (const key of ['new', 'new', 'absent']) await expect(get(key)).rejects.toThrow('down');
    load.mockResolvedValue({ of: 'new', made: 0 });
    expect(await get('new')).toMatchObject({ of: 'new' });
  });

  test('nothing stale is served where that may have been revoked', async () => {
    const { get, peek } = cache({ staleOnError: false });
    await get('a');
    down();
    now += 1000;
    await expect(get('a')).rejects.toThrow('down');
    expect(peek('a')).toBeUndefined();
    await expect(get('a')).rejects.toThrow('down');
    expect(load).toHaveBeenCalledTimes(3);
  });
});

describe('what this process has changed', () => {
  test('is asked for again', async () => {
    const { get, peek, drop } = cache();
    const first = await get('a');
    drop('a');
    expect(peek('a')).toBeUndefined();
    expect(await get('a')).not.toBe(first);
  });

  test('a load that began before the drop does not bring the old value back', async () => {
    const { get, drop, peek } = cache();
    const { promise, resolve } = Promise.withResolvers<Value>();
    load.mockReturnValueOnce(promise);
    const early = get('a');
    drop('a');
    const late = await get('a');
    resolve({ of: 'a', made: -1 });
    expect(await early).toMatchObject({ made: -1 });
    expect(peek('a')).toBe(late);
  });
});

test('no more than max are kept', async () => {
  const { get } = cache({ max: 2 });
  for (const key of ['a', 'b', 'c', 'c', 'b', 'a']) await get(key);
  expect(load.mock.calls.map(([key]) => key)).toEqual(['a', 'b', 'c', 'a']);
});
