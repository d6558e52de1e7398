import type { Carry } from '../outbox/delivery.ts';
import { deferred, type Outcome, refused } from '../outbox/outcome.ts';
import { type Delivery, outcomeOfAnswer, outcomeOfFailure } from '../outbox/requests.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { openAuthorization } from './authorization-header.ts';
import type { MayReceive } from './may-receive.ts';
import { goesAlways, type Pending } from './pending.ts';
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

/** Hands one event to its receiver (RFC 8935). `fetch` is guarded: where to, the receiver has chosen. */
export function createPush(deps: {
  pending: Pick<Pending, 'get' | 'take'>;
  streams: Pick<Streams, 'get'>;
  mayReceive: MayReceive;
  fetch: typeof globalThis.fetch;
}): Carry<Delivery> {
  return async (tenant, _delivery, data) => {
    const event = await deps.pending.get(tenant, String(data.event));
    if (!event) return refused('the event was delivered already, or is of no use any more');
    const stream = await deps.streams.get(tenant, event.streamId);
    const obstacle = obstacleOf(tenant, stream, event);
    if (!stream || obstacle) return obstacle ?? refused('the stream was deleted');
    if (!(await deps.mayReceive(tenant, stream.clientId))) return refused('the client may have no stream any more');
    const outcome = await post(tenant, stream, event);
    if (outcome.state === 'sent') await deps.pending.take(tenant, stream.id, event.id);
    return outcome;
  };

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
function obstacleOf(tenant: Tenant, stream: Stream | undefined, event: SignalEvent): Outcome | undefined {
  if (!stream) return refused('the stream was deleted');
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
