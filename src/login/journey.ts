import { unavailable } from '../core/errors.ts';
import type { Purpose } from '../factors/code/purposes.ts';
import type { Proof } from '../factors/proof.ts';
import type { Passable } from '../journey/facts.ts';
import { type Ground, holds } from '../journey/ground.ts';
import type { Reason } from '../journey/plan.ts';
import type { Attempt } from '../risk/gather.ts';
import type { RecordableRisk } from '../risk/recordable.ts';
import type { Payload } from '../store/artifacts.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { CodeWay } from './code-ways.ts';
import type { BegunSignUp } from './sign-up-ticket.ts';

/** What was done since a sign-in began: by the server alone, for the browser that has the interaction's cookie. */
export type Journey = {
  /** What was typed as the name of an account, whether there is one or not. */
  identifier?: string;
  /** Whose proofs these are, and what they stand on. */
  accountId?: string;
  ground?: Ground;
  proofs: Proof[];
  passed: Passable[];
  /** The code or link that was sent last, and for what name; `again`: when another one may be, in seconds since the epoch. */
  sent?: { way: CodeWay; purpose: Purpose; typed?: string; again: number };
  /** The account that is being made. */
  signUp?: BegunSignUp;
  /** The account whose owner was mailed a link to a new password. */
  resetSent?: string;
  /** Where the account's user signed in besides, for the session: its ID token, sealed. */
  upstream?: { id: string; idToken: string };
  /** The browser has told that it can make a passkey. */
  canMakePasskey?: boolean;
  /** To be kept signed in. */
  remember?: boolean;
  /** The device that the account trusts. */
  trustedDevice?: string;
  /** What there was to see when the first thing was proven, for the decision by risk. */
  noticed?: Pick<Attempt, 'failures' | 'form' | 'password' | 'upstreamRisk'>;
  /** Decided once, when something is proven. */
  risk?: RecordableRisk;
  /** What was asked so far and why, for the audit trail. */
  asked?: Reason[];
};

const KIND = 'Journey';
const TTL = 3600;
const MAX_TRIES = 20;

const begun = (): Journey => ({ proofs: [], passed: [] });

export async function findJourney(tenant: Tenant, uid: string): Promise<Journey> {
  return ((await tenant.store.artifacts.find(KIND, uid))?.payload.journey as Journey | undefined) ?? begun();
}

/** Two tabs of one sign-in may both go on: each change is made to what is there. */
export async function changeJourney(
  tenant: Tenant,
  uid: string,
  change: (journey: Journey) => Journey,
): Promise<Journey> {
  const { artifacts } = tenant.store;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const found = await artifacts.find(KIND, uid);
    const next = change((found?.payload.journey as Journey | undefined) ?? begun());
    if (await artifacts.swap(KIND, uid, found?.version ?? 0, { journey: next } as Payload, TTL)) return next;
  }
  throw unavailable('the sign-in: too many changes at once');
}

/**
 * Adds what an account has proven. Proofs of one account say nothing of another: whoever goes on as somebody else begins
 * anew, and so does who was signed out meanwhile.
 */
export function withProof(
  journey: Journey,
  { accountId, proof, ground }: { accountId: string; proof: Proof; ground: Ground },
): Journey {
  const isSame = journey.accountId === accountId;
  // Looked at before the account was signed out, and another tab has begun anew since.
  if (isSame && journey.ground && ground.signedOutAt < journey.ground.signedOutAt) return journey;
  if (journey.accountId !== undefined && !(isSame && holds(journey.ground, ground)))
    return { ...begun(), ...(journey.remember && { remember: true }), accountId, ground, proofs: [proof] };
  const others = journey.proofs.filter(({ factor }) => factor !== proof.factor);
  return { ...journey, accountId, ground, proofs: [...others, proof] };
}

export const withPassed = (journey: Journey, step: Passable): Journey => ({
  ...journey,
  passed: [...new Set([...journey.passed, step])],
});
