import { randomBytes } from 'node:crypto';
import { type Audit, createAudit } from '../../src/audit/audit.ts';
import type { Clock } from '../../src/core/clock.ts';
import type { Records, RecordType } from '../../src/store/records.ts';
import { openSqlite } from '../../src/store/sqlite/open.ts';
import type { Store } from '../../src/store/store.ts';
import { createResolver, type Resolver } from '../../src/tenants/resolver.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { createTenants, type Tenants } from '../../src/tenants/tenants.ts';

export type TestTenants = {
  store: Store;
  audit: Audit;
  clock: Clock;
  tenants: Tenants;
  resolver: Resolver;
  a: Tenant;
  b: Tenant;
};

/** Two tenants, `a` and `b`, over an embedded store in memory. Close the store afterwards. */
export async function twoTenants(clock: Clock = tickingClock()): Promise<TestTenants> {
  const store = await openSqlite(':memory:', { clock });
  const baseUrl = 'http://localhost:3000';
  const masterKey = randomBytes(32);
  const audit = createAudit({ store, clock });
  const resolver = createResolver({ store, masterKey, baseUrl, clock });
  const tenants = createTenants({ store, masterKey, baseUrl, production: false, clock, audit, resolver });
  const settings = { signing: { algorithms: ['ES256' as const] } };
  const made = async (id: string) => {
    await tenants.create({ id, name: id, settings });
    return (await resolver.byId(id))!;
  };
  return { store, audit, clock, tenants, resolver, a: await made('a'), b: await made('b') };
}

/** No two events at the same millisecond, so that their order is known. */
function tickingClock(): Clock {
  let now = Date.now();
  return () => ++now;
}

/** The types of the audit events of a tenant, in order. */
export const eventsOf = async (audit: Audit, tenant: Tenant) =>
  (await audit.find(tenant.id)).items.map((event) => event.type);

/** The tenant, with a store in which every record is removed just before what was made of it is written. */
export const losingRecords = (tenant: Tenant): Tenant => ({
  ...tenant,
  store: {
    ...tenant.store,
    records<T>(type: RecordType<T>) {
      const records = tenant.store.records(type);
      return {
        ...records,
        async update(id, change) {
          const found = await records.get(id);
          if (found) change(found);
          await records.delete(id);
          return undefined;
        },
      } satisfies Records<T>;
    },
  },
});
