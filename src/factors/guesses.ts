import type { Audit } from '../audit/audit.ts';
import type { Attacks } from '../risk/attacks.ts';
import { attackOn, type Budget, spend } from '../risk/budget.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { journal } from './journal.ts';
import type { Origin } from './origin.ts';
import type { FactorName } from './proof.ts';
import type { Refused } from './verification.ts';

/**
 * Counts a guess at codes of a factor before it is compared: the refusal when there were too many, else undefined. Who gets
 * so far has often proven another factor: it is reported as an attack.
 */
export function countsGuesses(deps: { audit: Audit; attacks: Attacks }, factor: FactorName) {
  const { refuse } = journal(deps.audit, factor);
  return async (
    tenant: Tenant,
    accountId: string | undefined,
    origin: Origin,
    budgets: readonly Budget[],
  ): Promise<Refused<'throttled'> | undefined> => {
    const spent = await spend(tenant, budgets);
    if (spent.allowed) return undefined;
    const { ip, requestId } = origin;
    const attack = attackOn(tenant, 'attack.otp_guessing', spent.exceeded);
    await deps.attacks.report(tenant, attack, { ip, requestId, accountId });
    return refuse(tenant, accountId, origin, 'throttled', spent);
  };
}
