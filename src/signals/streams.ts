import { isDeepStrictEqual } from 'node:util';
import type { Audit } from '../audit/audit.ts';
import type { Clock } from '../core/clock.ts';
import { alreadyExists, invalidInput, isError, notFound } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import { every } from '../store/every.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { sealAuthorization } from './authorization-header.ts';
import { configurationOf } from './configuration.ts';
import { STREAM_UPDATED } from './event-types.ts';
import { type ChangedStream, PUSH, type StreamInput } from './input.ts';
import type { Pending } from './pending.ts';
import type { ReceiverSince } from './receiver-since.ts';
import { type Stream, type StreamRecord, type StreamStatus, streamRecord } from './records.ts';

const records = (tenant: Tenant) => tenant.store.records(streamRecord);

/** Where a request came from, and who has made it. */
export type By = { actor?: string; ip?: string; requestId?: string };

/** What it is about, in a stream's own events. */
export const streamSubject = (streamId: string) => ({ format: 'opaque', id: streamId });

/** The streams of a tenant, one for each receiver. Errors: `not_found`, `already_exists`, `invalid_input`. */
export function createStreams(deps: {
  clock: Clock;
  audit: Pick<Audit, 'record'>;
  pending: Pending;
  receiverSince: ReceiverSince;
}) {
  const { clock, audit, pending, receiverSince } = deps;

  const tell = (tenant: Tenant, type: string, { id, clientId }: Stream, by: By, details: object = {}) =>
    audit.record(tenant.id, { ...by, type, target: clientId, clientId, details: { stream: id, ...details } });

  /** Whether it is of a client that had the name before. */
  const isLeft = async (tenant: Tenant, { clientId, createdAt }: Stream): Promise<boolean> =>
    createdAt < ((await receiverSince(tenant, clientId)) ?? 0);

  async function ofClient(tenant: Tenant, clientId: string): Promise<Stream | undefined> {
    const stream = await records(tenant).getBy('clientId', clientId);
    return stream && !(await isLeft(tenant, stream)) ? stream : undefined;
  }

  /** Error `not_found` for that of another client, too: it is none of the caller's business. */
  async function owned(tenant: Tenant, clientId: string, id: string): Promise<Stream> {
    const stream = await records(tenant).get(id);
    if (stream?.clientId !== clientId || (await isLeft(tenant, stream))) throw notFound('the stream');
    return stream;
  }

  async function update(tenant: Tenant, id: string, change: (stream: StreamRecord) => StreamRecord): Promise<Stream> {
    const after = await records(tenant).update(id, (before) => ({ ...change(before), updatedAt: clock() }));
    if (!after) throw notFound('the stream');
    return after;
  }

  async function remove(tenant: Tenant, stream: Stream, by: By): Promise<void> {
    if (!(await records(tenant).delete(stream.id))) throw notFound('the stream');
    await pending.drop(tenant, stream.id);
    await tell(tenant, 'stream.deleted', stream, by);
  }

  async function setStatus(tenant: Tenant, before: Stream, status: StreamStatus, reason: string | undefined, by: By) {
    const after = await update(tenant, before.id, ({ reason: _, ...rest }) => ({
      ...rest,
      status,
      ...(reason !== undefined && { reason }),
    }));
    if (status === 'disabled') await pending.drop(tenant, after.id);
    // Whatever it was: who asks twice may not have had an answer the first time.
    if (status === 'enabled') await pending.pushAll(tenant, after.id);
    if (status !== before.status) await tell(tenant, 'stream.status_changed', after, by, { status, reason });
    return after;
  }

  return {
    get: (tenant: Tenant, id: string): Promise<Stream | undefined> => records(tenant).get(id),
    ofClient,
    owned,
    all: (tenant: Tenant) => every(records(tenant).find),

    async create(tenant: Tenant, clientId: string, input: StreamInput, by: By): Promise<Stream> {
      const left = await records(tenant).getBy('clientId', clientId);
      if (left && (await isLeft(tenant, left))) await remove(tenant, left, by);
      const now = clock();
      const record: StreamRecord = {
        clientId,
        status: 'enabled',
        ...chosenFields(tenant, clientId, input),
        createdAt: now,
        updatedAt: now,
      };
      const stream = await records(tenant)
        .insert(newId(now).toLowerCase(), record)
        .catch((error) => {
          // SSF 1.0 8.1.1.1: one for each receiver.
          throw isError(error, 'already_exists') ? alreadyExists('a stream', ['aud']) : error;
        });
      await tell(tenant, 'stream.created', stream, by, deliveryOf(stream));
      return stream;
    },

    /** `how`: whether what is not given stays (8.1.1.3), or is as if it never was (8.1.1.4). */
    async change(tenant: Tenant, clientId: string, input: ChangedStream, how: 'amend' | 'replace', by: By) {
      const before = await owned(tenant, clientId, input.stream_id);
      refuseOthersFields(tenant, before, input);
      const after = await update(tenant, before.id, (stream) => {
        const { requested, description, method, url, authorization, ...fixed } = stream;
        const kept = {
          ...(input.events_requested === undefined && requested && { requested }),
          ...(input.description === undefined && description !== undefined && { description }),
          ...(input.delivery === undefined && { method, ...(url && { url }), ...(authorization && { authorization }) }),
        };
        const chosen = chosenFields(tenant, clientId, input);
        return { ...fixed, ...chosen, ...(how === 'amend' && kept) };
      });
      if (before.method === 'poll') await pending.pushAll(tenant, after.id);
      await tell(tenant, 'stream.changed', after, by, deliveryOf(after));
      return after;
    },

    /** What a receiver wants of its own stream: it knows, and is not told. */
    setStatus,

    /** What an operator decides: the receiver is told (8.1.5), whatever the status is then. */
    async decideStatus(tenant: Tenant, before: Stream, status: StreamStatus, reason: string | undefined, by: By) {
      const after = await setStatus(tenant, before, status, reason, by);
      const claims = { status, ...(reason !== undefined && { reason }) };
      await pending.add(tenant, after, { type: STREAM_UPDATED, claims, subject: streamSubject(after.id) });
      return after;
    },

    remove,

    /** The client is gone: whatever it had. */
    async removeOf(tenant: Tenant, clientId: string): Promise<void> {
      const stream = await records(tenant).getBy('clientId', clientId);
      if (stream) await remove(tenant, stream, {});
    },
  };
}

export type Streams = ReturnType<typeof createStreams>;

function chosenFields(tenant: Tenant, clientId: string, { events_requested, delivery, description }: StreamInput) {
  const isPush = delivery?.method === PUSH;
  return {
    ...(events_requested && { requested: events_requested }),
    ...(description !== undefined && { description }),
    method: isPush ? ('push' as const) : ('poll' as const),
    ...(isPush && { url: delivery.endpoint_url }),
    ...(isPush &&
      delivery.authorization_header !== undefined && {
        authorization: sealAuthorization(tenant, clientId, delivery.authorization_header),
      }),
  };
}

/** For the audit trail: the host alone, for a path or query may be a secret between the two. */
const deliveryOf = ({ method, url }: Stream) => ({ method, ...(url && { host: new URL(url).host }) });

function refuseOthersFields(tenant: Tenant, stream: Stream, input: ChangedStream): void {
  const { iss, aud, events_supported, min_verification_interval } = configurationOf(tenant, stream);
  const ours = { iss, aud, events_supported, min_verification_interval };
  for (const [name, value] of Object.entries(ours)) {
    const given = (input as Record<string, unknown>)[name];
    if (given !== undefined && !isDeepStrictEqual(given, value))
      throw invalidInput(`/${name}: is for the transmitter to say; leave it out, or as it is`);
  }
}
