import type { Services } from '../../services.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { inParallel } from '../in-parallel.ts';
import { tenantNamed } from '../lookup.ts';
import type { Change } from './plan.ts';

export type MadeSecret = { tenant: string; client_id: string; client_secret: string };

/** Makes the changes, tenants first. Gives the secrets that were made: they cannot be read again. */
export async function execute(services: Services, changes: Change[], onDone = () => {}): Promise<MadeSecret[]> {
  const due = changes.filter(({ action }) => action !== 'none');
  const secrets: MadeSecret[] = [];
  for (const kind of ['tenant', 'client', 'organization', 'user'] as const) {
    await inParallel(
      due.filter((change) => change.kind === kind),
      async (change) => {
        const client_secret = await make(services, change);
        if (client_secret) secrets.push({ tenant: change.tenant, client_id: change.id, client_secret });
        onDone();
      },
    );
  }
  return secrets;
}

/** One change; the secret that was made for it, if any. */
async function make(services: Services, change: Change): Promise<string | undefined> {
  const { tenants, clients, organizations, accounts } = services;
  const create = change.action === 'create';
  if (change.kind === 'tenant') {
    const { id, name, issuer, settings } = change.wanted;
    if (create) await tenants.create({ id, name, issuer: issuer ?? undefined, settings });
    else await tenants.change(id, { name, issuer, settings });
    return undefined;
  }
  const tenant = await tenantNamed(services, change.tenant);
  if (change.kind === 'client') {
    const { wanted, id } = change;
    return (await (create ? clients.create(tenant, wanted) : clients.change(tenant, id, wanted))).secret;
  }
  if (change.kind === 'organization') {
    const { id, ...fields } = change.wanted;
    await (create ? organizations.create : organizations.change)(tenant, id, fields);
    return undefined;
  }
  if (change.userId === undefined) await accounts.create(tenant, change.wanted);
  else await changeUser(services, tenant, change.userId, change);
  return undefined;
}

async function changeUser(
  { accounts }: Services,
  tenant: Tenant,
  id: string,
  change: Extract<Change, { kind: 'user' }>,
): Promise<void> {
  const { password, password_hash, to_migrate, status, roles, organizations, ...profile } = change.wanted;
  const names = new Set(change.fields.map(({ field }) => field.split('.')[0]!));
  const due = (...fields: string[]) => fields.filter((field) => names.delete(field)).length > 0;
  if (due('roles', 'organizations')) await accounts.setRoles(tenant, id, { roles, organizations });
  if (due('status') && status) await accounts.setStatus(tenant, id, status);
  if (due('password', 'password_hash')) await accounts.setPassword(tenant, id, { password, password_hash });
  if (names.size > 0) await accounts.amend(tenant, id, profile);
}
