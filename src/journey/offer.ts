import type { Proof } from '../factors/proof.ts';
import { aalOf, authTimeOf, isPossession } from './assurance.ts';
import type { Facts } from './facts.ts';
import { FRESH, newEnough, proofsInForce } from './standing.ts';

/**
 * Whether to offer a passkey to who has just signed in by a password: once a sign-in, where the browser can make one, and to
 * nobody who was signed in and is only asked for more. It is never more than an offer, and it is one to add a factor: who has
 * a second one has proven it, and there is no doubt who it is.
 */
export function offersPasskey(facts: Facts, proofs: readonly Proof[]): boolean {
  const { account, journey, now, policy, risk, session } = facts;
  const { factors, passkeyOffered, id } = account!;
  const isAllowed = [policy.firstFactors, policy.secondFactors].some((allowed) =>
    allowed.some((one) => one === 'passkey'),
  );
  if (!passkeyOffered || !journey.canMakePasskey || !isAllowed || factors.includes('passkey')) return false;
  if (session?.accountId === id || risk !== 'allow') return false;
  // Who has just put off one thing is not asked for the next.
  if (journey.passed.includes('passkey_offer') || journey.passed.includes('enrol')) return false;
  if (!journey.proofs.some(({ factor }) => factor === 'password')) return false;
  const hasSecond = factors.some(isPossession);
  return (!hasSecond || aalOf(newEnough(facts, proofsInForce(facts), 2)) >= 2) && now - authTimeOf(proofs) <= FRESH;
}
