import type { Audit } from '../../audit/audit.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { From } from '../ports.ts';

type What = 'registration.begun' | 'registration.completed' | 'registration.refused';

/** The audit trail of sign-ups. */
export const registrationJournal =
  (audit: Audit) =>
  (
    tenant: Tenant,
    type: What,
    { ip, requestId }: From,
    more: { target?: string; details: Record<string, unknown> },
  ): Promise<void> => {
    const outcome = type === 'registration.refused' ? 'failure' : 'success';
    return audit.record(tenant.id, { type, outcome, ip, requestId, ...more });
  };
