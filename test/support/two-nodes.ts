import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { newId } from '../../src/core/ids.ts';
import { openStore } from '../../src/store/open.ts';
import { openSqlite } from '../../src/store/sqlite/open.ts';
import type { Store } from '../../src/store/store.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { describeWith, mongoUri, redisUrl } from './engines.ts';
import { type TestTenants, twoTenants } from './tenants.ts';

/** Two processes with one store, each with its own view of one tenant. */
export type Nodes = { at: TestTenants; one: Tenant; two: Tenant };

/** The same tests over each engine that is at hand. Only what is atomic in the store passes. */
export function describeOnTwoNodes(name: string, tests: (nodes: () => Nodes) => void): void {
  const onStores = (open: () => Promise<Store>) => () => {
    let nodes: Nodes;
    let stores: Store[];
    beforeAll(async () => {
      const at = await twoTenants();
      stores = [await open(), await open()];
      const id = `t-${newId().toLowerCase()}`;
      const [one, two] = stores.map((store) => ({ ...at.a, store: store.forTenant(id) })) as [Tenant, Tenant];
      nodes = { at, one, two };
    });
    afterAll(async () => {
      await Promise.all([...(stores ?? []), nodes?.at.store].map((store) => store?.close()));
    });
    tests(() => nodes);
  };

  describe(`${name}, embedded`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-nodes-'));
    afterAll(() => rm(folder, { recursive: true }));
    onStores(() => openSqlite(join(folder, 'gatehouse.sqlite')))();
  });
  describeWith(['mongo', 'redis'], `${name}, distributed`, () => {
    const settings = { mongoUri: '', redisUrl: '', dataDir: '' };
    onStores(() => {
      settings.mongoUri ||= mongoUri();
      return openStore({ ...settings, redisUrl: redisUrl() });
    })();
  });
}
