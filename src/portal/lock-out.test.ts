import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FACTORS, type FactorName } from '../factors/proof.ts';
import { isMultiFactor } from '../journey/assurance.ts';
import { FIRST_FACTORS, MFA, SECOND_FACTORS } from '../tenants/settings/authentication.ts';
import { lockOut } from './lock-out.ts';

const FIRST = ['password', 'passkey', 'upstream'] as const;
const SECOND = ['passkey', 'totp', 'sms_code', 'email_code', 'recovery_code'] as const;
const policy = (mfa: (typeof MFA)[number], first: readonly string[] = FIRST, second: readonly string[] = SECOND) => ({
  mfa,
  firstFactors: FIRST_FACTORS.filter((factor) => first.includes(factor)),
  secondFactors: SECOND_FACTORS.filter((factor) => second.includes(factor)),
});

describe('what may be removed', () => {
  test.each<[string, FactorName[], FactorName, ReturnType<typeof policy>, ReturnType<typeof lockOut>]>([
    ['one of two first factors', ['password', 'passkey'], 'passkey', policy('optional'), undefined],
    ['the only first factor', ['passkey'], 'passkey', policy('optional'), 'last_first'],
    ['the only one beside a second factor', ['passkey', 'totp'], 'passkey', policy('off'), 'last_first'],
    ['the only one that is allowed', ['password', 'upstream'], 'upstream', policy('off', ['upstream']), 'last_first'],
    ['one that is allowed no more', ['password', 'upstream'], 'upstream', policy('off', ['password']), undefined],
    [
      'a link, where a code by mail is enough',
      ['upstream', 'email_code'],
      'upstream',
      policy('off', ['upstream', 'email_code']),
      undefined,
    ],
    ['the second factor, where none is needed', ['password', 'totp'], 'totp', policy('optional'), undefined],
    ['the second factor, where one is needed', ['password', 'totp'], 'totp', policy('required'), 'last_second'],
    ['one of two second factors', ['password', 'totp', 'sms_code'], 'totp', policy('required'), undefined],
    [
      'the one that recovery codes stand in for',
      ['password', 'totp', 'recovery_code'],
      'totp',
      policy('required'),
      'last_second',
    ],
    ['an app beside a passkey', ['password', 'passkey', 'totp'], 'totp', policy('required'), undefined],
    ['a passkey beside an app', ['password', 'passkey', 'totp'], 'passkey', policy('required'), undefined],
    ['a second factor that is not allowed', ['password', 'totp'], 'totp', policy('required', FIRST, []), undefined],
    ['a link of who has no second factor yet', ['password', 'upstream'], 'upstream', policy('required'), undefined],
  ])('%s', (_, before, removed, by, reason) => {
    expect(
      lockOut(
        before,
        before.filter((factor) => factor !== removed),
        by,
      ),
    ).toBe(reason);
  });

  test('whoever could sign in still can', () => {
    const best = (factor: FactorName) => ({ factor, at: 0, userVerified: true });
    const canSignIn = (factors: readonly FactorName[], by: ReturnType<typeof policy>) => {
      const first = by.firstFactors.filter((factor) => factors.includes(factor));
      if (by.mfa !== 'required') return first.length > 0;
      const second = by.secondFactors.filter((factor) => factors.includes(factor) && factor !== 'recovery_code');
      return first.some((one) => [one, ...second].some((two) => isMultiFactor([best(one), best(two)])));
    };
    fc.assert(
      fc.property(
        fc.subarray([...FACTORS]),
        fc.infiniteStream(fc.nat()),
        fc.constantFrom(...MFA),
        fc.subarray([...FIRST_FACTORS]),
        fc.subarray([...SECOND_FACTORS]),
        (factors, choices, mfa, first, second) => {
          const by = policy(mfa, first, second);
          // One after the other is removed, as long as it may be.
          let left: FactorName[] = factors;
          for (const choice of choices.take(20)) {
            const after = left.filter((_, i) => i !== choice % Math.max(1, left.length));
            if (lockOut(left, after, by) === undefined) left = after;
          }
          expect(canSignIn(left, by)).toBe(canSignIn(factors, by));
        },
      ),
    );
  });
});
