import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/**
 * Ports to be told before anybody listens there, for other processes. The kernel gives none of them away (its own
 * begin at 32768 and serve every connection that goes out), nor does another worker of jest: each has every
 * sixteenth. Redis Cluster uses the one 10000 above, too, which is as much out of the way.
 */
const [FIRST, LAST] = [10_000, 20_000];
const WORKERS = 16;

const worker = Number(process.env.JEST_WORKER_ID ?? 0) % WORKERS;
// Not from the first: another run on this machine may be there, and what a file before this one left.
let turn = Math.floor(Math.random() * ((LAST - FIRST) / WORKERS));

/** A TCP port that is free on every address of this machine, and given to nobody else. */
export async function freePort(): Promise<number> {
  turn += 1;
  const port = FIRST + ((turn * WORKERS + worker) % (LAST - FIRST));
  const server = createServer().listen(port);
  try {
    await once(server, 'listening');
  } catch {
    return freePort();
  }
  server.close();
  await once(server, 'close');
  return port;
}

/** Whether anybody listens on a port of the loopback address. */
export const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', end(true)).once('error', end(false));
  });
