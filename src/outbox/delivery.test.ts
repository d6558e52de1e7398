import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Letter, letters } from '../../test/support/letters.ts';
import { type TestTenants, twoTenants } from '../../test/support/tenants.ts';
import { unavailable } from '../core/errors.ts';
import type { Stored } from '../store/records.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { type Carry, createDelivery, type DeliveryDeps } from './delivery.ts';
import { dueList } from './due.ts';
import { blocked, deferred, type Outcome, refused, SENT } from './outcome.ts';
import { createQueue, type Queue } from './queue.ts';
import { createReplace, type Replace } from './replace.ts';
import { DELAYS } from './schedule.ts';
import { createWorker, type Worker } from './worker.ts';

let now: number;
const clock = () => now;
let at: TestTenants;
let queue: Queue<Letter>;
let worker: Worker;
/** Codes in the order in which they were handed over, and what happens to each. */
let carried: string[];
let carry: Carry<Letter>;
let faults: unknown[];

beforeEach(async () => {
  now = Date.UTC(2030, 0, 1);
  at = await twoTenants(clock);
  carried = [];
  faults = [];
  queue = createQueue(letters, { ...at, clock, due: dueList(at.store, letters.due), wake: () => {} });
  carry = async () => SENT;
  worker = node();
});
afterEach(async () => {
  await worker.stop();
  await at.store.close();
});

/** What one node has; several share the store. */
function node(changes: Partial<DeliveryDeps<Letter>> = {}): Worker {
  const due = dueList(at.store, letters.due);
  const deliver = createDelivery({
    type: letters,
    due,
    clock,
    replace: createReplace(letters, { due, audit: at.audit }),
    tenantOf: async (id) => ({ a: at.a, b: at.b })[id],
    carry: async (tenant, message, data, signal) => {
      carried.push(String(data.code));
      return carry(tenant, message, data, signal);
    },
    random: () => 0,
    ...changes,
  });
  return createWorker({ due, clock, deliver, fault: (error) => faults.push(error) });
}

const enqueue = (code: string, { tenant = at.a, to = 'ada@example.com', expiresAt = now + 1e12 } = {}) =>
  queue.add(tenant, { fields: { to }, data: { code }, validUntil: expiresAt });
const get = async (id: string, tenant: Tenant = at.a) => (await tenant.store.records(letters.record).get(id))!;
const dueEntries = async () => {
  const found = [];
  for await (const due of dueList(at.store, letters.due).until(Infinity)) found.push(due);
  return found;
};
const events = async () =>
  (await at.audit.find('a')).items
    .map(({ type }) => type)
    .filter((type) => type.startsWith('letter.'))
    .sort();

describe('a message', () => {
  test('that is sent keeps who, what and when; its data and its entry are gone', async () => {
    const id = await enqueue('123456');
    await worker.settle();
    const message = await get(id);
    expect(message).toMatchObject({ state: 'sent', attempts: 1, sentAt: now, to: 'ada@example.com' });
    expect(message).not.toHaveProperty('sealed');
    expect(message).not.toHaveProperty('line');
    expect(await dueEntries()).toEqual([]);
    expect(carried).toEqual(['123456']);
    expect(await events()).toEqual(['letter.sent']);
    expect(faults).toEqual([]);
  });

  test('that is refused for good is tried once, and can be sent again by hand', async () => {
    carry = async () => refused('550 no such mailbox');
    const id = await enqueue('1');
    await worker.settle();
    now += 1e9;
    await worker.settle();
    expect(carried).toHaveLength(1);
    expect(await get(id)).toMatchObject({ state: 'failed', reason: '550 no such mailbox', attempts: 1 });
    carry = async () => SENT;
    await queue.retry(at.a, id);
    await worker.settle();
    expect(await get(id)).toMatchObject({ state: 'sent', attempts: 1 });
    expect(await get(id)).not.toHaveProperty('reason');
    expect(await events()).toEqual(['letter.failed', 'letter.retried', 'letter.sent']);
    await expect(queue.retry(at.a, id)).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(queue.retry(at.b, id)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('that cannot be made is refused: it must not keep the line waiting', async () => {
    carry = async () => {
      throw new Error('no such template');
    };
    const id = await enqueue('1');
    await worker.settle();
    expect(await get(id)).toMatchObject({ state: 'failed', reason: 'cannot be made: no such template' });
  });

  test('whose use is over is dropped, not sent late, and cannot be sent again', async () => {
    carry = async () => blocked('down');
    const id = await enqueue('1', { expiresAt: now + 60_000 });
    await worker.settle();
    carry = async () => SENT;
    now += 60_000 * 10;
    await worker.settle();
    expect(carried).toHaveLength(1);
    expect(await get(id)).toMatchObject({ state: 'failed', reason: 'too late to be of use' });
    expect(await get(id)).not.toHaveProperty('sealed');
    await expect(queue.retry(at.a, id)).rejects.toMatchObject({ message: expect.stringContaining('over') });
  });

  test('of a tenant that is gone is forgotten, of one that is suspended waits', async () => {
    await enqueue('1', { tenant: at.b });
    const gone = node({ tenantOf: async () => undefined });
    await gone.settle();
    expect(await dueEntries()).toEqual([]);
    const id = await enqueue('2');
    await node({ tenantOf: async () => ({ ...at.a, status: 'suspended' }) as Tenant }).settle();
    expect(await get(id)).toMatchObject({ state: 'queued', reason: 'the tenant is suspended' });
    expect(carried).toEqual([]);
  });
});

test('the schedule: each attempt after its wait and not before; then it is dead, and may be replayed', async () => {
  carry = async () => deferred('451 later');
  const id = await enqueue('1');
  const waits: number[] = [];
  let before = now;
  for (;;) {
    const [entry, ...more] = await dueEntries();
    if (!entry) break;
    expect(more).toEqual([]);
    waits.push(entry.at - before);
    now = entry.at - 1;
    await worker.settle();
    expect(carried).toHaveLength(waits.length - 1);
    now += 1;
    before = now;
    await worker.settle();
    expect(carried).toHaveLength(waits.length);
  }
  expect(waits).toEqual(DELAYS);
  expect(waits.map((ms) => ms / 1000)).toEqual([0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]);
  expect(await get(id)).toMatchObject({ state: 'dead', reason: '451 later', attempts: 10 });
  expect(await events()).toEqual(['letter.given_up']);
  carry = async () => SENT;
  await queue.retry(at.a, id);
  await worker.settle();
  expect(await get(id)).toMatchObject({ state: 'sent' });
});

test('jitter makes a wait longer by a fifth at most', async () => {
  carry = async () => blocked('down');
  await enqueue('1');
  await node({ random: () => 0.999 }).settle();
  const [entry] = await dueEntries();
  expect(entry!.at - now).toBe(5999);
});

describe('the line of a recipient', () => {
  test('goes in the order in which it was made', async () => {
    for (let i = 0; i < 20; i += 1) await enqueue(String(i));
    await worker.settle();
    expect(carried).toEqual(Array.from({ length: 20 }, (_, i) => String(i)));
  });

  test('while the way is closed is tried by its first alone; when it is open again all goes in order', async () => {
    carry = async () => blocked('down');
    const ids = [await enqueue('1'), await enqueue('2'), await enqueue('3')];
    await worker.settle();
    expect(carried).toEqual(['1']);
    for (const id of ids) expect(await get(id)).toMatchObject({ state: 'queued', attempts: 1, reason: 'down' });
    now += 3_600_000;
    carried = [];
    carry = async () => SENT;
    await worker.settle();
    expect(carried).toEqual(['1', '2', '3']);
  });

  test('what waits long takes its turn with what comes after it, and that turn is not counted', async () => {
    carry = async () => blocked('down');
    const old = await enqueue('old');
    for (const seconds of [0, 5, 300, 1800]) {
      now += seconds * 1000;
      await worker.settle();
    }
    const { attempts, nextAttemptAt } = await get(old);
    expect(attempts).toBe(4);
    now += 1000;
    carried = [];
    const young = await enqueue('young');
    await worker.settle();
    expect(carried).toEqual(['old']);
    expect(await get(old)).toMatchObject({ attempts, nextAttemptAt, state: 'queued' });
    expect(await get(young)).toMatchObject({ attempts: 1, state: 'queued' });
    carry = async () => SENT;
    now += 5000;
    await worker.settle();
    expect(carried).toEqual(['old', 'old', 'young']);
    expect(await dueEntries()).toEqual([]);
  });

  test('one that is refused, or put off alone, does not hold up the others', async () => {
    carry = async (_tenant, _message, { code }) =>
      ({ bad: refused('no'), odd: deferred('greylisted'), good: SENT })[String(code)] as Outcome;
    const ids = [await enqueue('odd'), await enqueue('bad'), await enqueue('good')];
    await worker.settle();
    expect(carried).toEqual(['odd', 'bad', 'good']);
    const states = await Promise.all(ids.map(async (id) => (await get(id)).state));
    expect(states).toEqual(['queued', 'failed', 'sent']);
  });

  test('other recipients and tenants do not wait for it', async () => {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    carry = async (_tenant, { to }) => (to === 'slow@example.com' ? promise : SENT);
    await enqueue('slow', { to: 'slow@example.com' });
    const quick = [await enqueue('1'), await enqueue('2', { tenant: at.b, to: 'slow@example.net' })];
    const settled = worker.settle();
    while (!(await get(quick[0]!)).sentAt || !(await get(quick[1]!, at.b)).sentAt) await new Promise(setImmediate);
    resolve(SENT);
    await settled;
    expect([...carried].sort()).toEqual(['1', '2', 'slow']);
  });
});

describe('several nodes', () => {
  test('deliver each message once, each line in order', async () => {
    const codes = Array.from({ length: 40 }, (_, i) => String(i));
    for (const code of codes) await enqueue(code, { to: `user${Number(code) % 7}@example.com` });
    carry = async () => {
      await new Promise(setImmediate);
      return SENT;
    };
    const nodes = [node(), node(), node()];
    await Promise.all(nodes.map((each) => each.settle()));
    expect([...carried].sort()).toEqual([...codes].sort());
    for (let user = 0; user < 7; user += 1) {
      const line = carried.filter((code) => Number(code) % 7 === user).map(Number);
      expect(line).toEqual([...line].sort((a, b) => a - b));
    }
    expect(await dueEntries()).toEqual([]);
    expect(faults).toEqual([]);
  });

  test('one that dies between sending and saying so: the other sends again, with the same id, when the lease is over', async () => {
    const ids: string[] = [];
    carry = async (_tenant, message) => {
      ids.push(message.id);
      return SENT;
    };
    const due = dueList(at.store, letters.due);
    const replace = createReplace(letters, { due, audit: at.audit });
    const dying: Replace<Letter> = async (tenant, from, to) => {
      if (to.state === 'sent') throw new Error('killed');
      return replace(tenant, from, to);
    };
    const id = await enqueue('1');
    await node({ replace: dying }).settle();
    expect(await get(id)).toMatchObject({ state: 'sending', attempts: 1 });
    await worker.settle();
    expect(ids).toHaveLength(1);
    now += 60_000;
    await worker.settle();
    expect(await get(id)).toMatchObject({ state: 'sent', attempts: 2 });
    expect(ids).toEqual([id, id]);
  });

  test('one whose store is away for a moment after sending does not send twice', async () => {
    const due = dueList(at.store, letters.due);
    const replace = createReplace(letters, { due, audit: at.audit });
    let outages = 1;
    const id = await enqueue('1');
    const flaky: Replace<Letter> = async (tenant, from, to) => {
      if (to.state === 'sent' && outages-- > 0) throw unavailable('the store');
      return replace(tenant, from, to);
    };
    await node({ replace: flaky }).settle();
    expect(await get(id)).toMatchObject({ state: 'sent', attempts: 1 });
    expect(carried).toEqual(['1']);
  });

  test('one that was stopped beyond its lease before it sent does not send any more', async () => {
    const due = dueList(at.store, letters.due);
    const replace = createReplace(letters, { due, audit: at.audit });
    const id = await enqueue('1');
    const frozen: Replace<Letter> = async (tenant, from, to) => {
      const stored = await replace(tenant, from, to);
      if (to.state !== 'sending') return stored;
      now += 200_000;
      await worker.settle();
      return stored as Stored<Letter>;
    };
    await node({ replace: frozen }).settle();
    expect(carried).toEqual(['1']);
    expect(await get(id)).toMatchObject({ state: 'sent' });
  });
});

test('a crash between the two writes of a change leaves an entry too many, and no message without one', async () => {
  carry = async () => blocked('down');
  const due = dueList(at.store, letters.due);
  const id = await enqueue('1');
  // Dies after the new entry was made, before the message says so.
  await due.add(now + 5000, 'a', id);
  await worker.settle();
  now += 5000;
  carry = async () => SENT;
  await worker.settle();
  expect(carried).toEqual(['1', '1']);
  now += 1e9;
  await worker.settle();
  expect(await dueEntries()).toEqual([]);
  expect(carried).toHaveLength(2);
});

test('a stop waits for what is under way, and begins nothing more', async () => {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  carry = () => promise;
  const first = await enqueue('1');
  worker.start();
  while ((await get(first)).state !== 'sending') await new Promise(setImmediate);
  const stopped = worker.stop();
  const second = await enqueue('2', { to: 'other@example.com' });
  worker.wake();
  resolve(SENT);
  await stopped;
  expect(await get(first)).toMatchObject({ state: 'sent' });
  expect(await get(second)).toMatchObject({ state: 'queued' });
});

test('a node that was started delivers when it is woken', async () => {
  worker.start();
  const id = await enqueue('1');
  worker.wake();
  while ((await get(id)).state !== 'sent') await new Promise((resolve) => setTimeout(resolve, 5));
});
