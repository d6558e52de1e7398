import type { Budget } from '../../risk/budget.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { type Origin, ownDevice } from '../origin.ts';

/**
 * One guess hits one of at most 15 codes (five authenticators, three steps) in a million: 30 a day are one account in two
 * thousand at worst, of those whose first factor is lost already. Success begins the count anew.
 */
export function guessBudgets(tenant: Tenant, accountId: string, origin: Origin): Budget[] {
  const of = [accountId, ownDevice(tenant, accountId, origin)];
  return [
    { name: 'totp guesses', of, max: 10, window: 15 * 60 },
    { name: 'totp guesses of a day', of, max: 30, window: 24 * 3600 },
  ];
}
