import type { Organization, OrganizationInput } from '../../accounts/organizations/record.ts';
import type { User } from '../../accounts/record.ts';
import { isSecret } from '../../clients/secret.ts';
import type { Services } from '../../services.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { inParallel } from '../in-parallel.ts';
import type { Current, CurrentClient, CurrentUser } from './plan.ts';
import type { Wanted, WantedClient, WantedUser } from './schema.ts';

/** Reads from the store what the file names. */
export async function loadCurrent(services: Services, wanted: Wanted): Promise<Current> {
  const current: Current = new Map();
  for (const { id, settings, clients = [], organizations = [], users = [] } of wanted.tenants) {
    const record = await services.tenants.get(id);
    const tenant = record && (await services.resolver.byId(id));
    if (!tenant) continue;
    current.set(id, {
      name: record.name,
      issuer: record.issuer,
      settings: record.settings,
      settingsWanted: settings && (await services.tenants.sealed(id, settings)),
      clients: await found(
        clients,
        (client) => client.client_id,
        (client) => loadClient(services, tenant, client),
      ),
      organizations: await found(
        organizations,
        (organization) => organization.id,
        (organization) => loadOrganization(services, tenant, organization.id),
      ),
      users: await found(
        users,
        (user) => user.email,
        (user) => loadUser(services, tenant, user),
      ),
    });
  }
  return current;
}

async function found<W, C>(
  wanted: W[],
  keyOf: (item: W) => string,
  load: (item: W) => Promise<C | undefined>,
): Promise<Map<string, C>> {
  const there = new Map<string, C>();
  await inParallel(wanted, async (item) => {
    const current = await load(item);
    if (current !== undefined) there.set(keyOf(item), current);
  });
  return there;
}

async function loadOrganization(
  { organizations }: Services,
  tenant: Tenant,
  id: string,
): Promise<OrganizationInput | undefined> {
  const organization = await organizations.get(tenant, id);
  return organization && inputOf(organization);
}

/** An organization as the file writes one, without its id. */
export const inputOf = ({ name, domains, policy, upstreams }: Organization): OrganizationInput => ({
  name,
  domains,
  policy,
  upstreams,
});

async function loadClient(
  { clients }: Services,
  tenant: Tenant,
  { client_id, client_secret }: WantedClient,
): Promise<CurrentClient | undefined> {
  const client = await clients.get(tenant, client_id);
  if (!client) return undefined;
  const { metadata, secret } = client;
  const isGiven = client_secret !== undefined && secret !== undefined;
  return { metadata, secretAsGiven: isGiven && isSecret(tenant, client_id, secret, client_secret) };
}

async function loadUser(services: Services, tenant: Tenant, wanted: WantedUser): Promise<CurrentUser | undefined> {
  const user = await services.accounts.findByIdentifier(tenant, wanted.email);
  if (!user) return undefined;
  return {
    id: user.id,
    fields: { ...NONE, ...fieldsOf(user) },
    passwordAsGiven: await isPassword(services, tenant, user, wanted),
  };
}

/** What a file may say, too, where a user has nothing. */
const NONE = { roles: [], organizations: [], attributes: {} };

/** A user as the file writes one, without password. */
export function fieldsOf(user: User): Record<string, unknown> {
  const { email, email_verified, username, status, claims, roles, organizations, attributes } = user;
  return {
    email,
    email_verified,
    ...(username !== undefined && { username }),
    status,
    ...claims,
    ...(roles.length > 0 && { roles }),
    ...(organizations.length > 0 && { organizations }),
    ...(Object.keys(attributes).length > 0 && { attributes }),
  };
}

async function isPassword({ passwords }: Services, tenant: Tenant, user: User, wanted: WantedUser): Promise<boolean> {
  const { passwordHash } = user;
  if (passwordHash === undefined) return false;
  if (wanted.password !== undefined) return (await passwords.verify(tenant, passwordHash, wanted.password)).valid;
  // A hash that was imported is ours after the first sign-in, and can be compared no more: then it has done its work.
  return passwordHash === wanted.password_hash || passwords.isOwn(passwordHash);
}
