import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  authentication,
  FIRST_FACTORS,
  MFA,
  type PolicyPart,
  SECOND_FACTORS,
} from '../tenants/settings/authentication.ts';
import { type Policy, policyFor } from './policy.ts';

const tenant = (settings: object = {}) => authentication.parse(settings);
const USUAL: Policy = {
  firstFactors: ['password', 'passkey', 'upstream'],
  secondFactors: ['passkey', 'totp', 'recovery_code'],
  mfa: 'optional',
  enrolmentGraceDays: 0,
  trustedDeviceDays: 30,
};

describe('the strictest of all holds', () => {
  const buyers = { by_role: { buyer: { mfa: 'required', trusted_device_days: 7 } } };
  test.each<[string, object, Parameters<typeof policyFor>[1], Partial<Policy>]>([
    ['the tenant alone', {}, undefined, {}],
    ['a role that has a policy', buyers, { roles: ['buyer'] }, { mfa: 'required', trustedDeviceDays: 7 }],
    ['a role that has none', buyers, { roles: ['seller'] }, {}],
    ['a client', {}, { client: { mfa: 'required' } }, { mfa: 'required' }],
    ['a client that would loosen', { mfa: 'required' }, { client: { mfa: 'off' } }, { mfa: 'required' }],
    ['an organization', {}, { organizations: [{ first_factors: ['upstream'] }] }, { firstFactors: ['upstream'] }],
    [
      'two organizations that agree on little',
      {},
      { organizations: [{ second_factors: ['passkey', 'totp'] }, { second_factors: ['totp', 'sms_code'] }] },
      { secondFactors: ['totp'] },
    ],
    [
      'two that agree on nothing: nobody signs in so',
      {},
      { organizations: [{ first_factors: ['passkey'] }], client: { first_factors: ['password'] } },
      { firstFactors: [] },
    ],
    [
      'what the tenant does not have cannot be given',
      {},
      { client: { first_factors: ['sms_code', 'passkey'], second_factors: ['sms_code'] } },
      { firstFactors: ['passkey'], secondFactors: [] },
    ],
    [
      'the shortest of the times',
      { enrolment_grace_days: 14 },
      { client: { enrolment_grace_days: 30, trusted_device_days: 60 }, organizations: [{ enrolment_grace_days: 3 }] },
      { enrolmentGraceDays: 3, trustedDeviceDays: 30 },
    ],
    ['risk is stricter than optional', { mfa: 'risk' }, { client: { mfa: 'optional' } }, { mfa: 'risk' }],
    [
      'administrators prove two factors, at once and everywhere, whatever the tenant says',
      { mfa: 'off', enrolment_grace_days: 30, by_role: { admin: { mfa: 'off', trusted_device_days: 90 } } },
      { roles: ['admin'], client: { mfa: 'off' }, organizations: [{ mfa: 'off' }] },
      { mfa: 'required', enrolmentGraceDays: 0, trustedDeviceDays: 0 },
    ],
    ['a role that is called as objects have it', {}, { roles: ['constructor', '__proto__'] }, {}],
  ])('%s', (_, settings, parts, expected) => {
    expect(policyFor(tenant(settings), parts)).toEqual({ ...USUAL, ...expected });
  });
});

const part: fc.Arbitrary<PolicyPart> = fc.record(
  {
    first_factors: fc.subarray([...FIRST_FACTORS], { minLength: 1 }),
    second_factors: fc.subarray([...SECOND_FACTORS]),
    mfa: fc.constantFrom(...MFA),
    enrolment_grace_days: fc.nat(90),
    trusted_device_days: fc.nat(365),
  },
  { requiredKeys: [] },
);
const parts = fc.record({
  roles: fc.subarray(['buyer', 'admin', 'other']),
  organizations: fc.array(part, { maxLength: 3 }),
  client: fc.option(part, { nil: undefined }),
});
const settings = fc.tuple(part, part).map(([own, buyer]) => tenant({ ...own, by_role: { buyer } }));

const isNoLooser = (strict: Policy, than: Policy) =>
  strict.firstFactors.every((factor) => than.firstFactors.includes(factor)) &&
  strict.secondFactors.every((factor) => than.secondFactors.includes(factor)) &&
  MFA.indexOf(strict.mfa) >= MFA.indexOf(than.mfa) &&
  strict.enrolmentGraceDays <= than.enrolmentGraceDays &&
  strict.trustedDeviceDays <= than.trustedDeviceDays;

test('no part can loosen what holds without it, whoever says it', () => {
  fc.assert(
    fc.property(settings, parts, part, (own, all, more) => {
      const before = policyFor(own, all);
      expect(isNoLooser(before, policyFor(own))).toBe(true);
      for (const after of [
        policyFor(own, { ...all, organizations: [...all.organizations, more] }),
        policyFor(own, { ...all, roles: [...all.roles, 'buyer', 'admin'] }),
        policyFor(own, all.client ? all : { ...all, client: more }),
      ])
        expect(isNoLooser(after, before)).toBe(true);
    }),
  );
});

test('who speaks first does not matter', () => {
  fc.assert(
    fc.property(settings, fc.array(part, { maxLength: 4 }), (own, organizations) => {
      const reversed = policyFor(own, { organizations: organizations.toReversed() });
      expect(policyFor(own, { organizations })).toEqual(reversed);
    }),
  );
});
