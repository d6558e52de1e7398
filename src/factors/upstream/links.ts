import { z } from 'zod';
import { claimsSchema } from '../../accounts/claims.ts';
import { sha256 } from '../../core/hashing.ts';
import { every } from '../../store/every.ts';
import { defineRecord, type Stored } from '../../store/records.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { UpstreamIdentity } from './identity.ts';

const schema = z.strictObject({
  accountId: z.string(),
  upstreamId: z.string(),
  issuer: z.string(),
  subject: z.string(),
  /** As it was told last: for people to know the link by, never to find anybody. */
  email: z.string().optional(),
  /** What was told last and stands in the account: by it is seen what the user has changed. */
  applied: claimsSchema,
  /** Milliseconds since the epoch. */
  createdAt: z.number().int(),
  lastUsedAt: z.number().int(),
});
export type Link = z.infer<typeof schema>;

const linkRecord = defineRecord<Link>({ name: 'links', scope: 'tenant', schema, indexes: ['accountId'] });

export const linkRecords = (tenant: Tenant) => tenant.store.records(linkRecord);

/**
 * One identity, one link. The issuer belongs to it: where an upstream is pointed at another provider, the same subject is
 * another person.
 */
export const linkId = ({ upstreamId, issuer, subject }: Pick<Link, 'upstreamId' | 'issuer' | 'subject'>): string =>
  sha256(JSON.stringify([upstreamId, issuer, subject]));

export const linkOf = (tenant: Tenant, identity: UpstreamIdentity): Promise<Stored<Link> | undefined> =>
  linkRecords(tenant).get(linkId(identity));

/** All of an account: people have a handful, but an erasure must find each. */
export async function linksOf(tenant: Tenant, accountId: string): Promise<Stored<Link>[]> {
  const links: Stored<Link>[] = [];
  for await (const link of every(linkRecords(tenant).find, { field: 'accountId', equals: accountId })) links.push(link);
  return links;
}
