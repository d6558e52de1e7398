import type { Values } from '../core/messages.ts';
import type { Interaction } from '../oidc/interaction.ts';
import type { Tenant } from '../tenants/tenant.ts';

/** A message about one thing that is asked for. */
export type Item = { key: string; values?: Values };

const SCOPES: Record<string, string> = {
  openid: 'scope.openid',
  profile: 'scope.profile',
  email: 'scope.email',
  phone: 'scope.phone',
  address: 'scope.address',
  offline_access: 'scope.offline_access',
  device_sso: 'scope.device_sso',
};

/** In words where the scope is a standard one, else by its name. */
const scopeItem = (scope: string): Item =>
  Object.hasOwn(SCOPES, scope) ? { key: SCOPES[scope]! } : { key: 'scope.other', values: { scope } };

/** What `missing` of an interaction asks the user for: of the account, with each API, and in all detail for this once. */
export function consentItems(missing: Interaction['missing'], tenant: Tenant) {
  const nameOf = (indicator: string) =>
    tenant.settings.resources.find((resource) => resource.indicator === indicator)?.name ?? indicator;
  return {
    items: [
      ...missing.scopes.map(scopeItem),
      ...missing.claims.map((claim): Item => ({ key: 'scope.claim', values: { claim } })),
    ],
    resources: Object.entries(missing.resources).map(([indicator, scopes]) => ({
      name: nameOf(indicator),
      items: scopes.map(scopeItem),
    })),
    details: missing.details.map(({ type, ...fields }) => ({
      name: tenant.settings.authorization_details_types.find((known) => known.type === type)?.name ?? type,
      fields: flat(fields),
    })),
  };
}

/** Every value with the names that lead to it: a user must see all that is allowed by it. */
function flat(value: unknown, path = ''): { name: string; value: string }[] {
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object'))
    return [{ name: path, value: value.join(', ') }];
  if (typeof value !== 'object' || value === null) return [{ name: path, value: String(value) }];
  return Object.entries(value).flatMap(([name, part]) => flat(part, path ? `${path} ${name}` : name));
}
