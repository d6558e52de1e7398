import type { Audit } from '../../audit/audit.ts';
import { withoutControls } from '../../core/text.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { journal } from '../journal.ts';
import type { Origin } from '../origin.ts';
import type { Refused } from '../verification.ts';

/**
 * `expired`: the challenge is unknown, used or too old. `known`: enrolled already. `limit`: no more are allowed.
 * `unknown`: no passkey of this tenant (any more). `wrong`: all else.
 */
export type Reason = 'expired' | 'known' | 'limit' | 'unknown' | 'cloned' | 'wrong';

/** Ends a ceremony. The message is for the audit trail; who sent the response is told the reason at most. */
export class Refusal extends Error {
  readonly reason: Reason;

  constructor(reason: Reason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Whatever the library throws is a refusal: it reads what strangers wrote. */
export async function verified<T extends { verified: boolean }>(
  verify: () => Promise<T>,
): Promise<Extract<T, { verified: true }> & T> {
  const result = await verify().catch((error: Error) => {
    throw new Refusal('wrong', withoutControls(error.message).slice(0, 200));
  });
  if (!result.verified) throw new Refusal('wrong', 'the signature is wrong');
  return result as Extract<T, { verified: true }> & T;
}

/** Runs a ceremony; a refusal becomes its answer, and one event of the account, where `isOf` has told whose it is. */
export async function settled<T>(
  audit: Audit,
  tenant: Tenant,
  accountId: string | undefined,
  origin: Origin,
  ceremony: (isOf: (accountId: string) => void) => Promise<T>,
): Promise<T | Refused<Reason>> {
  let target = accountId;
  try {
    return await ceremony((owner) => {
      target ??= owner;
    });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { reason, message } = error;
    // Somebody else may have a copy of the key, and have used it (WebAuthn L3 6.1.1): for alarms, a type of its own.
    if (reason === 'cloned') {
      const { ip, requestId } = origin;
      await audit.record(tenant.id, {
        type: 'passkey.clone_suspected',
        outcome: 'failure',
        target,
        ip,
        requestId,
        details: { reason: message },
      });
    } else {
      await journal(audit, 'passkey').record(tenant, 'factor.refused', target, origin, { reason, cause: message });
    }
    return { ok: false, reason };
  }
}
