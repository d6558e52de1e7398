import { expect, test } from '@jest/globals';
import { createQueue } from './queue.ts';

/** Tasks that note their start, and end when told. */
function held() {
  const started: string[] = [];
  const releases = new Map<string, () => void>();
  return {
    started,
    task: (name: string) => () => {
      started.push(name);
      return new Promise<void>((resolve) => releases.set(name, resolve));
    },
    async end(...names: string[]) {
      for (const name of names) releases.get(name)?.();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const refused = { code: 'unavailable', status: 503, retryAfter: 5 };

test('so many run, so many wait, the rest is refused; first come, first served', async () => {
  const queue = createQueue({ concurrency: 2, maxWaiting: 6 });
  const { task, started, end } = held();
  const all = ['1', '2', '3', '4', '5'].map((name) => queue('acme', task(name)));
  await expect(queue('acme', task('6'))).rejects.toMatchObject(refused);
  expect(started).toEqual(['1', '2']);
  await end('2');
  expect(started).toEqual(['1', '2', '3']);
  await end('1', '3');
  await end('4', '5');
  await Promise.all(all);
  expect(started).toEqual(['1', '2', '3', '4', '5']);
});

test('tenants take turns: a flood at one costs another one task at a time, and never all the room', async () => {
  const queue = createQueue({ concurrency: 1, maxWaiting: 6 });
  const { task, started, end } = held();
  const flood = ['a1', 'a2', 'a3', 'a4'].map((name) => queue('flooded', task(name)));
  await expect(queue('flooded', task('a5'))).rejects.toMatchObject(refused);
  const others = ['b1', 'b2'].map((name) => queue('quiet', task(name)));
  for (const name of ['a1', 'a2', 'b1', 'a3', 'b2', 'a4']) {
    expect(started.at(-1)).toBe(name);
    await end(name);
  }
  await Promise.all([...flood, ...others]);
});

test('a failed task makes room', async () => {
  const queue = createQueue({ concurrency: 1, maxWaiting: 2 });
  const failed = queue('acme', () => Promise.reject(new Error('no')));
  const next = queue('acme', async () => 'yes');
  await expect(failed).rejects.toThrow('no');
  expect(await next).toBe('yes');
  expect(await queue('acme', async () => 'again')).toBe('again');
});
