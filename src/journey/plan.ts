import type { FactorName, Proof } from '../factors/proof.ts';
import { type Aal, acrOf, amrOf, authTimeOf, isMultiFactor, isPossession } from './assurance.ts';
import { demandOf } from './demand.ts';
import type { Facts, Pauses } from './facts.ts';
import { offersPasskey } from './offer.ts';
import type { Policy } from './policy.ts';
import { aalNow, FRESH, pausesAfter, proofsInForce, proofsThatCount } from './standing.ts';

export type Step =
  | { ask: 'identify'; factors: FactorName[] }
  | { ask: 'create' }
  | { ask: 'verify'; as: 'first' | 'second'; factors: FactorName[] }
  | { ask: 'enrol'; factors: FactorName[]; mayPutOff: boolean }
  | {
      ask:
        | 'recovery_codes'
        | 'reset_password'
        | 'verify_email'
        | 'verify_phone'
        | 'terms'
        | 'profile'
        | 'passkey_offer';
    };

/** Why something was asked or not: for `gatehouse explain`, the audit trail and the tests. */
export type Reason = { step: Step['ask'] | 'second_factor' | 'risk' | 'account'; asked: boolean; because: string };

export type Outcome = Step | { done: Done } | { refuse: 'denied' | 'unmet' };

/** `proofs`: all that are in force, for other clients too, and `pauses` for the session. The rest tells of those that count here. */
export type Done = {
  proofs: Proof[];
  pauses: Pauses;
  aal: Aal;
  acr: string | undefined;
  amr: string[];
  authTime: number;
};

export type Plan = { outcome: Outcome; why: Reason[] };

const DAY = 86_400;

/**
 * What comes next in a sign-in. Pure: the same facts give the same plan, and it is asked again after every step, so
 * that no step has to know another.
 */
export function plan(facts: Facts): Plan {
  const why: Reason[] = [];
  const note = (step: Reason['step'], asked: boolean, because: string) => void why.push({ step, asked, because });
  return { outcome: next(facts, note), why };
}

type Note = (step: Reason['step'], asked: boolean, because: string) => void;

function next(facts: Facts, note: Note): Outcome {
  const { request, policy, ladder, account, journey, risk, now } = facts;
  const proofs = proofsThatCount(facts);

  if (request.create && journey.proofs.length === 0 && !journey.passed.includes('create')) {
    note('create', true, 'the client asks for a new account');
    return { ask: 'create' };
  }
  if (policy.firstFactors.length === 0) {
    note('identify', false, 'no first factor is allowed');
    return { refuse: 'unmet' };
  }
  if (request.acrValues.length > 0 && !ladder.some(({ acr }) => request.acrValues.includes(acr))) {
    note('second_factor', false, 'none of the acr_values is known here');
    return { refuse: 'unmet' };
  }
  const inForce = proofsInForce(facts);
  if (!account || inForce.length === 0) {
    note('identify', true, account ? 'the session is over' : 'nobody is signed in');
    return { ask: 'identify', factors: policy.firstFactors };
  }
  if (!account.active) {
    note('account', false, 'the account may not sign in');
    return { refuse: 'denied' };
  }
  if (risk === 'deny') {
    note('risk', false, 'the risk is too high');
    return { refuse: 'denied' };
  }

  if (!proofs.some(({ factor }) => isFirst(policy, factor))) {
    if (isNewcomer(facts)) {
      note('enrol', true, 'the account has nothing yet that it may sign in with');
      return { ask: 'enrol', factors: ['passkey'], mayPutOff: false };
    }
    note('verify', true, 'no first factor that is allowed here is proven');
    return askFirst(facts, policy.firstFactors);
  }

  return (
    firstFactor(facts, proofs, note) ??
    reset(facts, note) ??
    secondFactor(facts, proofs, note) ??
    duties(facts, proofs, note) ?? {
      done: {
        proofs: inForce,
        pauses: pausesAfter(facts),
        aal: aalNow(facts),
        acr: acrToTell(facts),
        amr: amrOf(proofs),
        authTime: Math.min(now, authTimeOf(proofs)),
      },
    }
  );
}

/** Whoever is signed in may have to show that they are still there. */
function firstFactor(facts: Facts, proofs: Proof[], note: Note): Step | undefined {
  const { request, policy, journey, now } = facts;
  if (journey.proofs.length > 0) return undefined;
  const newest = authTimeOf(proofs);
  const because =
    (request.again && 'the client asks for a new sign-in') ||
    (request.maxAge !== undefined && now - newest > request.maxAge && 'the last proof is older than max_age') ||
    undefined;
  if (!because) {
    note('verify', false, 'the proofs are new enough');
    return undefined;
  }
  note('verify', true, because);
  return askFirst(facts, policy.firstFactors);
}

/** A password that others may know opens nothing: the mailbox decides who sets the next one. */
function reset({ account, journey }: Facts, note: Note): Step | undefined {
  if (!account!.resetRequired || journey.proofs.some(({ factor }) => factor !== 'password')) return undefined;
  note('reset_password', true, 'others may know the password');
  return { ask: 'reset_password' };
}

function secondFactor(facts: Facts, proofs: Proof[], note: Note): Outcome | undefined {
  const demand = demandOf(facts, proofs);
  const { because } = demand;
  switch (demand.kind) {
    case 'none':
      note('second_factor', false, because);
      return undefined;
    case 'unmet':
    case 'denied':
      note('second_factor', false, because);
      return { refuse: demand.kind };
    case 'fresh':
      note('verify', true, because);
      return askFirst(facts, [...facts.policy.firstFactors, ...facts.policy.secondFactors]);
    case 'verify':
      note('second_factor', true, because);
      return { ask: 'verify', as: 'second', factors: demand.factors };
    case 'enrol':
      note('second_factor', true, because);
      return enrolment(facts, proofs, demand, note);
  }
}

function enrolment(
  facts: Facts,
  proofs: Proof[],
  demand: { factors: FactorName[]; mayPutOff: boolean },
  note: Note,
): Step | undefined {
  const { now, policy, account, journey } = facts;
  const { enrolmentGraceDays } = policy;
  const isInGrace = enrolmentGraceDays > 0 && now < (account!.demandedAt ?? now) + enrolmentGraceDays * DAY;
  const mayPutOff = demand.mayPutOff && isInGrace;
  // Who has put it off goes on with the session that began so.
  const wasPutOff = journey.proofs.length === 0 && account!.demandedAt !== undefined;
  if (mayPutOff && (journey.passed.includes('enrol') || wasPutOff)) {
    note('enrol', false, 'put off within the time of grace');
    return undefined;
  }
  if (now - authTimeOf(proofs) > FRESH) {
    note('verify', true, 'the proofs are too old to add a factor');
    return askFirst(facts, policy.firstFactors);
  }
  note('enrol', true, 'no factor that would do is enrolled');
  return { ask: 'enrol', factors: demand.factors, mayPutOff };
}

/** Has shown the mailbox that the account was made with, and nothing else could be asked for. */
function isNewcomer({ policy, account, journey }: Facts): boolean {
  const { factors } = account!;
  const hasNone = !policy.firstFactors.some((factor) => factors.includes(factor)) && !factors.some(isPossession);
  const isProven = journey.proofs.some(({ factor }) => factor === 'email_code' || factor === 'email_link');
  return hasNone && isProven && policy.firstFactors.includes('passkey');
}

const isFirst = ({ firstFactors }: Policy, factor: FactorName) => new Set<FactorName>(firstFactors).has(factor);

/** One of the factors that the account has; the whole first page where it has none of them. */
function askFirst({ policy, account }: Facts, factors: readonly FactorName[]): Step {
  const able = [...new Set(factors)].filter((factor) => account!.factors.includes(factor));
  if (able.length === 0) return { ask: 'identify', factors: policy.firstFactors };
  return { ask: 'verify', as: 'first', factors: able };
}

/** What the account owes before it is used. */
function duties(facts: Facts, proofs: Proof[], note: Note): Step | undefined {
  const { account, journey, policy } = facts;
  const owes = (step: Extract<Step['ask'], Reason['step']>, isDue: boolean, because: string) => {
    if (isDue) note(step, true, because);
    return isDue;
  };
  const { unverified, termsDue, profileMissing, factors } = account!;
  if (unverified && owes(`verify_${unverified}`, true, 'the address is not verified'))
    return { ask: `verify_${unverified}` };
  const lacksCodes =
    policy.secondFactors.includes('recovery_code') &&
    !factors.includes('recovery_code') &&
    isMultiFactor(proofs) &&
    journey.proofs.some(({ factor }) => factor === 'totp' || factor === 'sms_code') &&
    !journey.passed.includes('recovery_codes');
  if (owes('recovery_codes', lacksCodes, 'there is no way back when the second factor is lost'))
    return { ask: 'recovery_codes' };
  if (owes('terms', termsDue, 'terms are new or have changed')) return { ask: 'terms' };
  if (owes('profile', profileMissing, 'attributes are missing')) return { ask: 'profile' };
  // The last of all, and nothing depends on it.
  if (owes('passkey_offer', offersPasskey(facts, proofs), 'a passkey would be quicker than the password'))
    return { ask: 'passkey_offer' };
  return undefined;
}

/** A name that was asked for, where one is reached; else the best that is true. */
function acrToTell(facts: Facts): string | undefined {
  const { request, ladder } = facts;
  const aal = aalNow(facts);
  const wanted = ladder.findLast((level) => request.acrValues.includes(level.acr) && level.aal <= aal);
  return wanted?.acr ?? acrOf(ladder, aal);
}
