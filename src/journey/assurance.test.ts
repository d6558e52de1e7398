import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { casesOf, LADDER, proofsOf } from '../../test/support/journey-notation.ts';
import { FACTORS, type Proof } from '../factors/proof.ts';
import { type Aal, aalOf, acrOf, amrOf, authTimeOf, isMultiFactor } from './assurance.ts';

const KINDS = 'pwd key synced touch totp sms mail link codes idp idp2';

/**
 * The level of every two factors together, and of each alone. NIST SP 800-63B-4: 2.2.1 (level 2: two different kinds, or one
 * that is two), 2.3.1 (level 3: a key that cannot leave its device and knows its user), 3.1.3.1 (e-mail is none). Whoever
 * verified no one and is joined by a password would be level 3 by the letter; here it is 2.
 */
const LEVELS = casesOf(`
         | pwd | key | synced | touch | totp | sms | mail | link | codes | idp | idp2
  pwd    | 1   | 3   | 2      | 2     | 2    | 2   | 1    | 1    | 2     | 1   | 2
  key    | 3   | 3   | 3      | 3     | 3    | 3   | 3    | 3    | 3     | 3   | 3
  synced | 2   | 3   | 2      | 2     | 2    | 2   | 2    | 2    | 2     | 2   | 2
  touch  | 2   | 3   | 2      | 1     | 1    | 1   | 1    | 1    | 1     | 2   | 2
  totp   | 2   | 3   | 2      | 1     | 1    | 1   | 1    | 1    | 1     | 2   | 2
  sms    | 2   | 3   | 2      | 1     | 1    | 1   | 1    | 1    | 1     | 2   | 2
  mail   | 1   | 3   | 2      | 1     | 1    | 1   | 1    | 1    | 1     | 1   | 2
  link   | 1   | 3   | 2      | 1     | 1    | 1   | 1    | 1    | 1     | 1   | 2
  codes  | 2   | 3   | 2      | 1     | 1    | 1   | 1    | 1    | 1     | 2   | 2
  idp    | 1   | 3   | 2      | 2     | 2    | 2   | 1    | 1    | 2     | 1   | 2
  idp2   | 2   | 3   | 2      | 2     | 2    | 2   | 2    | 2    | 2     | 2   | 2
`);

test('the table has every pair', () => expect(LEVELS).toHaveLength(KINDS.split(' ').length ** 2));

test.each(LEVELS)('%s and %s: level %s', (one, other, level) => {
  expect(aalOf(proofsOf(`${one} ${other}`))).toBe(Number(level));
  if (one === other) expect(aalOf(proofsOf(one))).toBe(Number(level));
});

test('nothing proves nothing', () => {
  expect(aalOf([])).toBe(0);
  expect(amrOf([])).toEqual([]);
  expect(authTimeOf([])).toBe(0);
});

test.each([
  ['a password and a mailbox', 'pwd mail', true],
  ['a mailbox and an authenticator', 'link totp', true],
  ['a password and another provider', 'pwd idp', true],
  ['two that one has', 'totp sms', false],
  ['code and link to one mailbox', 'mail link', false],
  ['a key that verified nobody', 'touch', false],
  ['a key that verified its user', 'synced', true],
])('%s: two factors %s', (_, proofs, expected) => expect(isMultiFactor(proofsOf(proofs))).toBe(expected));

test('a key of which it is not known whether it can be copied is taken for one that can', () => {
  const proof: Proof = { factor: 'passkey', at: 1, userVerified: true };
  expect(aalOf([proof])).toBe(2);
  expect(amrOf([proof])).toEqual(['user', 'swk', 'mfa']);
});

test.each([
  ['pwd', 'pwd'],
  ['pwd totp', 'pwd otp mfa'],
  ['totp pwd', 'otp pwd mfa'],
  ['pwd sms', 'pwd sms otp mfa'],
  ['pwd codes', 'pwd otp mfa'],
  ['pwd mail', 'pwd otp mfa'],
  ['link', 'otp'],
  ['totp sms', 'otp sms'],
  ['key', 'user hwk mfa'],
  ['synced', 'user swk mfa'],
  ['touch', 'user hwk'],
  ['pwd touch', 'pwd user hwk mfa'],
  ['pwd key', 'pwd user hwk mfa'],
  ['idp', ''],
  ['idp totp', 'otp mfa'],
  ['idp2', 'hwk mfa'],
])('%s: amr %s (RFC 8176)', (proofs, amr) => expect(amrOf(proofsOf(proofs)).join(' ')).toBe(amr));

test.each<[Aal, string | undefined]>([
  [0, undefined],
  [1, 'low'],
  [2, 'high'],
  [3, 'top'],
])('level %i is called %s', (aal, acr) => expect(acrOf(LADDER, aal)).toBe(acr));

test('a ladder may have gaps, and two names for one level', () => {
  const ladder = [
    { acr: 'a', aal: 1 },
    { acr: 'b', aal: 1 },
    { acr: 'c', aal: 3 },
  ] as const;
  expect(acrOf(ladder, 2)).toBe('b');
  expect(acrOf(ladder.slice(2), 2)).toBeUndefined();
});

test('auth_time is that of the newest proof', () => {
  expect(authTimeOf(proofsOf('pwd@1h totp@5m'))).toBe(authTimeOf(proofsOf('totp@5m')));
});

describe('any proofs', () => {
  const proof: fc.Arbitrary<Proof> = fc.record(
    {
      factor: fc.constantFrom(...FACTORS),
      at: fc.nat(),
      userVerified: fc.boolean(),
      backupEligible: fc.boolean(),
    },
    { requiredKeys: ['factor', 'at'] },
  );
  const some = fc.array(proof, { maxLength: 6 });

  test('one more never lowers the level, and their order does not matter', () => {
    fc.assert(
      fc.property(some, proof, (proofs, more) => {
        expect(aalOf([...proofs, more])).toBeGreaterThanOrEqual(aalOf(proofs));
        expect(aalOf(proofs.toReversed())).toBe(aalOf(proofs));
      }),
    );
  });

  test('mfa is told where two factors are proven, and nowhere else; nothing is told twice', () => {
    fc.assert(
      fc.property(some, (proofs) => {
        const amr = amrOf(proofs);
        expect(new Set(amr).size).toBe(amr.length);
        expect(amr.includes('mfa')).toBe(isMultiFactor(proofs));
        if (aalOf(proofs) >= 2) expect(amr).toContain('mfa');
      }),
    );
  });
});
