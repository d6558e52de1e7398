import { expect, test } from '@jest/globals';
import type { FactorName, Proof } from '../factors/proof.ts';
import type { Facts } from '../journey/facts.ts';
import type { Policy } from '../journey/policy.ts';
import { type Standing, standingOf } from './standing.ts';

const NOW = 1_800_000_000;
const proven = (factor: FactorName, age = 0): Proof => ({ factor, at: NOW - age });
const key = (userVerified: boolean): Proof => ({ ...proven('passkey'), userVerified, backupEligible: true });

type Given = {
  has: FactorName[];
  proofs: Proof[];
  idle?: number;
  policy?: Partial<Policy>;
  account?: Partial<NonNullable<Facts['account']>>;
  ladder?: Facts['ladder'];
};

const factsFor = ({ has, proofs, idle = 0, policy, account, ladder }: Given): Facts => ({
  now: NOW,
  request: { acrValues: [] },
  ladder: ladder ?? [
    { acr: 'low', aal: 1 },
    { acr: 'high', aal: 2 },
  ],
  lifetimes: {
    1: { idle: 14 * 86_400, absolute: 30 * 86_400 },
    2: { idle: 3600, absolute: 86_400 },
    3: { idle: 900, absolute: 43_200 },
  },
  policy: {
    firstFactors: ['password', 'passkey', 'upstream'],
    secondFactors: ['passkey', 'totp', 'recovery_code'],
    mfa: 'optional',
    enrolmentGraceDays: 0,
    trustedDeviceDays: 30,
    ...policy,
  },
  session: { accountId: 'ada', proofs, lastSeenAt: NOW - idle },
  journey: { proofs: [], passed: [] },
  account: {
    id: 'ada',
    active: true,
    factors: has,
    resetRequired: false,
    termsDue: false,
    profileMissing: false,
    ...account,
  },
  trustedDevice: false,
  risk: 'allow',
});

test.each<[string, Given, Standing]>([
  ['a password just now', { has: ['password'], proofs: [proven('password')] }, 'fresh'],
  ['five minutes ago', { has: ['password'], proofs: [proven('password', 300)] }, 'fresh'],
  ['longer ago', { has: ['password'], proofs: [proven('password', 301)] }, 'in'],
  ['too long ago', { has: ['password'], proofs: [proven('password', 31 * 86_400)] }, 'out'],
  ['a session that was left alone', { has: ['password'], proofs: [proven('password')], idle: 15 * 86_400 }, 'out'],
  ['who has an app, by the password alone', { has: ['password', 'totp'], proofs: [proven('password')] }, 'in'],
  ['who has an app, by both', { has: ['password', 'totp'], proofs: [proven('password'), proven('totp')] }, 'fresh'],
  [
    'by the password now, and the app today',
    { has: ['password', 'totp'], proofs: [proven('password'), proven('totp', 7200)] },
    'fresh',
  ],
  [
    'by the password now, and the app yesterday',
    { has: ['password', 'totp'], proofs: [proven('password'), proven('totp', 90_000)] },
    'in',
  ],
  [
    'an app that the policy does not take',
    { has: ['password', 'totp'], proofs: [proven('password')], policy: { secondFactors: ['passkey'] } },
    'fresh',
  ],
  ['recovery codes alone', { has: ['password', 'recovery_code'], proofs: [proven('password')] }, 'fresh'],
  ['a passkey that knows its user', { has: ['password', 'passkey'], proofs: [key(true)] }, 'fresh'],
  ['a passkey that does not, beside a password', { has: ['password', 'passkey'], proofs: [key(false)] }, 'in'],
  ['a passkey that does not, and nothing else', { has: ['passkey'], proofs: [key(false)] }, 'fresh'],
  [
    'a tenant that has no name for the level',
    { has: ['password', 'totp'], proofs: [proven('password')], ladder: [{ acr: 'low', aal: 1 }] },
    'fresh',
  ],
  [
    'where the policy wants a second factor, and there is one',
    { has: ['password', 'totp'], proofs: [proven('password')], policy: { mfa: 'required' } },
    'out',
  ],
  [
    'where it wants one, and there is none yet',
    { has: ['password'], proofs: [proven('password')], policy: { mfa: 'required' } },
    'fresh',
  ],
  ['a disabled account', { has: ['password'], proofs: [proven('password')], account: { active: false } }, 'out'],
  ['terms that are due', { has: ['password'], proofs: [proven('password')], account: { termsDue: true } }, 'fresh'],
  [
    'a password that others may know, and a second factor that is not proven',
    { has: ['password', 'totp'], proofs: [proven('upstream')], account: { resetRequired: true } },
    'in',
  ],
])('%s', (_, given, standing) => expect(standingOf(factsFor(given))).toBe(standing));
