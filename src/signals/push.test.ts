import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { type TestTenants, twoTenants } from '../../test/support/tenants.ts';
import type { Carry } from '../outbox/delivery.ts';
import type { Delivery } from '../outbox/requests.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { createPending, type Pending } from './pending.ts';
import { createPush } from './push.ts';
import { type Stream, streamRecord } from './records.ts';

let at: TestTenants;
let tenant: Tenant;
let stream: Stream;
let pending: Pending;
let queued: object[];
/** Types of the events that arrived; what the receiver answers to each type, 202 where nothing is said. */
let arrived: string[];
let answers: Record<string, () => Response>;
let since: number | undefined;

beforeEach(async () => {
  at = await twoTenants();
  const { settings } = at.a;
  const protocol = { ...settings.protocol, shared_signals: { enabled: true } };
  tenant = { ...at.a, settings: { ...settings, protocol } };
  [queued, arrived, answers, since] = [[], [], {}, 0];
  const deliveries = {
    async add(_tenant: Tenant, { data }: { data: object }) {
      queued.push(data);
      return 'id';
    },
  };
  pending = createPending({ ...at, deliveries });
  const times = { createdAt: 0, updatedAt: 0 };
  stream = await at.a.store
    .records(streamRecord)
    .insert('s1', { clientId: 'web', status: 'enabled', method: 'push', url: 'https://web.example/', ...times });
});
afterEach(() => at.store.close());

const carry = (patience?: number): Carry<Delivery> =>
  createPush({
    pending,
    streams: { get: (of, id) => of.store.records(streamRecord).get(id) },
    receiverSince: async () => since,
    async fetch(_url, init) {
      const [type] = Object.keys(decodeJwt<{ events: object }>(String(init!.body)).events);
      arrived.push(type!);
      return answers[type!]?.() ?? new Response(null, { status: 202 });
    },
    ...(patience !== undefined && { patience }),
  });
const run = (data: { event: string } | { stream: string }, patience?: number) =>
  carry(patience)(tenant, {} as never, data as never, new AbortController().signal);
const add = async (...types: string[]) => {
  for (const type of types)
    await pending.add(tenant, stream, { type, claims: {}, subject: { format: 'opaque', id: 'x' } });
};
const change = (more: Partial<Stream>) =>
  at.a.store.records(streamRecord).update('s1', (before) => ({ ...before, ...more }));
const left = () => pending.count(tenant, 's1');
const answer = (status: number, body?: object) => () => new Response(body && JSON.stringify(body), { status });

test('one is pushed once: a second delivery of it finds it gone', async () => {
  await add('urn:1');
  const [data] = queued as [{ event: string }];
  expect(await run(data)).toEqual({ state: 'sent' });
  expect([await left(), await run(data)]).toEqual([
    0,
    { state: 'refused', reason: expect.stringMatching(/delivered/) },
  ]);
  expect(arrived).toEqual(['urn:1']);
});

test('all that wait go in order; what is wrong with one keeps no other from its way', async () => {
  await add('urn:1', 'urn:2', 'urn:3');
  answers['urn:1'] = answer(400, { err: 'invalid_key', description: 'planted' });
  expect(await run({ stream: 's1' })).toEqual({
    state: 'deferred',
    reason: 'the receiver answered with status 400: invalid_key',
  });
  expect([arrived, await left()]).toEqual([['urn:1', 'urn:2', 'urn:3'], 1]);
  answers = {};
  expect([await run({ stream: 's1' }), await left()]).toEqual([{ state: 'sent' }, 0]);
});

test('a receiver that is down is asked once', async () => {
  await add('urn:1', 'urn:2');
  answers['urn:1'] = answer(503);
  expect((await run({ stream: 's1' })).state).toBe('blocked');
  expect([arrived, await left()]).toEqual([['urn:1'], 2]);
});

test('more than there is time for goes with another delivery', async () => {
  await add('urn:1');
  queued = [];
  expect([await run({ stream: 's1' }, 0), arrived, queued]).toEqual([{ state: 'sent' }, [], [{ stream: 's1' }]]);
});

test.each<[string, () => unknown, string]>([
  ['paused', () => change({ status: 'paused' }), 'deferred'],
  ['disabled', () => change({ status: 'disabled' }), 'refused'],
  ['polled now', () => change({ method: 'poll' }), 'refused'],
  ['of a client that may have none', () => (since = undefined), 'refused'],
  ['of another client, which had the name before', () => (since = 1000), 'refused'],
  ['of a tenant that has switched it off', () => (tenant = at.a), 'deferred'],
  ['deleted', () => at.a.store.records(streamRecord).delete('s1'), 'refused'],
])('nothing goes out for a stream that is %s, and nothing is lost', async (_name, obstruct, state) => {
  await add('urn:1');
  const [data] = queued as [{ event: string }];
  await obstruct();
  expect([(await run(data)).state, arrived, await left()]).toEqual([state, [], 1]);
});
