import { z } from 'zod';
import { alreadyExists, isError } from '../../core/errors.ts';
import { defineRecord, type Stored } from '../../store/records.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { type Organization, organizationRecord } from './record.ts';

/**
 * Which organization a verified mail domain, the id, belongs to. What counts is the organization's own list: this finds it, and
 * holds the domain against others.
 */
const domainRecord = defineRecord({
  name: 'organization_domains',
  scope: 'tenant',
  schema: z.strictObject({ organization: z.string(), claimedAt: z.number().int() }),
});

/** A claim whose organization does not have the domain after so long (milliseconds) was left by a crash. */
const ABANDONED = 60_000;

const records = (tenant: Tenant) => tenant.store.records(domainRecord);

const has = (organization: Organization | undefined, domain: string): boolean =>
  organization?.domains.some(({ name, verified }) => verified && name === domain) ?? false;

export async function ownerOfDomain(tenant: Tenant, domain: string): Promise<Stored<Organization> | undefined> {
  const entry = await records(tenant).get(domain);
  const owner = entry && (await tenant.store.records(organizationRecord).get(entry.organization));
  return has(owner, domain) ? owner : undefined;
}

/** Before the organization has it. Error `already_exists` where it is another's. */
export async function claimDomain(tenant: Tenant, domain: string, organization: string, now: number): Promise<void> {
  const claim = { organization, claimedAt: now };
  try {
    await records(tenant).insert(domain, claim);
  } catch (error) {
    if (!isError(error, 'already_exists')) throw error;
    const owner = await ownerOfDomain(tenant, domain);
    const mayTake = (entry: { organization: string; claimedAt: number }) =>
      entry.organization === organization || (!owner && entry.claimedAt < now - ABANDONED);
    const entry = await records(tenant).update(domain, (before) => (mayTake(before) ? claim : undefined));
    if (entry?.organization !== organization) throw alreadyExists('organizations', ['domains']);
  }
}

export async function releaseDomain(tenant: Tenant, domain: string, organization: string): Promise<void> {
  const entry = await records(tenant).get(domain);
  if (entry?.organization === organization) await records(tenant).delete(domain, entry.version);
}
