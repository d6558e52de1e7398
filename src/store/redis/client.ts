import { Cluster, Redis } from 'ioredis';
import type { Address } from './address.ts';
import { type ScriptCommands, scripts } from './scripts.ts';

export type Client = (Redis | Cluster) & ScriptCommands;

/** Milliseconds that Redis may be silent while commands wait: then all fail and the connection is made anew. */
const DEADLINE = 2000;

const backOff = (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 6), 2000) * (0.5 + Math.random() / 2);

/**
 * A client that is not connected yet. It reconnects for ever, and meanwhile every command fails at once: nothing waits in
 * a queue, and nothing is sent again behind the back of a caller who was told that it failed.
 */
export function createClient({ mode, nodes, tls, username, password, master, db }: Address): Client {
  const connection = {
    username,
    password,
    ...(tls ? { tls: {} } : {}),
    // A timer for each exchange; by `commandTimeout` each command had its own, which cost as much as the command.
    socketTimeout: DEADLINE,
    connectTimeout: DEADLINE,
    keepAlive: 10_000,
    protocol: 2 as const,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
  };
  const common = { lazyConnect: true, enableOfflineQueue: false, enableAutoPipelining: true, scripts };

  if (mode === 'cluster') {
    const options = {
      ...common,
      redisOptions: connection,
      clusterRetryStrategy: backOff,
      slotsRefreshTimeout: DEADLINE,
    };
    return new Cluster(nodes, options) as unknown as Client;
  }
  const [node] = nodes;
  const where = mode === 'sentinel' ? { sentinels: nodes, name: master!, enableTLSForSentinelMode: tls } : node!;
  return new Redis({ ...common, ...connection, ...where, db, retryStrategy: backOff }) as unknown as Client;
}
