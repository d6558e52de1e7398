import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { describeWith, redisUrl } from '../../../test/support/engines.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { redisServer } from '../../../test/support/redis-server.ts';
import { freshTenant } from '../contract/support.ts';
import type { Copies, Row } from '../copies.ts';
import { openRedis, type RedisStore } from './open.ts';

const LIFE = 60_000;

/** The truth, and whether it was asked. `write` and `read` can be held up where the race is to happen. */
function truth() {
  let n = 0;
  let reads = 0;
  const row = (): Row => ({ payload: `{"n":${n}}`, version: n + 1, consumed: undefined, expires: Date.now() + LIFE });
  return {
    reads: () => reads,
    n: () => n,
    read: async (): Promise<Row | undefined> => {
      reads += 1;
      return row();
    },
    write: async () => {
      n += 1;
      return { result: n };
    },
    swap: async () => {
      n += 1;
      return { result: n, row: row() };
    },
  };
}

type Truth = ReturnType<typeof truth>;

/** A promise to hold something up by. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { passed: promise, open: resolve };
}

describeWith('redis', 'copies', () => {
  let stores: RedisStore[];
  let raw: Redis;
  beforeAll(async () => {
    stores = await Promise.all([openRedis(redisUrl()), openRedis(redisUrl())]);
    raw = new Redis(redisUrl());
    // Which run of Redis it is each client asks once it is connected.
    for (const copies of two()) await isFilled(copies, truth());
  });
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    raw.disconnect();
  });

  /** What the clients have sent so far is done: Redis answers in turn. */
  const settled = () => Promise.all(stores.map((store) => store.health()));
  const two = (tenant = freshTenant()): [Copies, Copies] => [stores[0]!.copies(tenant), stores[1]!.copies(tenant)];
  const seen = async (copies: Copies, { read }: Truth) => JSON.parse((await copies.through('x', read))!.payload).n;
  const filled = async (copies: Copies, from: Truth) => {
    await seen(copies, from);
    await settled();
    const before = from.reads();
    await seen(copies, from);
    return from.reads() === before;
  };
  const isFilled = (copies: Copies, from: Truth) => eventually(() => filled(copies, from));

  test('what was read once is read no more, on any node, with all that it holds', async () => {
    const [left, right] = two();
    const row = { payload: '{"text":"a b  c ä"}', version: 7, consumed: 5, expires: Date.now() + LIFE };
    expect(await left.through('x', async () => row)).toEqual(row);
    await settled();
    const unasked = async () => expect(true).toBe(false) as never;
    expect(await right.through('x', unasked)).toEqual(row);
    expect(await right.through('y', async () => undefined)).toBeUndefined();
  });

  test('a copy ends with its artifact', async () => {
    const [left, right] = two();
    const short = { payload: '{}', version: 1, consumed: undefined, expires: Date.now() + 150 };
    await left.through('x', async () => short);
    await wait(200);
    expect(await right.through('x', async () => undefined)).toBeUndefined();
  });

  test.each([
    ['write', false],
    ['swap', true],
  ] as const)('after a %s no node sees what was; the new value is at hand: %p', async (kind, isAtHand) => {
    const [left, right] = two();
    const it = truth();
    await isFilled(left, it);
    await right.around(['x'], it[kind]);
    const before = it.reads();
    expect(await seen(left, it)).toBe(1);
    expect(it.reads() === before).toBe(isAtHand);
  });

  test('many at once under one write', async () => {
    const [left, right] = two();
    const it = truth();
    await left.through('x', it.read);
    await left.through('y', it.read);
    await right.around(['x', 'y'], it.write);
    expect(JSON.parse((await left.through('y', it.read))!.payload).n).toBe(1);
    expect(await seen(left, it)).toBe(1);
  });

  describe('races', () => {
    test('a reader that read before a write does not keep what it read', async () => {
      const [left, right] = two();
      const it = truth();
      const [begun, hold] = [gate(), gate()];
      const reading = left.through('x', async () => {
        const row = await it.read();
        begun.open();
        await hold.passed;
        return row;
      });
      await begun.passed;
      await right.around(['x'], it.write);
      hold.open();
      await reading;
      await settled();
      expect(await seen(right, it)).toBe(1);
    });

    test('who reads while a write is under way does not keep what it read', async () => {
      const [left, right] = two();
      const it = truth();
      await isFilled(left, it);
      await right.around(['x'], async () => {
        expect(await seen(left, it)).toBe(0);
        await settled();
        return it.write();
      });
      expect(await seen(left, it)).toBe(1);
    });

    test.each(['answered', 'lost'])(
      'of two writers at once neither says what is there; the later one is %s',
      async (end) => {
        const [left, right] = two();
        const it = truth();
        const [begun, hold] = [gate(), gate()];
        const slow = left.around(['x'], async () => {
          begun.open();
          await hold.passed;
          const written = await it.swap();
          if (end === 'lost') throw new Error('no answer');
          return written;
        });
        await begun.passed;
        await right.around(['x'], it.swap);
        expect(await seen(right, it)).toBe(1);
        hold.open();
        await slow.catch(() => {});
        expect(await seen(right, it)).toBe(2);
        expect(await filled(left, it)).toBe(false);
      },
    );

    test('a writer that failed may have written: nothing is kept for a while', async () => {
      const [left, right] = two();
      const it = truth();
      await isFilled(left, it);
      const lost = right.around(['x'], async () => {
        throw new Error('no answer');
      });
      await expect(lost).rejects.toThrow('no answer');
      expect(await filled(left, it)).toBe(false);
      await it.write();
      expect(await seen(left, it)).toBe(1);
    });

    test('flushed while a write is under way, and read in between', async () => {
      const tenant = freshTenant();
      const [left, right] = two(tenant);
      const it = truth();
      await right.around(['x'], async () => {
        // FLUSHALL would take the data of other tests.
        await raw.unlink(`gh:{${tenant}}:copy:x`);
        await isFilled(left, it);
        return it.write();
      });
      expect(await seen(left, it)).toBe(1);
    });

    test('nobody ever sees less than what was acknowledged before', async () => {
      const [left, right] = two();
      const it = truth();
      let acknowledged = 0;
      let isOver = false;
      const jitter = () => wait(Math.random() * 4);
      const writer = (copies: Copies, kind: 'write' | 'swap') => async () => {
        for (let i = 0; i < 40; i += 1) {
          await jitter();
          const n = await copies.around(['x'], async () => {
            await jitter();
            const written = await it[kind]();
            await jitter();
            return written;
          });
          acknowledged = Math.max(acknowledged, n);
        }
      };
      const reader = (copies: Copies) => async () => {
        while (!isOver) {
          const least = acknowledged;
          const row = await copies.through('x', async () => {
            await jitter();
            const found = await it.read();
            await jitter();
            return found;
          });
          expect(JSON.parse(row!.payload).n).toBeGreaterThanOrEqual(least);
        }
      };
      const flusher = async () => {
        while (!isOver) {
          await wait(30);
          await raw.eval("for _, k in ipairs(redis.call('KEYS', '*copy:x')) do redis.call('DEL', k) end", 0);
        }
      };
      const readers = Promise.all([left, right, left, right].map((copies) => reader(copies)()));
      const flushing = flusher();
      await Promise.all([writer(left, 'swap')(), writer(right, 'write')()]);
      isOver = true;
      await readers;
      await flushing;
      expect(it.n()).toBe(80);
      expect(await seen(left, it)).toBe(80);
    });
  });

  describe('a server of its own', () => {
    test('away: reads go on by the truth, a write is refused before it begins', async () => {
      const server = await redisServer();
      const store = await openRedis(`redis://127.0.0.1:${server.port}`);
      const copies = store.copies('t');
      const it = truth();
      await server.stop();
      expect(await seen(copies, it)).toBe(0);
      await expect(copies.around(['x'], it.write)).rejects.toMatchObject({ code: 'unavailable' });
      expect(it.n()).toBe(0);
      await store.close();
    });

    test('back with an older state: what it brings back is nothing', async () => {
      const server = await redisServer();
      const client = new Redis(server.port, '127.0.0.1');
      client.on('error', () => {});
      const store = await openRedis(`redis://127.0.0.1:${server.port}`);
      const copies = store.copies('t');
      const it = truth();
      await isFilled(copies, it);
      await client.save();
      await copies.around(['x'], it.write);
      await server.kill('SIGKILL');
      await server.start();
      // Which run it is now is known again.
      await isFilled(store.copies('u'), truth());
      expect(await eventually(() => client.get('gh:{t}:copy:x'))).toMatch(/"n":0/);
      expect(await seen(copies, it)).toBe(1);
      client.disconnect();
      await store.close();
      await server.stop();
    });
  });
});
