import { randomBytes } from 'node:crypto';
import { open, seal } from '../../core/sealing.ts';
import type { Tenant } from '../../tenants/tenant.ts';

/** RFC 4226 4 (R6) recommends 160 bits. */
const BYTES = 20;

export const newSeed = (): Buffer => randomBytes(BYTES);

export const sealSeed = (tenant: Tenant, accountId: string, id: string, seed: Buffer): string =>
  seal(keyOf(tenant), seed, contextOf(tenant, accountId, id));

/** Error `bad_config` for a seed of another account or authenticator. */
export const openSeed = (tenant: Tenant, accountId: string, one: { id: string; sealedSeed: string }): Buffer =>
  open(keyOf(tenant), one.sealedSeed, contextOf(tenant, accountId, one.id));

const keyOf = (tenant: Tenant) => tenant.secretFor('totp seeds');
const contextOf = (tenant: Tenant, accountId: string, id: string) => `totp seed ${tenant.id} ${accountId} ${id}`;
