import { equal, mac } from '../core/hashing.ts';
import { randomSecret } from '../core/ids.ts';
import type { Tenant } from '../tenants/tenant.ts';

/**
 * What our opaque tokens look like. The prefix says which kind it is, so that a token is looked up where it can be
 * only (introspection without a hint would ask three times) and secret scanners can find leaked ones.
 *
 * A refresh token is `rt_<chain>~<generation>~<mac>`, the MAC under a key of the tenant. All tokens of one chain can so
 * be told from forgeries without being stored: the store keeps one row a chain with the live generation.
 */
export const TOKEN_PREFIX = {
  AccessToken: 'at_',
  ClientCredentials: 'cc_',
  RefreshToken: 'rt_',
  DeviceSecret: 'ds_',
} as const;

/** What the MACs of a tenant's refresh tokens are made with. */
export const refreshTokenKey = (tenant: Tenant): Buffer => tenant.secretFor('refresh tokens');

export type Generation = { chain: string; generation: number };

export const opaqueToken = (kind: 'AccessToken' | 'ClientCredentials'): string =>
  TOKEN_PREFIX[kind] + randomSecret(256);

export const newChain = (): Generation => ({ chain: randomSecret(192), generation: 0 });

export function refreshToken(key: Buffer, { chain, generation }: Generation): string {
  return `${TOKEN_PREFIX.RefreshToken}${chain}~${generation}~${mac(key, `${chain}~${generation}`)}`;
}

/** Chain and generation of an authentic refresh token, else undefined. */
export function parseRefreshToken(key: Buffer, token: string): Generation | undefined {
  const match = /^rt_([A-Za-z0-9_-]{32})~(0|[1-9]\d{0,8})~[A-Za-z0-9_-]{43}$/.exec(token);
  if (!match) return undefined;
  const parsed = { chain: match[1]!, generation: Number(match[2]) };
  return equal(token, refreshToken(key, parsed)) ? parsed : undefined;
}
