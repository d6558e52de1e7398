import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FACTORS, type FactorName, type Proof } from '../factors/proof.ts';
import { FIRST_FACTORS, MFA, SECOND_FACTORS } from '../tenants/settings/authentication.ts';
import { aalOf, amrOf, isMultiFactor, isPossession } from './assurance.ts';
import type { Facts, Passable } from './facts.ts';
import { type Plan, plan, type Step } from './plan.ts';

const NOW = 1_800_000_000;
const LADDER = [
  { acr: 'low', aal: 1 },
  { acr: 'high', aal: 2 },
  { acr: 'top', aal: 3 },
] as const;

const aal = fc.constantFrom(1 as const, 2 as const, 3 as const);
const factor = fc.constantFrom(...FACTORS);
const proof = (age: fc.Arbitrary<number>): fc.Arbitrary<Proof> =>
  fc.record(
    {
      factor,
      at: age.map((seconds) => NOW - seconds),
      userVerified: fc.boolean(),
      backupEligible: fc.boolean(),
    },
    { requiredKeys: ['factor', 'at'] },
  );
const subset = <T>(values: readonly T[]) => fc.subarray([...values]);

const facts: fc.Arbitrary<Facts> = fc.record({
  now: fc.constant(NOW),
  request: fc.record({
    acrValues: fc.oneof(fc.constant<string[]>([]), subset(['low', 'high', 'top', 'unknown'])),
    maxAge: fc.option(fc.constantFrom(0, 60, 3600), { nil: undefined }),
    again: fc.boolean(),
    create: fc.boolean(),
  }),
  ladder: fc.constant(LADDER),
  lifetimes: fc.constant({
    1: { idle: 14 * 86_400, absolute: 30 * 86_400 },
    2: { idle: 3600, absolute: 86_400 },
    3: { idle: 900, absolute: 43_200 },
  }),
  policy: fc.record({
    firstFactors: subset(FIRST_FACTORS),
    secondFactors: subset(SECOND_FACTORS),
    mfa: fc.constantFrom(...MFA),
    enrolmentGraceDays: fc.constantFrom(0, 7),
    trustedDeviceDays: fc.constantFrom(0, 30),
  }),
  session: fc.option(
    fc.record({
      accountId: fc.constantFrom('ada', 'eve'),
      proofs: fc.array(proof(fc.constantFrom(0, 400, 4000, 90_000, 3_000_000)), { minLength: 1, maxLength: 3 }),
      lastSeenAt: fc.constantFrom(0, 1000, 4000, 1_300_000).map((seconds) => NOW - seconds),
      pauses: fc.constantFrom(undefined, { proof: 4000, aal3: 4000 }, { proof: 0, aal3: 1000 }),
    }),
    { nil: undefined },
  ),
  journey: fc.record({ proofs: fc.constant([]), passed: fc.constant([]), canMakePasskey: fc.boolean() }),
  account: fc.constant(undefined),
  trustedDevice: fc.boolean(),
  risk: fc.constantFrom('allow' as const, 'allow' as const, 'step_up' as const, 'deny' as const),
});

/** Ada's account, whatever she is enrolled in. */
const account = fc.record({
  id: fc.constant('ada'),
  active: fc.constantFrom(true, true, true, false),
  factors: subset(FACTORS),
  demandedAt: fc.constantFrom(undefined, NOW - 86_400, NOW - 30 * 86_400),
  resetRequired: fc.constantFrom(false, false, false, true),
  unverified: fc.constantFrom(undefined, undefined, 'email' as const),
  termsDue: fc.boolean(),
  profileMissing: fc.boolean(),
  passkeyOffered: fc.boolean(),
});

/** What she does next, one of what she may: the numbers choose. */
function take(facts: Facts, step: Step, ada: NonNullable<Facts['account']>, choose: (n: number) => number): Facts {
  const prove = (name: FactorName): Facts => {
    const flags = { userVerified: choose(2) === 1, backupEligible: choose(2) === 1 };
    const done: Proof = { factor: name, at: NOW, ...(name === 'passkey' && flags) };
    const others = facts.journey.proofs.filter((proof) => proof.factor !== name);
    const known = facts.account ?? ada;
    const factors = [...new Set([...known.factors, name])];
    return {
      ...facts,
      account: { ...known, factors },
      journey: { ...facts.journey, proofs: [...others, done] },
    };
  };
  const having = (known: Facts, name: FactorName): Facts => ({
    ...known,
    account: { ...known.account!, factors: [...known.account!.factors, name] },
  });
  const pass = (name: Passable): Facts => ({
    ...facts,
    journey: { ...facts.journey, passed: [...facts.journey.passed, name] },
  });
  const settle = (change: Partial<NonNullable<Facts['account']>>): Facts => ({
    ...facts,
    account: { ...facts.account!, ...change },
  });
  switch (step.ask) {
    case 'create':
      return pass('create');
    case 'identify':
    case 'verify':
      return prove(step.factors[choose(step.factors.length)]!);
    case 'enrol':
      return step.mayPutOff && choose(2) === 1 ? pass('enrol') : prove(step.factors[choose(step.factors.length)]!);
    case 'passkey_offer':
      return choose(2) === 1 ? pass('passkey_offer') : having(pass('passkey_offer'), 'passkey');
    case 'recovery_codes':
      return pass('recovery_codes');
    case 'reset_password':
      return settle({ resetRequired: false });
    case 'verify_email':
    case 'verify_phone':
      return settle({ unverified: undefined });
    case 'terms':
      return settle({ termsDue: false });
    case 'profile':
      return settle({ profileMissing: false });
  }
}

/** Goes on until nothing is asked; the plans on the way, and the facts at the end. */
function walk(start: Facts, ada: NonNullable<Facts['account']>, numbers: number[]) {
  let facts: Facts = start.session?.accountId === 'ada' ? { ...start, account: ada } : { ...start, session: undefined };
  const choose = (n: number) => (numbers.shift() ?? 0) % Math.max(1, n);
  const plans: (Plan & { facts: Facts })[] = [];
  for (let steps = 0; steps < 25; steps += 1) {
    const now = plan(facts);
    plans.push({ ...now, facts });
    if (!('ask' in now.outcome)) return { facts, plans, end: now.outcome };
    facts = take(facts, now.outcome, ada, choose);
  }
  throw new Error(`it does not end: ${JSON.stringify(plans.map(({ outcome }) => outcome))}`);
}

const walks = fc.tuple(facts, account, fc.array(fc.nat(99), { minLength: 40, maxLength: 40 }));
const runs = { numRuns: 2000 };

test('every journey ends, and asks only for what can be given', () => {
  fc.assert(
    fc.property(walks, ([start, ada, numbers]) => {
      for (const { outcome } of walk(start, ada, [...numbers]).plans) {
        if ('ask' in outcome && 'factors' in outcome) expect(outcome.factors.length).toBeGreaterThan(0);
      }
    }),
    runs,
  );
});

/** Of those in force, what the policy allows. */
const counted = ({ policy }: Facts, proofs: readonly Proof[]) =>
  proofs.filter((one) => [...policy.firstFactors, ...policy.secondFactors].some((name) => name === one.factor));

test('no level and no method is told that was not proven', () => {
  fc.assert(
    fc.property(walks, ([start, ada, numbers]) => {
      const { facts, end } = walk(start, ada, [...numbers]);
      if (!('done' in end)) return;
      const proven = [...facts.journey.proofs, ...(facts.session?.proofs ?? [])];
      const { acr, amr, authTime, proofs } = end.done;
      const here = counted(facts, proofs);
      expect(end.done.aal).toBeLessThanOrEqual(aalOf(here));
      expect(here.some((one) => facts.policy.firstFactors.some((name) => name === one.factor))).toBe(true);
      for (const one of proofs) expect(proven).toContainEqual(one);
      expect(amr).toEqual(amrOf(here));
      const told = LADDER.find((level) => level.acr === acr);
      expect(told?.aal ?? 0).toBeLessThanOrEqual(end.done.aal);
      expect(Math.max(...here.map(({ at }) => at))).toBe(authTime);
    }),
    runs,
  );
});

test('what the client, the policy and the risk ask for holds at the end', () => {
  fc.assert(
    fc.property(walks, ([start, ada, numbers]) => {
      const { facts, end } = walk(start, ada, [...numbers]);
      if (!('done' in end)) return;
      const { request, journey, policy } = facts;
      const { aal, proofs } = end.done;
      expect(facts.account?.active).toBe(true);
      expect(facts.risk).not.toBe('deny');
      const wanted = request.acrValues.flatMap((acr) => LADDER.find((level) => level.acr === acr)?.aal ?? []);
      if (request.acrValues.length > 0) expect(wanted.some((level) => level <= aal)).toBe(true);
      if (request.again) expect(journey.proofs.length).toBeGreaterThan(0);
      if (request.maxAge !== undefined) expect(NOW - end.done.authTime).toBeLessThanOrEqual(request.maxAge);
      const demanded = facts.account?.demandedAt;
      const isInGrace = demanded !== undefined && NOW < demanded + policy.enrolmentGraceDays * 86_400;
      const isPutOff = journey.passed.includes('enrol') || (journey.proofs.length === 0 && isInGrace);
      const isTrusted = facts.trustedDevice && policy.trustedDeviceDays > 0;
      if (policy.mfa === 'required' && !isTrusted && !isPutOff)
        expect(isMultiFactor(counted(facts, proofs))).toBe(true);
      if (facts.risk === 'step_up' && policy.mfa !== 'off')
        expect(
          journey.proofs.length > 1 || aalOf(journey.proofs) > 1 || journey.proofs[0]?.factor === 'email_code',
        ).toBe(true);
    }),
    runs,
  );
});

test('a factor is added by nobody who has a second one and has not proven it', () => {
  fc.assert(
    fc.property(walks, ([start, ada, numbers]) => {
      for (const { facts, outcome } of walk(start, ada, [...numbers]).plans) {
        if (!('ask' in outcome) || (outcome.ask !== 'enrol' && outcome.ask !== 'passkey_offer')) continue;
        const proofs = [...(facts.session?.proofs ?? []), ...facts.journey.proofs];
        const kinds = new Set(proofs.map(({ factor }) => isPossession(factor)));
        const hasSecond = facts.account!.factors.some(isPossession);
        if (hasSecond) expect(kinds.has(true)).toBe(true);
      }
    }),
    runs,
  );
});

test('a passkey is offered once, when nothing else is asked, and nothing comes of putting it off or making it', () => {
  fc.assert(
    fc.property(walks, ([start, ada, numbers]) => {
      const { plans, end } = walk(start, ada, [...numbers]);
      const offers = plans.filter(({ outcome }) => 'ask' in outcome && outcome.ask === 'passkey_offer');
      expect(offers.length).toBeLessThan(2);
      for (const { facts } of offers) {
        expect(plans.at(-2)!.facts).toBe(facts);
        const without = plan({ ...facts, account: { ...facts.account!, passkeyOffered: false } });
        expect(without.outcome).toEqual(end);
      }
    }),
    runs,
  );
});

test('the same facts give the same plan, and each says why', () => {
  fc.assert(
    fc.property(walks, ([start, ada, numbers]) => {
      for (const one of walk(start, ada, [...numbers]).plans) expect(one.why.length).toBeGreaterThan(0);
      expect(walk(start, ada, [...numbers])).toEqual(walk(start, ada, [...numbers]));
    }),
    { numRuns: 500 },
  );
});

test('more that is asked for never makes a journey end sooner with less', () => {
  fc.assert(
    fc.property(walks, aal, ([start, ada, numbers], level) => {
      const { end } = walk({ ...start, request: { ...start.request, acrValues: [LADDER[level - 1]!.acr] } }, ada, [
        ...numbers,
      ]);
      if ('done' in end) expect(end.done.aal).toBeGreaterThanOrEqual(level);
    }),
    runs,
  );
});
