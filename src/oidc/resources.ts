import { createPublicKey, type KeyObject } from 'node:crypto';
import { errors, type ResourceServer } from 'oidc-provider';
import type { Resource } from '../tenants/settings/resources.ts';
import { signingAlgsOf } from '../tenants/settings/signing.ts';
import type { Tenant } from '../tenants/tenant.ts';

export const resourceOf = (tenant: Tenant, indicator: string | string[] | undefined) =>
  tenant.settings.resources.find((resource) => resource.indicator === indicator);

/** What a client's metadata say of APIs, as `clients/scope` has made them. */
type ApiRights = { clientId: string; api_scope?: unknown; resource_scopes?: unknown };

/**
 * What the protocol core asks about a requested `resource` (RFC 8707); unknown ones, and those that the client was not granted,
 * are `invalid_target`. Of its scopes only those that the client may have: all where its metadata name none.
 */
export function resourceServer(tenant: Tenant, indicator: string, client: ApiRights): ResourceServer {
  const resource = resourceOf(tenant, indicator);
  const scopes = resource && scopesFor(resource, client);
  if (!scopes) throw new errors.InvalidTarget();
  const { encryption } = resource;
  return {
    scope: scopes.join(' '),
    audience: resource.indicator,
    accessTokenFormat: resource.access_token_format,
    ...(resource.access_token_ttl && { accessTokenTTL: resource.access_token_ttl }),
    ...(resource.access_token_format === 'jwt' && {
      jwt: {
        sign: { alg: resource.signing_alg ?? signingAlgsOf(tenant.settings)[0] },
        ...(encryption && { encrypt: { ...encryption, jwk: undefined, ...keyOf(encryption.jwk) } }),
      },
    }),
  } as ResourceServer;
}

/** Undefined: there are no tokens for it. */
function scopesFor(resource: Resource, { api_scope, resource_scopes }: ApiRights): string[] | undefined {
  if (typeof resource_scopes === 'object' && resource_scopes !== null) {
    const granted = (resource_scopes as Record<string, string[]>)[resource.indicator];
    return granted && resource.scopes.filter((scope) => granted.includes(scope));
  }
  if (resource.clients === 'granted') return undefined;
  if (typeof api_scope !== 'string') return resource.scopes;
  return resource.scopes.filter((scope) => api_scope.split(' ').includes(scope));
}

const keys = new WeakMap<object, KeyObject>();

function keyOf(jwk: Record<string, unknown>): { key: KeyObject; kid?: string } {
  let key = keys.get(jwk);
  if (!key) {
    key = createPublicKey({ key: jwk as never, format: 'jwk' });
    keys.set(jwk, key);
  }
  return { key, ...(typeof jwk.kid === 'string' && { kid: jwk.kid }) };
}
