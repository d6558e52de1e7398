import { equal, mac } from '../../core/hashing.ts';
import { randomSecret } from '../../core/ids.ts';
import type { Tenant } from '../../tenants/tenant.ts';

const PREFIX = 'reg_';

/** A registration access token (RFC 7592 1.2): a client's key to its own registration. */
export const newAccessToken = (): string => PREFIX + randomSecret();

export const hashOfToken = (tenant: Tenant, clientId: string, token: string): string =>
  mac(tenant.secretFor('registration access tokens'), `${clientId} ${token}`);

/** Whether it is the one whose hash the client's record has. */
export const isAccessToken = (tenant: Tenant, clientId: string, hash: string | undefined, token: string): boolean =>
  hash !== undefined && equal(hash, hashOfToken(tenant, clientId, token));
