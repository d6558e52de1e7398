import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { TokenExchangePolicy } from '../../clients/token-exchange.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { resourceServer } from '../resources.ts';
import type { Party } from './party.ts';

export type Target = { resource: string; scopes: string[] };

/**
 * Which API the new token is for, and its scopes: of those that the client may have at all, those that the policy gives for
 * what the subject token has. Errors `invalid_target`, `invalid_scope`.
 */
export async function targetOf(
  tenant: Tenant,
  ctx: KoaContextWithOIDC,
  policy: TokenExchangePolicy,
  { targets, subject }: { targets: string[]; subject: Party },
): Promise<Target> {
  const { client, requestParamScopes } = ctx.oidc;
  const [only, ...others] = policy.resources;
  if (targets.length === 0 && others.length > 0) throw new errors.InvalidTarget('say which resource the token is for');
  const wanted = targets[0] ?? only!.resource;
  const target = policy.resources.find(({ resource }) => resource === wanted);
  if (!target) throw new errors.InvalidTarget('the policy of this client has no such resource');

  const possible = resourceServer(tenant, wanted, client!).scope.split(' ').filter(Boolean);
  const has = await scopesOf(ctx, subject, target);
  const needed = new Map(target.scopes ? Object.entries(target.scopes) : possible.map((scope) => [scope, scope]));
  const available = possible.filter((scope) => has.has(needed.get(scope) ?? ''));
  const missing = [...requestParamScopes].filter((scope) => !available.includes(scope));
  if (missing.length > 0)
    throw new errors.InvalidScope('more than the subject token and the policy give', missing.join(' '));
  const scopes = requestParamScopes.size > 0 ? [...requestParamScopes] : available;
  if (scopes.length === 0) throw new errors.InvalidScope('the subject token gives no scope of this resource', '');
  return { resource: wanted, scopes };
}

/** An ID token has no scopes: it stands for what its user has granted its client, of this API where no scope is mapped. */
async function scopesOf(
  { oidc }: KoaContextWithOIDC,
  { type, scopes, origin }: Party,
  { resource, scopes: mapped }: TokenExchangePolicy['resources'][number],
): Promise<ReadonlySet<string>> {
  if (type === 'access_token') return scopes;
  const grant = await oidc.provider.Grant.find(origin!.grantId);
  const granted = mapped ? Object.keys(grant?.resources ?? {}) : [resource];
  return new Set(granted.flatMap((indicator) => grant?.getResourceScope(indicator).split(' ') ?? []));
}
