import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export type Received = { method: string; path: string; headers: IncomingHttpHeaders; body: string };

/** Somebody else's service on this machine: it answers as `answer` says, which a test may replace, and keeps what it was sent. */
export async function startHttpServer() {
  const state = {
    received: [] as Received[],
    answer: (_received: Received, res: ServerResponse): void => void res.end(),
  };
  const server = createServer(async (req, res) => {
    const received = { method: req.method!, path: req.url!, headers: req.headers, body: await text(req) };
    state.received.push(received);
    state.answer(received, res);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    state,
    stop() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
