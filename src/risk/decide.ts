import type { RiskPolicy, SignalName } from '../tenants/settings/risk.ts';
import type { Signals } from './signals.ts';

export type RiskAction = 'allow' | 'step_up' | 'deny';
/** `weight`: the points that the signal gave. `detail`: for people who look into a decision. */
export type Reason = { signal: SignalName; weight: number; detail: string };
/** `score`: 0 to 100. `reasons`: every signal that gave points. */
export type RiskDecision = { score: number; reasons: Reason[]; action: RiskAction };

/** How much of its weight a signal gives, 0 to 1. */
type Finding = { strength: number; detail: string };
type Judge = (signals: Signals, policy: RiskPolicy) => Finding;

const is =
  (field: keyof Signals, detail: string): Judge =>
  (signals) => ({ strength: signals[field] ? 1 : 0, detail });

/** Nothing up to `some`, which are ordinary; then it grows with the count, up to `many`. */
const counted = (count: number, some: number, many: number): Finding => ({
  strength: (count - some) / (many - some),
  detail: `${count} failures`,
});

const UPSTREAM = { none: 0, low: 0.25, medium: 0.5, high: 1 } as const;

const JUDGES: Record<SignalName, Judge> = {
  new_device: is('newDevice', 'not seen with this account'),
  new_address: is('newAddress', 'not seen with this account'),
  new_network: is('newNetwork', 'not seen with this account'),
  new_country: is('newCountry', 'not seen with this account'),
  impossible_travel: ({ km, kmh }, { travel_kmh }) => ({
    strength: kmh > travel_kmh ? 1 : 0,
    detail: `at least ${km} km at ${kmh} km/h`,
  }),
  unusual_hour: is('unusualHour', 'not seen with this account'),
  failures_pair: ({ pairFailures }) => counted(pairFailures, 2, 8),
  failures_account: ({ accountFailures }) => counted(accountFailures, 10, 30),
  failures_address: ({ addressFailures }) => counted(addressFailures, 10, 40),
  failures_network: ({ networkFailures }) => counted(networkFailures, 30, 200),
  failures_tenant: ({ tenantFailures }, { guesses }) =>
    counted(tenantFailures, guesses.tenant_alarm / 2, guesses.tenant_alarm),
  common_password: is('commonPassword', 'in the list of common passwords'),
  leaked_password: is('leakedPassword', 'known from a leak'),
  no_accept_language: is('noAcceptLanguage', 'no Accept-Language'),
  headless: is('headless', 'by its User-Agent, or none'),
  too_fast: is('tooFast', 'the form came back too soon'),
  honeypot: is('honeypot', 'the hidden field was filled in'),
  disposable_mail: is('disposableMail', 'throw-away mail service'),
  upstream_risk: ({ upstreamRisk }) => ({ strength: UPSTREAM[upstreamRisk], detail: upstreamRisk }),
};

/** Pure, and monotone: a signal more never lowers the score. `policy`: the tenant's `settings.risk`. */
export function decide(signals: Signals, policy: RiskPolicy): RiskDecision {
  const reasons = (Object.keys(JUDGES) as SignalName[]).flatMap((signal) => {
    const { strength, detail } = JUDGES[signal](signals, policy);
    // Rounded up: what was found is never lost without a trace.
    const weight = Math.ceil(policy.weights[signal] * Math.min(1, Math.max(0, strength)));
    return weight > 0 ? [{ signal, weight, detail }] : [];
  });
  const score = Math.min(
    100,
    reasons.reduce((sum, { weight }) => sum + weight, 0),
  );
  const action = score >= policy.deny_score ? 'deny' : score >= policy.step_up_score ? 'step_up' : 'allow';
  return { score, reasons, action };
}
