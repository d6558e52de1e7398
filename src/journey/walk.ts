import type { FactorName, Proof } from '../factors/proof.ts';
import type { Facts } from './facts.ts';
import type { Person } from './person.ts';
import { type Plan, plan, type Step } from './plan.ts';

/** Where a sign-in stands: what was done, and who has shown who they are. */
export type Standing = { journey: Facts['journey']; person: Person | undefined };
/** `with`: what its user answers with. Undefined where nothing is asked, or the user has nothing that is. */
export type Turn = Plan & { with?: FactorName | undefined };

/** More turns than any sign-in takes. */
const MOST = 30;

/**
 * The whole of a sign-in whose user does at once what is asked, by the first way that there is. Ends with what is done or
 * refused, or with a proof that is asked of somebody who cannot give it.
 */
export function walk(factsOf: (standing: Standing) => Facts, owner: Person, start: Standing): Turn[] {
  const turns: Turn[] = [];
  for (let standing = start; turns.length < MOST; ) {
    const facts = factsOf(standing);
    const turn: Turn = plan(facts);
    turns.push(turn);
    if (!('ask' in turn.outcome)) return turns;
    const person = standing.person ?? owner;
    turn.with = answerTo(turn.outcome, person);
    const isStuck = turn.with === undefined && (turn.outcome.ask === 'identify' || turn.outcome.ask === 'verify');
    if (isStuck) return turns;
    // Whoever is offered an account has shown nothing by that.
    if (turn.outcome.ask === 'create') standing = passed(standing, 'create');
    else standing = after(turn.outcome, turn.with, { ...standing, person }, facts.now);
  }
  throw new Error('a sign-in takes too many steps');
}

function answerTo(step: Step, { account }: Person): FactorName | undefined {
  if (step.ask === 'enrol') return step.factors[0];
  if (step.ask !== 'identify' && step.ask !== 'verify') return undefined;
  return step.factors.find((factor) => account.factors.includes(factor));
}

type Known = Standing & { person: Person };

function after(
  step: Exclude<Step, { ask: 'create' }>,
  factor: FactorName | undefined,
  standing: Known,
  now: number,
): Standing {
  switch (step.ask) {
    case 'identify':
    case 'verify':
      return proven(standing, factor!, now);
    case 'enrol':
      return proven(having(standing, factor!), factor!, now);
    case 'passkey_offer':
      return passed(standing, 'passkey_offer');
    case 'recovery_codes':
      return passed(having(standing, 'recovery_code'), 'recovery_codes');
    case 'reset_password':
      return changed(standing, { resetRequired: false });
    case 'verify_email':
    case 'verify_phone':
      return changed(standing, { unverified: undefined });
    case 'terms':
      return changed(standing, { termsDue: false });
    case 'profile':
      return changed(standing, { profileMissing: false });
  }
}

function proven({ journey, person }: Known, factor: FactorName, at: number): Known {
  // As most are: kept by a phone or password manager, and opened by a finger or PIN.
  const proof: Proof = { factor, at, ...(factor === 'passkey' && { userVerified: true, backupEligible: true }) };
  const others = journey.proofs.filter((known) => known.factor !== factor);
  return { journey: { ...journey, proofs: [...others, proof] }, person };
}

const passed = <T extends Standing>(standing: T, step: Facts['journey']['passed'][number]): T => ({
  ...standing,
  journey: { ...standing.journey, passed: [...standing.journey.passed, step] },
});

const changed = (standing: Known, change: Partial<Person['account']>): Known => ({
  ...standing,
  person: { ...standing.person, account: { ...standing.person.account, ...change } },
});

const having = (standing: Known, factor: FactorName): Known =>
  changed(standing, { factors: [...standing.person.account.factors, factor] });
