import { notFound } from '../core/errors.ts';
import type { FactorName } from '../factors/proof.ts';
import { usableOf } from './lock-out.ts';
import type { PortalVisit } from './visit.ts';

export type Addable = Extract<FactorName, 'password' | 'passkey' | 'totp' | 'sms_code' | 'recovery_code' | 'upstream'>;

/** Whether the policy has a use for the factor here. */
export function mayAdd({ tenant, policy, factors }: PortalVisit, factor: Addable): boolean {
  if (usableOf([factor], policy).length === 0) return false;
  if (factor === 'sms_code') return tenant.settings.sms.countries.length > 0;
  // They stand in for what can be lost.
  if (factor === 'recovery_code')
    return factors.some((one) => one === 'totp' || one === 'sms_code' || one === 'passkey');
  return true;
}

/** Error `not_found`: where something cannot be added, neither its page nor its form is there. */
export function refuseUnless(isOffered: boolean): void {
  if (!isOffered) throw notFound('this page');
}
