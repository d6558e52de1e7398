import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import type { Clock } from '../../core/clock.ts';
import { lru } from '../../core/lru.ts';
import { remoteKeys } from '../../core/remote-keys.ts';
import type { TrustedIssuer } from '../../tenants/settings/trusted-issuers.ts';
import type { Tenant } from '../../tenants/tenant.ts';

export type IssuerKeys = (tenant: Tenant, issuer: TrustedIssuer) => JWTVerifyGetKey;

/**
 * The keys of trusted issuers. They outlive the tenant object, which each change of the tenant replaces: else a change would
 * be a way round the pause between two questions.
 */
export function createIssuerKeys(deps: { fetch: typeof globalThis.fetch; clock: Clock }): IssuerKeys {
  const remote = lru<JWTVerifyGetKey>(1000);

  return ({ id }, { jwks, jwks_uri }) => {
    if (jwks) return createLocalJWKSet(jwks as JSONWebKeySet);
    const name = `${id} ${jwks_uri}`;
    let keys = remote.get(name);
    if (!keys) {
      keys = remoteKeys(deps.fetch, jwks_uri!, deps.clock);
      remote.set(name, keys);
    }
    return keys;
  };
}
