import type { Carry } from '../outbox/delivery.ts';
import { deferred, type Outcome, refused, SENT } from '../outbox/outcome.ts';
import { type Delivery, outcomeOfAnswer, outcomeOfFailure } from '../outbox/requests.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { openAuthorization } from './authorization-header.ts';
import { goesAlways, type Pending } from './pending.ts';
import type { ReceiverSince } from './receiver-since.ts';
import type { SignalEvent, Stream } from './records.ts';
import { signSet } from './set.ts';
import type { Streams } from './streams.ts';

/** RFC 8935 2.4 and 7.1: what a receiver may find wrong. */
const ERRORS = [
  'invalid_request',
  'invalid_key',
  'invalid_issuer',
  'invalid_audience',
  'authentication_failed',
  'access_denied',
];

/** Milliseconds that one delivery goes through what waits: well within the time that it has. */
const PATIENCE = 10_000;

/**
 * Hands one event to its receiver (RFC 8935), or all that wait in a stream, the oldest first. `fetch` is guarded: where to,
 * the receiver has chosen.
 */
export function createPush(deps: {
  pending: Pick<Pending, 'get' | 'take' | 'each' | 'pushAll'>;
  streams: Pick<Streams, 'get'>;
  receiverSince: ReceiverSince;
  fetch: typeof globalThis.fetch;
  patience?: number;
}): Carry<Delivery> {
  const { pending, streams, receiverSince, patience = PATIENCE } = deps;

  return (tenant, _delivery, { event, stream }) =>
    stream === undefined ? pushOne(tenant, String(event)) : pushWaiting(tenant, String(stream));

  async function pushOne(tenant: Tenant, jti: string): Promise<Outcome> {
    const event = await pending.get(tenant, jti);
    if (!event) return refused('the event was delivered already, or is of no use any more');
    const stream = await streams.get(tenant, event.streamId);
    if (!stream) return refused('the stream was deleted');
    const obstacle = obstacleOf(tenant, stream, event);
    if (obstacle) return obstacle;
    const since = await receiverSince(tenant, stream.clientId);
    if (since === undefined || stream.createdAt < since) return refused('the client may have no stream any more');
    const outcome = await post(tenant, stream, event);
    if (outcome.state === 'sent') await pending.take(tenant, stream.id, jti);
    return outcome;
  }

  /** What is wrong with one event keeps no other from its way; a receiver that is down has none. */
  async function pushWaiting(tenant: Tenant, streamId: string): Promise<Outcome> {
    const until = performance.now() + patience;
    let failed: Outcome | undefined;
    for await (const { id } of pending.each(tenant, streamId)) {
      if (performance.now() >= until) {
        await pending.pushAll(tenant, streamId);
        return SENT;
      }
      const outcome = await pushOne(tenant, id);
      if (outcome.state === 'blocked') return outcome;
      if (outcome.state === 'deferred') failed ??= outcome;
    }
    return failed ?? SENT;
  }

  async function post(tenant: Tenant, stream: Stream, event: SignalEvent): Promise<Outcome> {
    const body = await signSet(tenant, stream.clientId, event);
    const authorization = openAuthorization(tenant, stream);
    try {
      const response = await deps.fetch(stream.url!, {
        method: 'POST',
        headers: {
          'content-type': 'application/secevent+jwt',
          accept: 'application/json',
          ...(authorization !== undefined && { authorization }),
        },
        body,
      });
      const error = response.status === 400 ? await errorOf(response) : undefined;
      if (!response.bodyUsed) await response.body?.cancel();
      return error ? deferred(`the receiver answered with status 400: ${error}`) : outcomeOfAnswer(response.status);
    } catch (error) {
      return outcomeOfFailure(error);
    }
  }
}

/** Its event waits, and is pushed when the receiver wants it again. */
function obstacleOf(tenant: Tenant, stream: Stream, event: SignalEvent): Outcome | undefined {
  if (!tenant.settings.protocol.shared_signals.enabled) return deferred('the tenant has switched shared signals off');
  if (stream.method === 'poll') return refused('the receiver polls now');
  if (stream.status === 'enabled' || goesAlways(event)) return undefined;
  return stream.status === 'paused' ? deferred('the stream is paused') : refused('the stream is disabled');
}

/** Only words that we know: an answer may hold anything. */
async function errorOf(response: Response): Promise<string | undefined> {
  try {
    const { err } = (await response.json()) as { err?: unknown };
    return ERRORS.find((known) => known === err);
  } catch {
    return undefined;
  }
}
