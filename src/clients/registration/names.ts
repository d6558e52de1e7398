import type { Problem } from '../../core/errors.ts';
import { hasMixedScripts } from '../../core/look-alike.ts';
import { brandOf, type Tenant } from '../../tenants/tenant.ts';
import { untagged } from '../metadata.ts';
import { claimsAuthority, nameKey } from '../name-key.ts';
import { clientRecord, type Metadata } from '../record.ts';

/**
 * What is wrong with the names of a client that nobody vouches for: users must not take it for the house itself, or for a client
 * of the house (RFC 9700 4.1, RFC 6819 4.4.1.4).
 */
export async function nameProblems(tenant: Tenant, metadata: Metadata): Promise<Problem[]> {
  const names = Object.entries(metadata).filter(([field]) => untagged(field) === 'client_name');
  const problems = await Promise.all(
    names.map(async ([field, name]): Promise<Problem[]> => {
      const message = typeof name === 'string' ? await nameProblem(tenant, name) : undefined;
      return message === undefined ? [] : [{ pointer: `/${field}`, message }];
    }),
  );
  return problems.flat();
}

async function nameProblem(tenant: Tenant, name: string): Promise<string | undefined> {
  if (hasMixedScripts(name)) return 'must not mix letters of scripts that look alike in one word';
  if (claimsAuthority(name)) return 'must be a name of its own, not one that speaks for the service itself';
  const key = nameKey(name);
  if (key === undefined) return undefined;
  const ofHouse = [tenant.id, tenant.name, brandOf(tenant), 'Gatehouse'].map(nameKey);
  if (ofHouse.includes(key)) return 'looks like the name of this service';
  const where = { field: 'nameKey', equals: key };
  const taken = await tenant.store.records(clientRecord).count({ where });
  return taken > 0 ? 'looks like the name of another client' : undefined;
}
