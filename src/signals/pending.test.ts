import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type TestTenants, twoTenants } from '../../test/support/tenants.ts';
import type { Delivery } from '../outbox/requests.ts';
import { STREAM_UPDATED } from './event-types.ts';
import { createPending, KEPT, type Pending } from './pending.ts';
import { type Stream, type StreamRecord, streamRecord } from './records.ts';

let at: TestTenants;
let now: number;
let pending: Pending;
let pushed: { subject: string; event: unknown }[];

beforeEach(async () => {
  now = Date.UTC(2030, 0, 1);
  // No two events at the same millisecond, so that the order of those on record is known.
  at = await twoTenants(() => ++now);
  pushed = [];
  pending = createPending({
    clock: () => ++now,
    audit: at.audit,
    deliveries: {
      async add(_tenant, { fields, data }) {
        const { subject } = fields as Pick<Delivery, 'subject'>;
        pushed.push({ subject, event: data.event });
        return 'id';
      },
    },
    most: 3,
  });
});
afterEach(() => at.store.close());

const streams = () => at.a.store.records(streamRecord);
const stream = (more: Partial<StreamRecord> = {}): Promise<Stream> =>
  streams().insert('s1', { clientId: 'web', status: 'enabled', method: 'poll', createdAt: 0, updatedAt: 0, ...more });
const event = (type = 'urn:x', requestId?: string) => ({
  type,
  claims: {},
  subject: { format: 'opaque', id: 'x' },
  accountId: 'ada',
  requestId,
});
const waiting = async () => (await pending.find(at.a, 's1', 100)).map(({ type }) => type);

test('in the order in which it happened, whatever the clock says', async () => {
  const s = await stream();
  for (const type of ['urn:1', 'urn:2', 'urn:3']) await pending.add(at.a, s, event(type));
  expect(await waiting()).toEqual(['urn:1', 'urn:2', 'urn:3']);
});

test('of more than it may hold the oldest go, each of which is on record', async () => {
  const s = await stream();
  for (const type of ['urn:1', 'urn:2', 'urn:3', 'urn:4', 'urn:5']) await pending.add(at.a, s, event(type));
  expect(await waiting()).toEqual(['urn:3', 'urn:4', 'urn:5']);
  const { items } = await at.audit.find('a', { where: { field: 'type', equals: 'stream.event_dropped' } });
  expect(items.map(({ target, outcome, details }) => [target, outcome, details!.event])).toEqual([
    ['web', 'failure', 'urn:1'],
    ['web', 'failure', 'urn:2'],
  ]);
});

test('after a week it is of no use to anybody', async () => {
  await pending.add(at.a, await stream(), event());
  now += KEPT + 1;
  expect(await waiting()).toEqual([]);
});

test('one cause has one name, for one stream: two receivers cannot tell by it that it is the same', async () => {
  const s = await stream();
  const { id: _, version: __, ...fields } = s;
  const other = await streams().insert('s2', { ...fields, clientId: 'other' });
  for (const requestId of ['r1', 'r1', 'r2']) await pending.add(at.a, s, event('urn:x', requestId));
  await pending.add(at.a, other, event('urn:x', 'r1'));
  const [one, two, three] = (await pending.find(at.a, 's1', 100)).map(({ txn }) => txn);
  const [four] = (await pending.find(at.a, 's2', 100)).map(({ txn }) => txn);
  expect([one === two, one === three, one === four]).toEqual([true, false, false]);
  expect(one).not.toContain('r1');
});

test('paused: held, and not pushed; disabled: dropped, save for what says so', async () => {
  const paused = await stream({ method: 'push', url: 'https://x.example', status: 'paused' });
  await pending.add(at.a, paused, event());
  expect([await waiting(), pushed]).toEqual([['urn:x'], []]);
  await streams().update('s1', (before) => ({ ...before, status: 'disabled' }));
  await pending.add(at.a, { ...paused, status: 'disabled' }, event('urn:y'));
  expect(await waiting()).toEqual(['urn:x']);
  await pending.add(at.a, { ...paused, status: 'disabled' }, event(STREAM_UPDATED));
  expect([await waiting(), pushed.length]).toEqual([['urn:x', STREAM_UPDATED], 1]);
});

test('an event that is stored while the stream is resumed is pushed all the same', async () => {
  const paused = await stream({ method: 'push', url: 'https://x.example', status: 'paused' });
  // Resumed, and what waited pushed, after this process had read the stream.
  await streams().update('s1', (before) => ({ ...before, status: 'enabled' }));
  await pending.pushAll(at.a, 's1');
  await pending.add(at.a, paused, event());
  expect(pushed).toMatchObject([{ subject: 'ada' }]);
});

test('nobody takes an event of another stream, nor one twice', async () => {
  await pending.add(at.a, await stream(), event());
  const [{ id }] = (await pending.find(at.a, 's1', 1)) as unknown as [{ id: string }];
  expect(await pending.take(at.a, 's2', id)).toBeUndefined();
  expect(await pending.take(at.b, 's1', id)).toBeUndefined();
  const taken = await Promise.all([1, 2, 3].map(() => pending.take(at.a, 's1', id)));
  expect(taken.filter(Boolean)).toHaveLength(1);
});
