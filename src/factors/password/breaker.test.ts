import { expect, test } from '@jest/globals';
import { createBreaker } from './breaker.ts';

test('five failures in a row, and nobody waits for it for half a minute; then one tries for all', async () => {
  let now = 0;
  let calls = 0;
  let fails = true;
  const run = createBreaker(() => now);
  const call = (key = 'a') =>
    run(key, async () => {
      calls += 1;
      if (fails) throw new Error('down');
      return 'up';
    });

  for (let i = 0; i < 5; i += 1) await expect(call()).rejects.toThrow('down');
  await expect(call()).rejects.toThrow('not asked');
  expect(calls).toBe(5);
  await expect(call('b')).rejects.toThrow('down');

  now = 30_000;
  const tried = [call(), call(), call()];
  await expect(tried[0]).rejects.toThrow('down');
  for (const other of tried.slice(1)) await expect(other).rejects.toThrow('not asked');
  await expect(call()).rejects.toThrow('not asked');

  now = 60_000;
  fails = false;
  expect(await call()).toBe('up');
  fails = true;
  await expect(call()).rejects.toThrow('down');
  await expect(call()).rejects.toThrow('down');
});
