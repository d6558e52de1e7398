import { isDeepStrictEqual } from 'node:util';
import { organizationInput } from '../../accounts/organizations/record.ts';
import { memberships } from '../../accounts/roles.ts';
import type { Metadata } from '../../clients/record.ts';
import { hideSecrets, isSealed } from '../../tenants/sealed-settings.ts';
import { type TenantSettingsInput, tenantSettings } from '../../tenants/settings.ts';
import type { Wanted, WantedClient, WantedOrganization, WantedTenant, WantedUser } from './schema.ts';

/** What is there of that which a file names. `...AsGiven`: whether the stored secret is the file's, where it gives one. */
export type Current = Map<string, CurrentTenant>;
export type CurrentTenant = {
  name: string;
  issuer: string | undefined;
  settings: TenantSettingsInput;
  /** Those of the file as they would be stored: a secret that stays is sealed as it was. */
  settingsWanted?: TenantSettingsInput | undefined;
  /** By client_id. */
  clients: Map<string, CurrentClient>;
  /** By id. */
  organizations: Map<string, object>;
  /** By e-mail address as the file spells it. */
  users: Map<string, CurrentUser>;
};
export type CurrentClient = { metadata: Metadata; secretAsGiven: boolean };
export type CurrentUser = { id: string; fields: Record<string, unknown>; passwordAsGiven: boolean };

/** `before` and `after` are undefined for what is not there; secrets are never shown. */
export type Difference = { field: string; before?: unknown; after?: unknown };
type Common = { action: 'create' | 'change' | 'none'; tenant: string; fields: Difference[] };
export type Change = Common &
  (
    | { kind: 'tenant'; id: string; wanted: WantedTenant }
    | { kind: 'client'; id: string; wanted: WantedClient }
    | { kind: 'organization'; id: string; wanted: WantedOrganization }
    /** `userId` of the user that is there. */
    | { kind: 'user'; id: string; wanted: WantedUser; userId: string | undefined }
  );

export const SECRET = '(secret)';

/** What has to happen so that all that is wanted is there, in the order in which it has to; pure. */
export function plan(current: Current, wanted: Wanted): Change[] {
  return wanted.tenants.flatMap((tenant) => {
    const there = current.get(tenant.id);
    return [
      planTenant(tenant, there),
      ...(tenant.clients ?? []).map((client) => planClient(tenant.id, client, there?.clients.get(client.client_id))),
      ...(tenant.organizations ?? []).map((one) => planOrganization(tenant.id, one, there?.organizations.get(one.id))),
      ...(tenant.users ?? []).map((user) => planUser(tenant.id, user, there?.users.get(user.email))),
    ];
  });
}

function planTenant(wanted: WantedTenant, there: CurrentTenant | undefined): Change {
  const { id, name, issuer, settings } = wanted;
  const after = {
    name,
    issuer: issuer === undefined ? there?.issuer : (issuer ?? undefined),
    settings: settings ? (there?.settingsWanted ?? hideSecrets(tenantSettings, settings, SECRET)) : there?.settings,
  };
  const before = there && { name: there.name, issuer: there.issuer, settings: there.settings };
  return { kind: 'tenant', tenant: id, id, wanted, ...outcome(before, after) };
}

function planClient(tenant: string, wanted: WantedClient, there: CurrentClient | undefined): Change {
  const { client_id: id, client_secret, ...metadata } = wanted;
  const secret = client_secret === undefined ? [] : secretDifference('client_secret', there, there?.secretAsGiven);
  return { kind: 'client', tenant, id, wanted, ...outcome(there?.metadata, metadata, secret) };
}

function planOrganization(tenant: string, wanted: WantedOrganization, there: object | undefined): Change {
  const { id, ...fields } = wanted;
  return { kind: 'organization', tenant, id, wanted, ...outcome(there, organizationInput.parse(fields)) };
}

function planUser(tenant: string, wanted: WantedUser, there: CurrentUser | undefined): Change {
  const { password, password_hash, to_migrate, ...given } = wanted;
  const field = password === undefined ? 'password_hash' : 'password';
  const isGiven = password !== undefined || password_hash !== undefined;
  const secret = isGiven ? secretDifference(field, there, there?.passwordAsGiven) : [];
  // Where they get their password from is of users who are not here yet.
  const fields = {
    ...there?.fields,
    ...given,
    ...(given.organizations && { organizations: memberships.parse(given.organizations) }),
    ...(!there && to_migrate && { to_migrate }),
  };
  return {
    kind: 'user',
    tenant,
    id: wanted.email,
    wanted,
    userId: there?.id,
    ...outcome(there?.fields, fields, secret),
  };
}

function outcome(
  before: object | undefined,
  after: object,
  secret: Difference[] = [],
): Pick<Common, 'action' | 'fields'> {
  const fields = [...differences(before ?? {}, after), ...secret];
  if (!before) return { action: 'create', fields };
  return { action: fields.length > 0 ? 'change' : 'none', fields };
}

function secretDifference(field: string, there: object | undefined, asGiven = false): Difference[] {
  if (asGiven) return [];
  return [{ field, ...(there && { before: SECRET }), after: SECRET }];
}

/** Leaf by leaf; a list is one leaf, since its order can matter. */
function differences(before: unknown, after: unknown, field = ''): Difference[] {
  if (isPlain(before) && isPlain(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names.flatMap((name) => differences(before[name], after[name], field ? `${field}.${name}` : name));
  }
  return isDeepStrictEqual(before, after) ? [] : [{ field, before: shown(before), after: shown(after) }];
}

/** Without the secrets in it: none may be seen, not even sealed. */
function shown(value: unknown): unknown {
  if (isSealed(value)) return SECRET;
  if (Array.isArray(value)) return value.map(shown);
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, shown(part)]));
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
