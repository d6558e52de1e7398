import type { User } from '../accounts/record.ts';
import { notFound } from '../core/errors.ts';
import type { Services } from '../services.ts';
import { every } from '../store/every.ts';
import type { Page, Query, Stored } from '../store/records.ts';
import type { Tenant } from '../tenants/tenant.ts';

/** Error `not_found`. */
export async function tenantNamed({ resolver }: Services, id: string): Promise<Tenant> {
  const tenant = await resolver.byId(id);
  if (!tenant) throw notFound(`tenant "${id}"`);
  return tenant;
}

/** By id, e-mail address or username. Error `not_found`. */
export async function userNamed({ accounts }: Services, tenant: Tenant, name: string): Promise<Stored<User>> {
  const user = (await accounts.get(tenant, name)) ?? (await accounts.findByIdentifier(tenant, name));
  if (!user) throw notFound(`user "${name}"`);
  return user;
}

/** The whole list. */
export async function all<T>(list: (query: Query) => Promise<Page<T>>): Promise<Stored<T>[]> {
  const items: Stored<T>[] = [];
  for await (const item of every(list)) items.push(item);
  return items;
}
