import type { FactorName, Proof } from '../factors/proof.ts';
import { aalOf, isMultiFactor, isPossession } from './assurance.ts';
import type { Facts } from './facts.ts';
import type { Policy } from './policy.ts';
import { aalNow, isIdle, newEnough, proofsInForce } from './standing.ts';

/** What is to be proven beyond the first factor, and who wants it. */
export type Demand =
  | { kind: 'none' | 'unmet' | 'denied' | 'fresh'; because: string }
  | { kind: 'verify'; factors: FactorName[]; because: string }
  | { kind: 'enrol'; factors: FactorName[]; mayPutOff: boolean; because: string };

/** `proofs`: those that count. */
export function demandOf(facts: Facts, proofs: Proof[]): Demand {
  const demand = demandOfRequest(facts, proofs) ?? demandOfRisk(facts) ?? demandOfPolicy(facts, proofs);
  return demand.kind === 'enrol' ? (guardOf(facts, demand) ?? demand) : demand;
}

/**
 * Who has a second factor proves it before another one is added, also where it is not allowed or would not do: else
 * the first factor alone led around it.
 */
function guardOf(facts: Facts, { because }: Demand): Demand | undefined {
  const proofs = newEnough(facts, proofsInForce(facts), 2);
  if (aalOf(proofs) >= 2) return undefined;
  const seconds = new Set<FactorName>(facts.policy.secondFactors);
  const hasShownOne = proofs.some(({ factor }) => isPossession(factor));
  const factors = facts.account!.factors.filter((factor) =>
    isPossession(factor) ? !hasShownOne : seconds.has(factor) && completes(factor, facts, proofs),
  );
  if (factors.length === 0) return undefined;
  return { kind: 'verify', factors, because: `${because}, and what the user has comes before what is added` };
}

/** `acr_values`: the first of the wishes that is reached or can be. */
function demandOfRequest(facts: Facts, proofs: Proof[]): Demand | undefined {
  const { request, ladder } = facts;
  if (request.acrValues.length === 0) return undefined;
  const levels = request.acrValues.flatMap((acr) => ladder.find((level) => level.acr === acr)?.aal ?? []);
  const standing = aalNow(facts);
  if (levels.some((aal) => aal <= standing)) return undefined;

  const ways = levels.map((aal) => wayTo(facts, proofs, aal));
  return (
    ways.find((way) => way.kind === 'verify' || way.kind === 'fresh') ??
    ways.find((way) => way.kind === 'enrol') ??
    ways[0]!
  );
}

function wayTo(facts: Facts, proofs: Proof[], aal: 1 | 2 | 3): Demand {
  const because = `the client asks for level ${aal}`;
  const held = newEnough(facts, proofs, aal);
  if (aalOf(held) >= aal && isIdle(facts, aal))
    return { kind: 'fresh', because: `${because}, and the session was idle` };
  const { policy, account } = facts;
  const allowed = [...new Set<FactorName>([...policy.firstFactors, ...policy.secondFactors])];
  const helps = (factor: FactorName) => isNew(factor, facts) && aalOf([...held, bestProof(factor)]) >= aal;
  const having = allowed.filter((factor) => account!.factors.includes(factor) && isNew(factor, facts));
  const able = having.filter(helps);
  if (able.length > 0) return { kind: 'verify', factors: able, because };
  // None alone, but all of them: one after the other.
  if (aalOf([...held, ...having.map(bestProof)]) >= aal) return { kind: 'verify', factors: having, because };
  // Then the next turn sees what is still missing.
  if (held.length === 0 && proofs.length > 0)
    return { kind: 'fresh', because: `${because}, and the proofs are too old` };
  const enrollable = enrollableOf(policy).filter(helps);
  if (enrollable.length > 0) return { kind: 'enrol', factors: enrollable, mayPutOff: false, because };
  return { kind: 'unmet', because: `${because}, which no allowed factor reaches` };
}

function demandOfPolicy(facts: Facts, proofs: Proof[]): Demand {
  const { policy, journey, trustedDevice } = facts;
  if (isMultiFactor(proofs)) return { kind: 'none', because: 'two factors are proven' };
  if (policy.mfa === 'off') return { kind: 'none', because: 'the policy asks for no second factor' };
  if (policy.mfa === 'risk') return { kind: 'none', because: 'the risk asks for no second factor' };
  // A session that a device was trusted for may meet another policy later, or a stricter client.
  if (trustedDevice && policy.trustedDeviceDays > 0) return { kind: 'none', because: 'the device is trusted' };

  if (policy.mfa === 'optional') {
    // Sessions of before a factor was enrolled go on as they were.
    if (journey.proofs.length === 0) return { kind: 'none', because: 'the session was let in as it is' };
    // Nobody is asked to use at once what they were just offered.
    const isNew = journey.passed.includes('passkey_offer');
    const able = secondsOf(facts, proofs).filter((factor) => !(isNew && factor === 'passkey'));
    if (able.some(isChosen)) return { kind: 'verify', factors: able, because: 'the user has a second factor' };
    return { kind: 'none', because: 'the user has no second factor, and need not have one' };
  }
  const because = 'the policy asks for a second factor';
  const able = secondsOf(facts, proofs);
  if (able.length > 0) return { kind: 'verify', factors: able, because };
  const factors = enrollableOf(policy).filter((factor) => completes(factor, facts, proofs));
  if (factors.length > 0) return { kind: 'enrol', factors, mayPutOff: true, because };
  return { kind: 'unmet', because: `${because}, and none can be enrolled` };
}

/**
 * Who knows only the password must not enrol what then counts as the owner's (that would be the attacker's own): a
 * mailbox is asked where there is no second factor.
 */
function demandOfRisk(facts: Facts): Demand | undefined {
  const { account, journey, policy, risk } = facts;
  // What a session has from before does not answer a risk of now.
  if (risk !== 'step_up' || policy.mfa === 'off' || isMultiFactor(journey.proofs)) return undefined;
  if (journey.proofs.some(({ factor }) => factor === 'email_code')) return undefined;
  const because = 'the risk asks for more';
  const able = secondsOf(facts, journey.proofs);
  if (able.length > 0) return { kind: 'verify', factors: able, because };
  if (account!.factors.includes('email_code')) return { kind: 'verify', factors: ['email_code'], because };
  return { kind: 'denied', because: `${because}, and there is nothing more to ask for` };
}

/** What the account has that makes two factors of what is proven. A password is second to a key that verified no one. */
function secondsOf(facts: Facts, proofs: readonly Proof[]): FactorName[] {
  const { policy, account } = facts;
  const allowed: FactorName[] = [...policy.secondFactors, ...policy.firstFactors.filter((name) => name === 'password')];
  return allowed.filter((factor) => account!.factors.includes(factor) && completes(factor, facts, proofs));
}

const completes = (factor: FactorName, facts: Facts, proofs: readonly Proof[]) =>
  isNew(factor, facts) && isMultiFactor([...proofs, bestProof(factor)]);

/** A password makes two factors of a code by mail or a key, but who has one did not ask for a second step by that. */
const isChosen = (factor: FactorName) => factor !== 'recovery_code' && factor !== 'password';

/** A factor that was proven in this journey is not asked for again: it gives no more, and so every journey ends. */
const isNew = (factor: FactorName, { journey }: Facts) => !journey.proofs.some((proof) => proof.factor === factor);

/** What a user can add in the midst of a sign-in. */
const enrollableOf = ({ secondFactors }: Policy): FactorName[] =>
  (['passkey', 'totp', 'sms_code'] as const).filter((factor) => secondFactors.includes(factor));

/** What a factor gives at best: whether it does is seen when it is proven. */
const bestProof = (factor: FactorName): Proof => ({ factor, at: 0, userVerified: true, backupEligible: false });
