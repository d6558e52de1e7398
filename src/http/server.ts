import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import type { Config } from '../config/load.ts';

export type Listening = {
  server: Server;
  port: number;
  /**
   * For `drain` seconds serves on, but ends each connection with its answer, so that balancers can turn away and no
   * request meets a closed door. Then takes no new connections and lets requests under way finish. What is left
   * `grace` seconds after the call is closed.
   */
  stop(grace: number, drain?: number): Promise<void>;
};

/** Certificate chain and private key, in PEM. */
export type ServerTls = { cert: string; key: string };

/** RFC 9325 4.2, and no others: FAPI 2.0 Security Profile 5.2.2. */
const CIPHERS = [
  ...['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'],
  ...['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ...['ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
].join(':');

/** With `tls` it asks callers for a certificate. Error: that of the listen call, e.g. EADDRINUSE, or of a bad key. */
export async function listen(
  handler: RequestListener,
  address: { port: number; host: string | undefined },
  tls?: ServerTls,
): Promise<Listening> {
  let isStopping = false;
  const timeouts = { requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 65_000 };
  const listener: RequestListener = (req, res) => {
    if (isStopping) res.setHeader('connection', 'close');
    handler(req, res);
  };
  // Any certificate will do to connect: what it proves, each tenant says.
  const asking = { requestCert: true, rejectUnauthorized: false, minVersion: 'TLSv1.2', ciphers: CIPHERS } as const;
  const server = tls ? createTlsServer({ ...timeouts, ...tls, ...asking }, listener) : createServer(timeouts, listener);
  server.on('clientError', refuseMalformed);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const bound = server.address();
  return {
    server,
    port: typeof bound === 'object' && bound ? bound.port : address.port,
    async stop(grace, drain = 0) {
      isStopping = true;
      const deadline = performance.now() + grace * 1000;
      if (drain > 0) await wait(Math.min(drain, grace) * 1000);
      await close(server, deadline - performance.now());
    },
  };
}

/** The listener that asks for certificates, where the settings want one. */
export async function listenForCertificates(
  handler: RequestListener,
  { mutualTls, host }: Pick<Config, 'mutualTls' | 'host'>,
): Promise<Listening | undefined> {
  if (mutualTls?.port === undefined) return undefined;
  const { port, cert, key } = mutualTls;
  return listen(handler, { port, host }, { cert: cert!, key: key! });
}

/** `patience` in milliseconds. */
async function close(server: Server, patience: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  // A connection that turns idle after its answer must not be kept alive: nobody will serve it any more.
  const sweep = setInterval(() => server.closeIdleConnections(), 100);
  const deadline = setTimeout(() => server.closeAllConnections(), Math.max(0, patience));
  await closed;
  clearInterval(sweep);
  clearTimeout(deadline);
}

const REFUSALS: Record<string, string> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};
/** Milliseconds for a refused client to stop sending. */
const LINGER = 1000;

/**
 * Answers what is not HTTP, or too much of it. Node itself would close at once: while the client still sends, that
 * resets the connection and the answer never arrives. So what comes for a moment longer is read, and not looked at.
 */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  // Each further chunk is the same error again.
  if (socket.writableEnded) return;
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status = REFUSALS[error.code ?? ''] ?? '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  setTimeout(() => socket.destroy(), LINGER).unref();
}
