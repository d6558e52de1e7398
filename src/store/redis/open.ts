import { Cluster, type Redis } from 'ioredis';
import { unavailable } from '../../core/errors.ts';
import { checkedArtifacts, checkTenantId } from '../checks.ts';
import { type Copies, noCopies } from '../copies.ts';
import type { ArtifactStore } from '../store.ts';
import { parseAddress } from './address.ts';
import { artifactsOf, tenantPrefix } from './artifacts.ts';
import { type Client, createClient } from './client.ts';
import { copiesOf } from './copies.ts';
import { reach } from './failures.ts';
import { runOf } from './run.ts';

export type RedisStore = ArtifactStore & {
  /** For the durable artifacts of a tenant. A cluster keeps none: there it takes more to know which run has answered. */
  copies(tenantId: string): Copies;
};

/**
 * Artifacts in Redis: one server, Sentinel or Cluster, by the URL (see `parseAddress`). `warn` hears of an unsafe setting, and
 * once of each outage. Errors `bad_config`, `unavailable`.
 */
export async function openRedis(url: string, warn: (message: string) => void = () => {}): Promise<RedisStore> {
  const client = createClient(parseAddress(url));
  reportOutages(client, warn);
  const run = runOf(client);
  try {
    await client.connect();
  } catch (error) {
    client.disconnect();
    throw unavailable('Redis', error);
  }
  await checkEviction(client, warn);

  return {
    forTenant: (tenantId) => ({
      tenantId,
      artifacts: checkedArtifacts(artifactsOf(client, checkTenantId(tenantId))),
    }),
    copies: (tenantId) => (client instanceof Cluster ? noCopies : copiesOf(client, checkTenantId(tenantId), run)),
    deleteTenant: async (tenantId) => deleteAll(client, `${tenantPrefix(checkTenantId(tenantId))}*`),
    health: () =>
      reach(client.ping()).then(
        () => ({ redis: 'ok' }),
        (error: Error) => ({ redis: error.message }),
      ),
    async close() {
      await client.quit().catch(() => {});
      client.disconnect();
    },
  };
}

function reportOutages(client: Client, warn: (message: string) => void): void {
  let down = false;
  client.on('ready', () => {
    down = false;
  });
  client.on('error', (error: Error) => {
    if (!down) warn(`Redis: ${error.message}`);
    down = true;
  });
}

/** Every primary: a scan of a cluster's node sees its own slots only. */
const primaries = (client: Client): Redis[] =>
  client instanceof Cluster ? client.nodes('master') : [client as unknown as Redis];

/** With eviction a replay mark or a revoked grant could vanish before its time. */
async function checkEviction(client: Client, warn: (message: string) => void): Promise<void> {
  for (const node of primaries(client)) {
    try {
      const [, policy] = (await node.config('GET', 'maxmemory-policy')) as string[];
      const [, limit] = (await node.config('GET', 'maxmemory')) as string[];
      if (policy !== 'noeviction' && limit !== '0') {
        warn(`Redis: maxmemory-policy is ${policy}, it should be noeviction: what is evicted may be a replay mark`);
      }
    } catch {
      warn('Redis: cannot read maxmemory-policy (is CONFIG forbidden?), it should be noeviction');
    }
  }
}

async function deleteAll(client: Client, match: string): Promise<void> {
  for (const node of primaries(client)) {
    let cursor = '0';
    do {
      const [next, keys] = await reach(node.scan(cursor, 'MATCH', match, 'COUNT', 1000));
      if (keys.length > 0) await reach(client.unlink(...keys));
      cursor = next;
    } while (cursor !== '0');
  }
}
