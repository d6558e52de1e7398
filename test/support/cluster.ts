import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '@jest/globals';
import { loadConfig } from '../../src/config/load.ts';
import { openServices, type Services } from '../../src/services.ts';
import { describeWith, mongoUri, redisUrl } from './engines.ts';
import { type Node, startNode } from './node-process.ts';
import { freePort } from './ports.ts';

/** Stores that several processes share. */
export type Shared = {
  /** Settings that lead a node to them. */
  env: Record<string, string>;
  /** The same stores from inside the test. */
  services: Services;
  /** The issuer's base, `GATEHOUSE_URL` of every node. */
  base: string;
  start(env?: Record<string, string>): Promise<Node>;
  /** Ends the nodes that are left, too. */
  close(): Promise<void>;
};

/** Where state lives, by the settings for it. */
export const STORES = {
  embedded: () => ({}),
  distributed: () => ({
    MONGODB_URI: mongoUri(),
    REDIS_URL: redisUrl(),
    GATEHOUSE_MASTER_KEY: randomBytes(32).toString('base64'),
  }),
};

export async function shared(stores: Record<string, string>): Promise<Shared> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-nodes-'));
  const base = `http://localhost:${await freePort()}`;
  const env = { GATEHOUSE_URL: base, GATEHOUSE_DATA: folder, ...stores };
  const services = await openServices(loadConfig({ NODE_ENV: 'test', GATEHOUSE_BCRYPT_COST: '4', ...env }));
  const nodes: Node[] = [];
  return {
    env,
    services,
    base,
    async start(more = {}) {
      const node = await startNode({ ...env, ...more });
      nodes.push(node);
      return node;
    },
    async close() {
      await Promise.all(nodes.map((node) => node.kill()));
      await services.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The same tests over the embedded store, and over the distributed one where it is at hand. */
export function describeOnBoth(name: string, tests: (stores: () => Record<string, string>) => void): void {
  describe(`${name}, embedded`, () => tests(STORES.embedded));
  describeWith(['redis', 'mongo'], `${name}, distributed`, () => tests(STORES.distributed));
}
