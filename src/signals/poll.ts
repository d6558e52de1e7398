import { setTimeout as wait } from 'node:timers/promises';
import type { Audit } from '../audit/audit.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { PollInput } from './input.ts';
import { goesAlways, type Pending } from './pending.ts';
import type { SignalEvent, Stream } from './records.ts';
import { signSet } from './set.ts';
import type { By, Streams } from './streams.ts';

/** Events in one answer. */
const MOST = 100;
/** Milliseconds that a request waits for the first event, and between looks for one. */
const PATIENCE = 20_000;
const LOOK = 500;

export type Polled = { sets: Record<string, string>; moreAvailable?: true };

/**
 * Hands out what waits, and takes what was acknowledged (RFC 8936). What is not acknowledged is handed out again. `signal`
 * ends a wait whose caller is gone.
 */
export function createPoll(deps: {
  pending: Pick<Pending, 'find' | 'take'>;
  streams: Pick<Streams, 'get'>;
  audit: Pick<Audit, 'record'>;
  patience?: number;
}) {
  const { pending, streams, audit, patience = PATIENCE } = deps;
  /** Streams somebody waits for at this node: a second who would is answered at once, so that waiting costs little. */
  const awaited = new Set<string>();

  return async (tenant: Tenant, stream: Stream, asked: PollInput, by: By, signal: AbortSignal): Promise<Polled> => {
    for (const jti of asked.ack ?? []) await pending.take(tenant, stream.id, jti);
    for (const [jti, { err }] of Object.entries(asked.setErrs ?? {})) await takeRefused(tenant, stream, jti, err, by);
    const most = Math.min(asked.maxEvents ?? MOST, MOST);
    if (most === 0) return { sets: {} };
    const found = await ready(tenant, stream.id, most);
    if (found.length > 0 || asked.returnImmediately === true) return answer(tenant, stream, found, most);
    return answer(tenant, stream, await readyLater(tenant, stream.id, most, signal), most);
  };

  /** One more than is handed out, to know whether there is more. */
  async function ready(tenant: Tenant, streamId: string, most: number): Promise<SignalEvent[]> {
    const stream = await streams.get(tenant, streamId);
    if (stream?.method !== 'poll') return [];
    const found = await pending.find(tenant, streamId, most + 1);
    return stream.status === 'enabled' ? found : found.filter(goesAlways);
  }

  async function readyLater(tenant: Tenant, streamId: string, most: number, signal: AbortSignal) {
    const key = `${tenant.id} ${streamId}`;
    if (awaited.has(key)) return [];
    awaited.add(key);
    try {
      const until = performance.now() + patience;
      for (;;) {
        await wait(LOOK, undefined, { signal }).catch(() => {});
        if (signal.aborted) return [];
        const found = await ready(tenant, streamId, most);
        if (found.length > 0 || performance.now() >= until) return found;
      }
    } finally {
      awaited.delete(key);
    }
  }

  async function answer(tenant: Tenant, { clientId }: Stream, found: SignalEvent[], most: number): Promise<Polled> {
    const sets: Record<string, string> = {};
    for (const event of found.slice(0, most)) sets[event.id] = await signSet(tenant, clientId, event);
    return { sets, ...(found.length > most && { moreAvailable: true }) };
  }

  /** RFC 8936 2.6: it is taken all the same; operators have to know. */
  async function takeRefused(tenant: Tenant, { id, clientId }: Stream, jti: string, err: string, by: By) {
    const event = await pending.take(tenant, id, jti);
    if (!event) return;
    const error = err.replaceAll(/[^\w.:-]/g, '?');
    await audit.record(tenant.id, {
      ...by,
      type: 'stream.event_refused',
      outcome: 'failure',
      target: clientId,
      clientId,
      details: { stream: id, jti, event: event.type, error },
    });
  }
}

export type Poll = ReturnType<typeof createPoll>;
