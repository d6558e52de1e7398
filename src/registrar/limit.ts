import { tooManyRequests } from '../core/errors.ts';
import { subscriberOf } from '../risk/address.ts';
import type { Tenant } from '../tenants/tenant.ts';

const HOUR = 3600;

/** Counts what comes without an initial access token, by address. Error `too_many_requests`. */
export async function limitRegistrations(tenant: Tenant, ip: string): Promise<void> {
  const { mode, per_address } = tenant.settings.protocol.client_registration;
  if (mode !== 'open') return;
  const { count, resetsIn } = await tenant.store.artifacts.increment(`client registrations ${subscriberOf(ip)}`, HOUR);
  if (count > per_address) throw tooManyRequests(resetsIn);
}
