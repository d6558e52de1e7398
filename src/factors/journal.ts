import type { Audit } from '../audit/audit.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { Origin } from './origin.ts';
import type { FactorName } from './proof.ts';
import type { Refused } from './verification.ts';

type What = 'factor.enrolled' | 'factor.removed' | 'factor.refused';

/** The audit trail of one factor. `accountId` is absent where nobody has what was named. */
export function journal(audit: Audit, factor: FactorName) {
  async function record(
    tenant: Tenant,
    type: What,
    accountId: string | undefined,
    { ip, requestId }: Origin,
    details: Record<string, unknown> = {},
  ): Promise<void> {
    const outcome = type === 'factor.refused' ? 'failure' : 'success';
    await audit.record(tenant.id, { type, outcome, target: accountId, ip, requestId, details: { factor, ...details } });
  }

  return {
    record,
    /** A refusal that is on record, with what a limit said of it. */
    async refuse<Reason extends string>(
      tenant: Tenant,
      accountId: string | undefined,
      origin: Origin,
      reason: Reason,
      limit?: { retryAfter: number; exceeded: { name: string } },
    ): Promise<Refused<Reason>> {
      await record(tenant, 'factor.refused', accountId, origin, {
        reason,
        ...(limit && { limit: limit.exceeded.name }),
      });
      return { ok: false, reason, ...(limit && { retryAfter: limit.retryAfter }) };
    },
  };
}
