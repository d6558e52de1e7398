import type { Tenant } from '../tenants/tenant.ts';
import { networkOf, subscriberOf } from './address.ts';
import { type Spent, spend } from './budget.ts';

const HOUR = 3600;

/**
 * Counts each request for a way back into an account before it is looked at: it mails whatever address is typed. What one
 * mailbox gets has a limit of its own. Error `unavailable`.
 */
export const countRecovery = (tenant: Tenant, ip: string): Promise<Spent> =>
  spend(tenant, [
    { name: 'recoveries by address', of: [subscriberOf(ip)], max: 30, window: HOUR },
    { name: 'recoveries by network', of: [networkOf(ip)], max: 300, window: HOUR },
  ]);
