import { newId } from '../core/ids.ts';
import { webhookHeaders } from '../core/standard-webhooks.ts';

/** Milliseconds a receiver has to answer, for the `fetch` that is given. */
export const ALERT_TIMEOUT = 1000;
/** Milliseconds of rest before each try: with the time to answer, all of them are over within five seconds. */
const TRIES = [0, 500, 1500];

export type PostDeps = { fetch: typeof globalThis.fetch; wait(ms: number): Promise<unknown> };

/** Sends an event, signed as Standard Webhooks say, under one id at each try. `at`: milliseconds. Error: why the last one failed. */
export async function postAlert(
  { fetch, wait }: PostDeps,
  { url, secret }: { url: string; secret: string },
  event: { type: string; data: Record<string, unknown> },
  at: number,
): Promise<void> {
  const id = `msg_${newId(at)}`;
  const body = JSON.stringify({ type: event.type, timestamp: new Date(at).toISOString(), data: event.data });
  let failure: unknown;
  for (const rest of TRIES) {
    if (rest > 0) await wait(rest);
    try {
      const { ok, status } = await fetch(url, { method: 'POST', headers: webhookHeaders(secret, id, at, body), body });
      if (ok) return;
      failure = new Error(`it answered ${status}`);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}
