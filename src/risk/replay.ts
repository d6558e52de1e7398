import type { Audit } from '../audit/audit.ts';
import { every } from '../store/every.ts';
import type { RiskPolicy } from '../tenants/settings/risk.ts';
import { decide, type RiskAction, type RiskDecision } from './decide.ts';
import { recordedRiskOf } from './recordable.ts';

type Outcome = { score: number; action: RiskAction };

/** A recorded decision, and what another policy would have decided. `at`: milliseconds since the epoch. */
export type Replayed = {
  id: string;
  at: number;
  type: string;
  target: string | undefined;
  ip: string | undefined;
  was: Outcome;
  would: RiskDecision;
};

/** Every event since then that tells its risk, decided anew, in order of time. */
export async function* replay(
  audit: Pick<Audit, 'find'>,
  tenantId: string,
  { policy, since }: { policy: RiskPolicy; since: number },
): AsyncGenerator<Replayed, void> {
  for await (const { id, at, type, target, ip, details } of every((query) => audit.find(tenantId, query))) {
    const recorded = at >= since ? recordedRiskOf(details) : undefined;
    if (!recorded) continue;
    const { score, action, signals } = recorded;
    yield { id, at, type, target, ip, was: { score, action }, would: decide(signals, policy) };
  }
}

/** How many of each decision became which. */
export function countOf(replayed: readonly Replayed[]): { was: RiskAction; would: RiskAction; count: number }[] {
  const actions: RiskAction[] = ['allow', 'step_up', 'deny'];
  return actions
    .flatMap((was) => actions.map((would) => ({ was, would })))
    .map((pair) => ({ ...pair, count: replayed.filter((one) => isOf(one, pair)).length }))
    .filter(({ count }) => count > 0);
}

const isOf = ({ was, would }: Replayed, pair: { was: RiskAction; would: RiskAction }) =>
  was.action === pair.was && would.action === pair.would;
