import { open, seal } from '../core/sealing.ts';
import type { Tenant } from '../tenants/tenant.ts';

/** What a message says, by name. */
export type Data = Record<string, string | number>;

const context = (tenant: Tenant, id: string) => `message ${tenant.id} ${id}`;

/**
 * What messages say, codes and links among it, lies in the store for as long as they wait: nobody who reads the store is to
 * have it. `secret`: name of the tenant's secret.
 */
export const sealData = (tenant: Tenant, secret: string, id: string, data: Data): string =>
  seal(tenant.secretFor(secret), JSON.stringify(data), context(tenant, id));

export const openData = (tenant: Tenant, secret: string, id: string, sealed: string): Data =>
  JSON.parse(open(tenant.secretFor(secret), sealed, context(tenant, id)).toString()) as Data;
