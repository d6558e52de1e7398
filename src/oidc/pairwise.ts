import type { Client } from 'oidc-provider';
import { mac } from '../core/hashing.ts';
import type { Tenant } from '../tenants/tenant.ts';

/** The `sub` of a user for all clients of one sector, which says nothing to others (OpenID Connect Core 8.1). */
export const pairwise = (tenant: Tenant, sub: string, client: Client): string =>
  mac(tenant.secretFor('pairwise'), `${client.sectorIdentifier} ${sub}`);

/** What a client calls an account. */
export const subOf = (tenant: Tenant, client: Client, accountId: string): string =>
  client.subjectType === 'pairwise' ? pairwise(tenant, accountId, client) : accountId;
