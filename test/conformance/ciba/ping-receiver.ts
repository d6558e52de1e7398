import type { IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { eventually } from '../../support/eventually.ts';
import { startHttps } from '../../support/outside.ts';

export type Ping = { method: string; path: string; headers: IncomingHttpHeaders; body: { auth_req_id: string } };

/** The notification endpoint of the suite: it answers as `state` says, and keeps what it was sent. */
export async function startPingReceiver() {
  const received: Ping[] = [];
  const usual = { status: 204, headers: {} as Record<string, string>, body: '' };
  const state = { ...usual };
  const https = await startHttps(async (req, res) => {
    received.push({ method: req.method!, path: req.url!, headers: req.headers, body: JSON.parse(await text(req)) });
    res.writeHead(state.status, state.headers).end(state.body);
  });
  const of = (id: string) => received.filter(({ body }) => body.auth_req_id === id);
  return {
    ...https,
    received,
    /** From now on, until the next call. */
    answer: (as: Partial<typeof usual> = {}) => void Object.assign(state, usual, as),
    /** The pings of that request, when there is one. */
    async of(id: string): Promise<Ping[]> {
      await eventually(() => of(id).length > 0);
      return of(id);
    },
  };
}

export type PingReceiver = Awaited<ReturnType<typeof startPingReceiver>>;
