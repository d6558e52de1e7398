import type { Audit } from '../audit/audit.ts';
import type { Clock } from '../core/clock.ts';
import { mac } from '../core/hashing.ts';
import { newId } from '../core/ids.ts';
import type { Deliveries } from '../outbox/requests.ts';
import { every } from '../store/every.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { STREAM_UPDATED } from './event-types.ts';
import { eventRecord, type SignalEvent, type Stream, streamRecord } from './records.ts';

/** For how long (milliseconds) an event waits for its receiver, and how many of a stream do. */
export const KEPT = 7 * 86_400_000;
export const MOST = 10_000;

/** Of the stream itself, whatever its status: that it has changed. */
export const goesAlways = ({ type }: Pick<SignalEvent, 'type'>): boolean => type === STREAM_UPDATED;

export type NewEvent = {
  type: string;
  claims: Record<string, unknown>;
  subject: Record<string, unknown>;
  /** Whom it is about, for order and for operators; absent: the stream itself. */
  accountId?: string;
  requestId?: string | undefined;
};

const records = (tenant: Tenant) => tenant.store.records(eventRecord);

/**
 * The events of each stream that are not acknowledged: the truth about what is to be delivered, however. For a receiver
 * that is pushed to, the outbox has a delivery that names the event and says nothing of it.
 */
export function createPending(deps: {
  clock: Clock;
  audit: Pick<Audit, 'record'>;
  deliveries: Pick<Deliveries, 'add'>;
  most?: number;
}) {
  const { clock, audit, deliveries, most = MOST } = deps;
  let last = 0;

  const push = (tenant: Tenant, { clientId }: Stream, jti: string, expires: number, accountId = 'stream') =>
    deliveries.add(tenant, {
      fields: { kind: 'signal', to: clientId, subject: accountId },
      data: { event: jti },
      validUntil: expires,
    });

  const ofStream = (streamId: string) => ({ field: 'streamId', equals: streamId });

  return {
    /** Resolves when the event is stored, and due where it is pushed. A stream that is disabled drops it. */
    async add(tenant: Tenant, stream: Stream, event: NewEvent): Promise<void> {
      const { type, claims, subject, accountId, requestId } = event;
      if (stream.status === 'disabled' && !goesAlways(event)) return;
      await makeRoom(tenant, stream);
      const now = clock();
      // Ids are the order: no two of this process in the same millisecond.
      last = Math.max(now, last + 1);
      const jti = newId(last);
      const expires = now + KEPT;
      // One cause, one name; but not the same for two receivers, who could tell by it whom they both know.
      const txn = mac(tenant.secretFor('signals'), `${stream.id} ${requestId ?? jti}`).slice(0, 22);
      await records(tenant).insert(jti, { streamId: stream.id, type, claims, subject, txn, createdAt: now, expires });
      // As it is now: what was resumed meanwhile has had its events pushed without this one.
      const after = await tenant.store.records(streamRecord).get(stream.id);
      const goes = after?.status === 'enabled' || goesAlways(event);
      if (after?.method === 'push' && goes) await push(tenant, after, jti, expires, accountId);
    },

    get: (tenant: Tenant, jti: string) => records(tenant).get(jti),

    /** The oldest first. */
    find: async (tenant: Tenant, streamId: string, limit: number): Promise<SignalEvent[]> =>
      (await records(tenant).find({ where: ofStream(streamId), limit })).items,

    count: (tenant: Tenant, streamId: string) => records(tenant).count({ where: ofStream(streamId) }),

    /** The receiver has it. Undefined for an event of any other stream, which stays. */
    async take(tenant: Tenant, streamId: string, jti: string): Promise<SignalEvent | undefined> {
      const event = await records(tenant).get(jti);
      if (event?.streamId !== streamId) return undefined;
      return (await records(tenant).delete(jti)) ? event : undefined;
    },

    /** The oldest first, whatever their number. */
    each: (tenant: Tenant, streamId: string) => every(records(tenant).find, ofStream(streamId)),

    /** Has all that waits pushed, by one delivery: those of the single events find them gone. */
    async pushAll(tenant: Tenant, streamId: string): Promise<void> {
      const stream = await tenant.store.records(streamRecord).get(streamId);
      if (stream?.method !== 'push' || (await records(tenant).count({ where: ofStream(streamId) })) === 0) return;
      const fields = { kind: 'signal', to: stream.clientId, subject: 'stream' } as const;
      await deliveries.add(tenant, { fields, data: { stream: streamId }, validUntil: clock() + KEPT });
    },

    async drop(tenant: Tenant, streamId: string): Promise<void> {
      for await (const { id } of every(records(tenant).find, ofStream(streamId))) await records(tenant).delete(id);
    },
  };

  /** A receiver that never comes must not fill the store: what is oldest goes. */
  async function makeRoom(tenant: Tenant, { id, clientId }: Stream): Promise<void> {
    const where = ofStream(id);
    const over = (await records(tenant).count({ where })) + 1 - most;
    if (over <= 0) return;
    const { items } = await records(tenant).find({ where, limit: Math.min(over, 100) });
    for (const { id: jti, type } of items) {
      if (await records(tenant).delete(jti))
        await audit.record(tenant.id, {
          type: 'stream.event_dropped',
          outcome: 'failure',
          target: clientId,
          details: { stream: id, jti, event: type, reason: `more than ${most} events wait` },
        });
    }
  }
}

export type Pending = ReturnType<typeof createPending>;
