import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FACTORS, type FactorName } from '../factors/proof.ts';
import { FIRST_FACTORS, MFA, SECOND_FACTORS } from '../tenants/settings/authentication.ts';
import { tenantSettings } from '../tenants/settings.ts';
import { factsOf } from './facts-of.ts';
import type { Person } from './person.ts';
import { walk } from './walk.ts';

const NOW = 2_000_000_000;
const some = <T>(values: readonly T[], minLength = 0) => fc.subarray([...values], { minLength });

const cases = fc.record({
  authentication: fc.record({
    first_factors: some(FIRST_FACTORS, 1),
    second_factors: some(SECOND_FACTORS),
    mfa: fc.constantFrom(...MFA),
  }),
  factors: some(FACTORS),
  resetRequired: fc.boolean(),
  termsDue: fc.boolean(),
  profileMissing: fc.boolean(),
  unverified: fc.constantFrom(undefined, 'email' as const, 'phone' as const),
  create: fc.boolean(),
  again: fc.boolean(),
  isSignedIn: fc.boolean(),
  acrValues: fc.constantFrom<string[]>([], ['urn:gatehouse:aal2'], ['urn:gatehouse:aal3']),
  risk: fc.constantFrom('allow' as const, 'step_up' as const, 'deny' as const),
});

function walkOf(given: typeof cases extends fc.Arbitrary<infer T> ? T : never) {
  const { authentication, factors, create, again, acrValues, risk, isSignedIn, ...standing } = given;
  const tenant = { settings: tenantSettings.parse({ authentication }) };
  const owner: Person = { account: { id: 'ada', active: true, factors, ...standing }, roles: [], organizations: [] };
  const session = { accountId: 'ada', proofs: [{ factor: 'password' as FactorName, at: NOW - 60 }], lastSeenAt: NOW };
  const known = {
    now: NOW,
    request: { acrValues, create, again },
    clientPolicy: undefined,
    session: isSignedIn ? session : undefined,
    trustedDevice: false,
    risk,
  };
  const start = { journey: { proofs: [], passed: [] }, person: isSignedIn ? owner : undefined };
  return { turns: walk((at) => factsOf(tenant, { ...known, ...at }), owner, start), factors };
}

test('every sign-in ends: done, refused, or where its user has nothing to answer with', () => {
  fc.assert(
    fc.property(cases, (given) => {
      const { turns, factors } = walkOf(given);
      const { outcome, with: factor } = turns.at(-1)!;
      if ('ask' in outcome) {
        expect(factor).toBeUndefined();
        const asked = 'factors' in outcome ? outcome.factors : [];
        expect(asked.filter((name) => factors.includes(name))).toEqual([]);
      }
      for (const turn of turns.slice(0, -1)) expect(turn.outcome).toHaveProperty('ask');
    }),
    { numRuns: 500 },
  );
});

test('nobody is asked for the same factor twice', () => {
  fc.assert(
    fc.property(cases, (given) => {
      const used = walkOf(given).turns.flatMap((turn) => turn.with ?? []);
      expect(new Set(used).size).toBe(used.length);
    }),
    { numRuns: 500 },
  );
});
