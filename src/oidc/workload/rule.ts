import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { WorkloadRule } from '../../tenants/settings/trusted-issuers.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { resourceServer } from '../resources.ts';
import type { Assertion } from './assertion.ts';

/** The rules by which an assertion is good for a client. */
export const rulesFor = ({ issuer, claims }: Assertion, clientId: string): WorkloadRule[] =>
  issuer.rules.filter((rule) => rule.client_id === clientId && meets(claims, rule));

/** To the letter: who may choose a part of what a pattern lets through may choose too much. */
function meets(claims: Record<string, unknown>, { subject, claims: wanted }: WorkloadRule): boolean {
  if (subject !== undefined && claims.sub !== subject) return false;
  return Object.entries(wanted).every(([name, values]) => {
    const given = Object.hasOwn(claims, name) ? claims[name] : undefined;
    return [values].flat().some((value) => value === given);
  });
}

/**
 * Which API a workload's token is for, and its scopes: all that are asked for, or else all that rule and client allow.
 * Errors `invalid_target`, `invalid_scope`.
 */
export function allowedBy(
  tenant: Tenant,
  { oidc }: KoaContextWithOIDC,
  rules: WorkloadRule[],
): { resource: string; scopes: string[] } {
  const { client, params, requestParamScopes } = oidc;
  const targets = rules.flatMap(({ resources }) => resources);
  const names = [...new Set(targets.map(({ resource }) => resource))];
  const wanted = [params?.resource ?? (names.length === 1 ? names : [])].flat() as string[];
  const [resource, ...more] = wanted;
  if (resource === undefined || more.length > 0)
    throw new errors.InvalidTarget('say which one resource the token is for');
  if (!names.includes(resource)) throw new errors.InvalidTarget('no rule gives this workload tokens for the resource');

  const possible = resourceServer(tenant, resource, client!).scope.split(' ').filter(Boolean);
  const given = new Set(
    targets.filter((target) => target.resource === resource).flatMap(({ scopes }) => scopes ?? possible),
  );
  const available = possible.filter((scope) => given.has(scope));
  const missing = [...requestParamScopes].filter((scope) => !available.includes(scope));
  if (missing.length > 0) throw new errors.InvalidScope('more than the rules give this workload', missing.join(' '));
  return { resource, scopes: requestParamScopes.size > 0 ? [...requestParamScopes] : available };
}
