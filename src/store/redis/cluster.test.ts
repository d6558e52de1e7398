import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { describeWith } from '../../../test/support/engines.ts';
import { type RedisServer, redisServer } from '../../../test/support/redis-server.ts';
import { artifactsContract } from '../contract/artifacts.ts';
import { freshTenant, many } from '../contract/support.ts';
import { openRedis } from './open.ts';

const SLOTS = 16_384;

describeWith('redis', 'a cluster of three', () => {
  let nodes: RedisServer[] = [];
  let clients: Redis[] = [];
  const open = () => openRedis(`redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`);

  beforeAll(async () => {
    nodes = await Promise.all([0, 1, 2].map(() => redisServer('--cluster-enabled', 'yes')));
    clients = nodes.map(({ port }) => new Redis(port, '127.0.0.1'));
    for (const [i, client] of clients.entries()) {
      const [from, to] = [i, i + 1].map((part) => Math.floor((SLOTS * part) / nodes.length));
      await client.call('CLUSTER', 'ADDSLOTSRANGE', from!, to! - 1);
      await client.call('CLUSTER', 'SET-CONFIG-EPOCH', i + 1);
    }
    for (const { port } of nodes) await clients[0]!.call('CLUSTER', 'MEET', '127.0.0.1', port);
    for (const client of clients) {
      while (!/cluster_state:ok[\s\S]*cluster_known_nodes:3/.test(String(await client.call('CLUSTER', 'INFO'))))
        await wait(100);
    }
  });
  afterAll(async () => {
    for (const client of clients) client.disconnect();
    await Promise.all(nodes.map((node) => node.stop()));
  });

  artifactsContract(open, 'AuthorizationCode');

  test('tenants lie on different nodes', async () => {
    const store = await open();
    await Promise.all(many(() => store.forTenant(freshTenant()).artifacts.put('AccessToken', 'x', {}, 60)));
    for (const client of clients) expect(await client.dbsize()).toBeGreaterThan(0);
    await store.close();
  });
});
