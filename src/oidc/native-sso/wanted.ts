import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { Consented } from '../../privacy/consents.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { resourceServer } from '../resources.ts';

const { InvalidScope } = errors;

export type Wanted = { scope: string; toGrant: Consented };

/** OpenID Connect Core 11: nobody is there to consent to it, so it is ignored as in any request that asks nobody. */
const IGNORED = 'offline_access';

/**
 * The scopes that an application asks for, or else those that are registered for it (Native SSO 4.3), as far as it may have
 * them at all. Errors `invalid_scope`, `invalid_target`.
 */
export function wantedOf(tenant: Tenant, ctx: KoaContextWithOIDC, resource: string | undefined): Wanted {
  const { client, params } = ctx.oidc;
  const registered = client!.scope?.split(' ');
  const asked = words(params!.scope);
  const names = (asked ?? [...(registered ?? ['openid']), ...(words(client!.api_scope) ?? [])]).filter(
    (name) => name !== IGNORED,
  );
  // The core tells by the parameter which are its own.
  const ownOf = (scopes: string[]) => {
    params!.scope = scopes.join(' ');
    return [...ctx.oidc.requestParamOIDCScopes];
  };
  const scopes = ownOf(names);
  const tooMuch = scopes.filter((scope) => registered && !registered.includes(scope));
  if (tooMuch.length > 0) throw new InvalidScope('not registered for this client', tooMuch.join(' '));

  const ofApi = resource === undefined ? [] : resourceServer(tenant, resource, client as never).scope.split(' ');
  const granted = names.filter((name) => ofApi.includes(name));
  const unknown = asked?.filter((name) => ![...scopes, ...granted, IGNORED].includes(name)) ?? [];
  if (unknown.length > 0) throw new InvalidScope('not known, or not for this client and resource', unknown.join(' '));
  if (resource !== undefined && granted.length === 0) throw new InvalidScope('ask for a scope of the resource', '');
  if (scopes.length === 0 && granted.length === 0) throw new InvalidScope('ask for a scope, such as openid', '');
  const resources = resource === undefined ? {} : { [resource]: granted };
  return { scope: [...new Set([...scopes, ...granted])].join(' '), toGrant: { scopes, claims: [], resources } };
}

const words = (text: unknown): string[] | undefined =>
  typeof text === 'string' ? text.split(' ').filter(Boolean) : undefined;
