import { type Device, knows } from '../risk/device.ts';
import type { Tenant } from '../tenants/tenant.ts';

/** From where an attempt came: for limits and the audit trail. */
export type Origin = {
  ip?: string | undefined;
  /** By its cookie. */
  device?: Device | undefined;
  requestId?: string | undefined;
};

/**
 * Whose limits count for an account: its own device's, or everybody's (`''`). What strangers use up elsewhere locks nobody
 * out of a device where they have signed in.
 */
export const ownDevice = (tenant: Tenant, accountId: string | undefined, { device }: Origin): string =>
  accountId !== undefined && knows(tenant, device, accountId) ? device!.id : '';
