import { type Clock, seconds } from '../../core/clock.ts';
import { mac, sha256 } from '../../core/hashing.ts';
import { randomSecret } from '../../core/ids.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { TOKEN_PREFIX } from '../token-ids.ts';

const KIND = 'DeviceSecret';

/**
 * What a device secret is bound to. It is worth nothing without the session; it ends, too, with the grant that it was issued
 * under.
 */
export type Binding = { accountId: string; clientId: string; grantId: string; sessionUid: string };
export type DeviceSecret = Binding & { value: string };

export type DeviceSecrets = ReturnType<typeof createDeviceSecrets>;

/** Bearer secrets of applications on one device: the store has only their hashes. Error `unavailable`. */
export function createDeviceSecrets(tenant: Tenant, clock: Clock) {
  const { artifacts } = tenant.store;
  const { session, tokens } = tenant.settings;
  // As long as grants: the session ends it, and that moves with each use.
  const ttl = Math.max(session.ttl, tokens.refresh_token_max_age);
  const hashKey = tenant.secretFor('device secret hashes');

  return {
    /** Error `grant_revoked`. */
    async issue({ accountId, clientId, grantId, sessionUid }: Binding): Promise<DeviceSecret> {
      const value = TOKEN_PREFIX.DeviceSecret + randomSecret(256);
      const binding = { accountId, clientId, grantId, sessionUid };
      const iat = seconds(clock);
      await artifacts.put(KIND, sha256(value), { kind: KIND, ...binding, iat, exp: iat + ttl }, ttl);
      return { value, ...binding };
    },

    /** Undefined for what is not there (any more), of other tenants too. Whether its session is, is not asked here. */
    async find(value: string): Promise<DeviceSecret | undefined> {
      if (!value.startsWith(TOKEN_PREFIX.DeviceSecret)) return undefined;
      const payload = (await artifacts.find(KIND, sha256(value)))?.payload as Binding | undefined;
      if (!payload) return undefined;
      const { accountId, clientId, grantId, sessionUid } = payload;
      return { value, accountId, clientId, grantId, sessionUid };
    },

    destroy: (value: string): Promise<void> => artifacts.destroy(KIND, sha256(value)),

    /** The claim `ds_hash`, by which an ID token names its device secret; only we can tell (Native SSO 3.4). */
    hashOf: (value: string): string => mac(hashKey, value),
  };
}
