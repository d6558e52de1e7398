import { expect, test } from '@jest/globals';
import type { FactorName } from '../factors/proof.ts';
import { type Advice, checkUp, type Holding } from './check-up.ts';
import type { Addable } from './offers.ts';

const holding = (
  factors: FactorName[],
  {
    mfa = 'optional',
    cannotAdd = [],
    ...more
  }: Partial<Holding> & { mfa?: Holding['policy']['mfa']; cannotAdd?: Addable[] },
): Holding => ({
  policy: {
    mfa,
    firstFactors: ['password', 'passkey', 'upstream'],
    secondFactors: ['passkey', 'totp', 'recovery_code'],
    enrolmentGraceDays: 0,
    trustedDeviceDays: 30,
  },
  factors,
  emailVerified: true,
  codesLeft: 10,
  passkeys: factors.includes('passkey') ? 1 : 0,
  mayAdd: (factor) => !cannotAdd.includes(factor),
  ...more,
});

test.each<[string, Holding, Advice[]]>([
  ['a password', holding(['password'], {}), ['add_second']],
  ['a password, where one factor is enough', holding(['password'], { mfa: 'off' }), ['add_passkey']],
  ['a password, where nothing can be added', holding(['password'], { cannotAdd: ['passkey', 'totp', 'sms_code'] }), []],
  ['an app', holding(['password', 'totp'], {}), ['add_passkey']],
  ['an app without codes', holding(['password', 'totp'], { codesLeft: 0 }), ['make_codes', 'add_passkey']],
  ['few codes', holding(['password', 'passkey', 'totp'], { codesLeft: 3 }), ['few_codes']],
  ['a passkey beside a password', holding(['password', 'passkey'], {}), []],
  ['one passkey alone', holding(['passkey'], {}), ['add_way']],
  ['two passkeys', holding(['passkey'], { passkeys: 2 }), []],
  ['an address that is not proven', holding(['password', 'passkey'], { emailVerified: false }), ['verify_email']],
])('%s', (_, given, advice) => expect(checkUp(given)).toEqual(advice));
