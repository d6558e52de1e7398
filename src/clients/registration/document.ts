import type { Tenant } from '../../tenants/tenant.ts';
import { badClient } from '../prepare.ts';
import type { Metadata } from '../record.ts';
import { metadataProblems } from '../rules.ts';
import { scopeForProtocol } from '../scope.ts';
import { strictness } from '../strictness.ts';
import { nameProblems } from './names.ts';
import { byPolicy } from './policy.ts';
import { policyFor } from './request.ts';

/**
 * What is in force of a client's own document (Client ID Metadata Documents), by the rules for clients that register
 * themselves: nobody vouches for it, whatever it says. Error `invalid_input`.
 */
export async function clientOfDocument(tenant: Tenant, said: Metadata, production: boolean): Promise<Metadata> {
  const { metadata: _, defaults: __, ...policy } = policyFor(tenant, { trusted: false });
  const client = byPolicy({ ...policy, metadata: undefined, defaults: {} }, said);
  const problems = [...metadataProblems(client, production), ...(await nameProblems(tenant, client))];
  if (problems.length > 0) throw badClient(problems);
  return { ...client, ...strictness(tenant, client), ...scopeForProtocol(tenant, client) };
}
