import { z } from 'zod';
import type { Audit } from '../audit/audit.ts';
import type { Clock } from '../core/clock.ts';
import { equal, mac } from '../core/hashing.ts';
import { newId, randomSecret } from '../core/ids.ts';
import { every } from '../store/every.ts';
import { defineRecord, type Stored } from '../store/records.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { origin } from './record.ts';

const schema = z.strictObject({
  accountId: z.string(),
  /** Keyed hash of what the browser keeps. */
  secret: z.string(),
  origin,
  /** Milliseconds since the epoch. */
  createdAt: z.number().int(),
  expiresAt: z.number().int(),
});
type TrustedDevice = z.infer<typeof schema>;

const trustedDeviceRecord = defineRecord<TrustedDevice>({
  name: 'trusted_devices',
  scope: 'tenant',
  schema,
  indexes: ['accountId'],
  expires: 'expiresAt',
});

/** `since`: when the password of the account was changed, in milliseconds. `days`: what the policy allows today. */
type Terms = { accountId: string; since?: number | undefined; days: number };

const DAY = 86_400_000;
const MAX_LISTED = 100;

/**
 * Browsers that stand for the second factor of one account. The token that a browser keeps names a record and proves it;
 * it is worth nothing for another account or tenant, nor after a change of the password.
 */
export function createTrustedDevices({ clock, audit }: { clock: Clock; audit: Audit }) {
  const records = (tenant: Tenant) => tenant.store.records(trustedDeviceRecord);
  const isInForce = (device: TrustedDevice, { accountId, since = 0, days }: Terms) =>
    device.accountId === accountId && device.createdAt > since && clock() <= device.createdAt + days * DAY;
  const hashOf = (tenant: Tenant, secret: string) => mac(tenant.secretFor('trusted devices'), secret);

  return {
    /** Resolves to the token for the browser. */
    async trust(
      tenant: Tenant,
      accountId: string,
      device: { origin: TrustedDevice['origin']; days: number },
    ): Promise<string> {
      const now = clock();
      const secret = randomSecret();
      const id = newId(now);
      await records(tenant).insert(id, {
        accountId,
        secret: hashOf(tenant, secret),
        origin: device.origin,
        createdAt: now,
        expiresAt: now + device.days * DAY,
      });
      await audit.record(tenant.id, {
        type: 'device.trusted',
        actor: accountId,
        target: accountId,
        details: { device: id },
      });
      return `${id}.${secret}`;
    },

    /** The id of the trusted device that a token is of, if this account still trusts it. */
    async check(tenant: Tenant, token: string | undefined, terms: Terms): Promise<string | undefined> {
      const [id, secret] = token?.split('.') ?? [];
      if (!id || !secret) return undefined;
      const device = await records(tenant).get(id);
      if (!device || !equal(device.secret, hashOf(tenant, secret))) return undefined;
      return isInForce(device, terms) ? id : undefined;
    },

    /** Whether the device of an id, which a session was let in for, is trusted still. */
    async holds(tenant: Tenant, id: string, terms: Terms): Promise<boolean> {
      const device = await records(tenant).get(id);
      return device !== undefined && isInForce(device, terms);
    },

    async list(tenant: Tenant, accountId: string): Promise<Stored<TrustedDevice>[]> {
      const where = { field: 'accountId', equals: accountId };
      return (await records(tenant).find({ where, limit: MAX_LISTED })).items;
    },

    /** For an account that ends. */
    async forgetAll(tenant: Tenant, accountId: string): Promise<void> {
      for await (const { id } of every(records(tenant).find, { field: 'accountId', equals: accountId }))
        await records(tenant).delete(id);
    },

    /** False when the account has no such device. */
    async forget(tenant: Tenant, accountId: string, id: string): Promise<boolean> {
      const device = await records(tenant).get(id);
      if (device?.accountId !== accountId || !(await records(tenant).delete(id))) return false;
      await audit.record(tenant.id, {
        type: 'device.forgotten',
        actor: accountId,
        target: accountId,
        details: { device: id },
      });
      return true;
    },
  };
}

export type TrustedDevices = ReturnType<typeof createTrustedDevices>;
