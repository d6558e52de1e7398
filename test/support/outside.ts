import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { certified, FOR_SERVERS } from './certificate.ts';

export type Reply = { status?: number; type?: string; body: unknown; headers?: Record<string, string> };

/** To let a Gatehouse reach it. */
export const OUTSIDE_ALLOWED = { GATEHOUSE_OUTBOUND_ALLOW: '127.0.0.0/8' };

/** A server by https whose certificate this process trusts. `connected` is called for each connection. */
export async function startHttps(answer: RequestListener, connected: () => void = () => {}) {
  const tls = certified({ subject: [['CN', 'localhost']], names: { dns: ['localhost'] }, usage: FOR_SERVERS });
  const trusted = getCACertificates('default');
  setDefaultCACertificates([...trusted, tls.cert]);
  const server = createServer({ key: tls.key, cert: tls.cert }, answer).on('connection', connected);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    base: `https://localhost:${(server.address() as AddressInfo).port}`,
    stop() {
      server.closeAllConnections();
      server.close();
      setDefaultCACertificates(trusted);
    },
  };
}

/** A server of somebody else: `replies` says what it answers, by path. It tells who connected and what was asked for. */
export async function startOutside() {
  const replies = new Map<string, Reply>();
  const seen = { connects: 0, asked: [] as string[] };
  const https = await startHttps(
    (req, res) => {
      seen.asked.push(req.url!);
      const {
        status = 200,
        type = 'application/json',
        body,
        headers,
      } = replies.get(req.url!) ?? { status: 404, body: '' };
      res.writeHead(status, { 'content-type': type, ...headers });
      res.end(typeof body === 'string' ? body : JSON.stringify(body));
    },
    () => {
      seen.connects += 1;
    },
  );
  return {
    ...https,
    replies,
    seen,
    forget() {
      seen.connects = 0;
      seen.asked = [];
    },
  };
}

export type Outside = Awaited<ReturnType<typeof startOutside>>;
