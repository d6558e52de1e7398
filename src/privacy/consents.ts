import { z } from 'zod';
import { sha256 } from '../core/hashing.ts';
import { defineRecord } from '../store/records.ts';
import { upsert } from '../store/upsert.ts';
import type { Tenant } from '../tenants/tenant.ts';

const schema = z.strictObject({
  accountId: z.string(),
  clientId: z.string(),
  scopes: z.array(z.string()),
  claims: z.array(z.string()),
  resources: z.record(z.string(), z.array(z.string())),
  /** When it was last given or grew, in milliseconds since the epoch. */
  grantedAt: z.number().int(),
});

export type Consent = z.infer<typeof schema>;
export type Consented = Pick<Consent, 'scopes' | 'claims' | 'resources'>;

/** What a user has allowed a client, once for all his sessions and devices. */
export const consentRecord = defineRecord<Consent>({
  name: 'consents',
  scope: 'tenant',
  schema,
  indexes: ['accountId', 'clientId'],
});

const idOf = (accountId: string, clientId: string) => sha256(`${accountId} ${clientId}`);

export const findConsent = (tenant: Tenant, accountId: string, clientId: string) =>
  tenant.store.records(consentRecord).get(idOf(accountId, clientId));

export const forgetConsent = (tenant: Tenant, accountId: string, clientId: string): Promise<boolean> =>
  tenant.store.records(consentRecord).delete(idOf(accountId, clientId));

/** Adds to what was allowed before. */
export async function rememberConsent(
  tenant: Tenant,
  accountId: string,
  clientId: string,
  given: Consented,
  now: number,
): Promise<void> {
  await upsert(tenant.store.records(consentRecord), idOf(accountId, clientId), (before) => ({
    accountId,
    clientId,
    ...union(before ?? NOTHING, given),
    grantedAt: now,
  }));
}

const NOTHING: Consented = { scopes: [], claims: [], resources: {} };

export function union(a: Consented, b: Consented): Consented {
  const resources = { ...a.resources };
  for (const [indicator, scopes] of Object.entries(b.resources)) {
    resources[indicator] = both(resources[indicator] ?? [], scopes);
  }
  return { scopes: both(a.scopes, b.scopes), claims: both(a.claims, b.claims), resources };
}

const both = (a: string[], b: string[]) => [...new Set([...a, ...b])];
