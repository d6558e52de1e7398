import type { FactorName, Proof } from '../factors/proof.ts';
import { type Aal, aalOf } from './assurance.ts';
import type { Facts, Pauses } from './facts.ts';

/** Proofs older than this are no ground to change what one signs in with (ASVS 7.5.1). Seconds. */
export const FRESH = 300;

/** The proofs of this journey, and those of the session that are the same account's and have not ended. */
export function proofsInForce(facts: Facts): Proof[] {
  const { journey, now, lifetimes } = facts;
  // What has ended does not come back with the next proof.
  const known = hasLapsed(facts, 1) ? [] : (sessionOfAccount(facts)?.proofs ?? []);
  // Of one factor the newest proof counts.
  const renewed = new Set(journey.proofs.map(({ factor }) => factor));
  const old = known.filter(({ factor, at }) => !renewed.has(factor) && now - at <= lifetimes[1].absolute);
  return [...old, ...journey.proofs];
}

/** Those of them that the policy allows: one session serves many clients, and one may be stricter than another. */
export function proofsThatCount(facts: Facts): Proof[] {
  const { firstFactors, secondFactors } = facts.policy;
  const allowed = new Set<FactorName>([...firstFactors, ...secondFactors]);
  return proofsInForce(facts).filter(({ factor }) => allowed.has(factor));
}

/** The level as it stands now: what a level needs must be as new as the level demands, and the session in use. */
export function aalNow(facts: Facts): Aal {
  const proofs = proofsThatCount(facts);
  for (const aal of [3, 2, 1] as const) {
    if (!isIdle(facts, aal) && aalOf(newEnough(facts, proofs, aal)) >= aal) return aal;
  }
  return 0;
}

/**
 * Those that are new enough for a level. After idleness the highest level is proven anew as a whole, where for the one
 * below any proof will do (NIST SP 800-63B-4 2.2.3 and 2.3.3).
 */
export function newEnough(facts: Facts, proofs: readonly Proof[], aal: 1 | 2 | 3): Proof[] {
  const { now, lifetimes, journey } = facts;
  const anew = aal === 3 && hasLapsed(facts, aal);
  return proofs.filter(
    (proof) => now - proof.at <= lifetimes[aal].absolute && (!anew || journey.proofs.includes(proof)),
  );
}

/** Whether the session was left alone for too long to be of this level, and nothing was proven since. */
export const isIdle = (facts: Facts, aal: 1 | 2 | 3): boolean =>
  facts.journey.proofs.length === 0 && hasLapsed(facts, aal);

/** What the session keeps in mind of its pauses when this sign-in is done: a proof ends them, for level 3 one of level 3. */
export function pausesAfter(facts: Facts): Pauses {
  const { proofs } = facts.journey;
  const { proof, aal3 } = pausesOf(facts);
  return { proof: proofs.length > 0 ? 0 : proof, aal3: aalOf(proofs) >= 3 ? 0 : aal3 };
}

function hasLapsed(facts: Facts, aal: 1 | 2 | 3): boolean {
  const { proof, aal3 } = pausesOf(facts);
  return (aal === 3 ? aal3 : proof) > facts.lifetimes[aal].idle;
}

function pausesOf(facts: Facts): Pauses {
  const session = sessionOfAccount(facts);
  if (!session) return { proof: 0, aal3: 0 };
  const last = facts.now - session.lastSeenAt;
  return { proof: Math.max(last, session.pauses?.proof ?? 0), aal3: Math.max(last, session.pauses?.aal3 ?? 0) };
}

function sessionOfAccount({ session, account }: Facts) {
  return session && session.accountId === account?.id ? session : undefined;
}
