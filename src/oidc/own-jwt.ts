import { createLocalJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Clock } from '../core/clock.ts';
import type { Tenant } from '../tenants/tenant.ts';

const keySets = new WeakMap<Tenant, JWTVerifyGetKey>();

/** The members of a JWK that are for everybody. */
const PUBLIC = ['kty', 'kid', 'alg', 'use', 'crv', 'x', 'y', 'n', 'e'];

function keysOf(tenant: Tenant): JWTVerifyGetKey {
  let keys = keySets.get(tenant);
  if (!keys) {
    const jwks = tenant.keys.map(({ jwk }) =>
      Object.fromEntries(Object.entries(jwk).filter(([name]) => PUBLIC.includes(name))),
    );
    keys = createLocalJWKSet({ keys: jwks as never });
    keySets.set(tenant, keys);
  }
  return keys;
}

/** The claims of a JWT access token (RFC 9068 4) that this tenant has signed and that has not expired; else undefined. */
export async function ownAccessToken(tenant: Tenant, clock: Clock, jwt: string): Promise<JWTPayload | undefined> {
  try {
    const { payload } = await jwtVerify(jwt, keysOf(tenant), {
      typ: 'at+jwt',
      issuer: tenant.issuer,
      algorithms: tenant.keys.map(({ alg }) => alg),
      requiredClaims: ['exp', 'iat', 'sub', 'aud', 'client_id'],
      currentDate: new Date(clock()),
    });
    return payload;
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}
