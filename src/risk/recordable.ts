import { z } from 'zod';
import type { RiskDecision } from './decide.ts';
import { type Signals, type SignalsInput, signalsOf, signalsSchema } from './signals.ts';

const recordedRisk = z.object({
  score: z.number(),
  action: z.enum(['allow', 'step_up', 'deny']),
  reasons: z.record(z.string(), z.number()),
  signals: signalsSchema,
});

/** `reasons`: the points of each signal. `signals`: those that are not harmless. No address, no device, no country. */
export type RecordableRisk = Omit<RiskDecision, 'reasons'> & { reasons: Record<string, number>; signals: SignalsInput };
export type RecordedRisk = z.output<typeof recordedRisk>;

const HARMLESS = signalsOf();

/** What an audit event keeps as `details.risk`: enough to decide it again by another policy. */
export function recordable(signals: Signals, { score, action, reasons }: RiskDecision): RecordableRisk {
  const told = Object.entries(signals).filter(([name, value]) => value !== HARMLESS[name as keyof Signals]);
  return {
    score,
    action,
    reasons: Object.fromEntries(reasons.map(({ signal, weight }) => [signal, weight])),
    signals: Object.fromEntries(told),
  };
}

/** And back; `undefined` where an event has none, or one of a form that this version does not know. */
export const recordedRiskOf = (details: Record<string, unknown> | undefined): RecordedRisk | undefined =>
  recordedRisk.safeParse(details?.risk).data;
