import type { FactorName } from '../factors/proof.ts';
import type { Policy } from '../journey/policy.ts';
import { hasSecond } from './lock-out.ts';
import type { Addable } from './offers.ts';

export type Advice = 'verify_email' | 'add_second' | 'make_codes' | 'few_codes' | 'add_passkey' | 'add_way';

export type Holding = {
  policy: Policy;
  factors: readonly FactorName[];
  emailVerified: boolean;
  codesLeft: number;
  /** How many passkeys. */
  passkeys: number;
  mayAdd(factor: Addable): boolean;
};

const FEW = 3;

/** What an account lacks, the most urgent first. Pure. */
export function checkUp({ policy, factors, emailVerified, codesLeft, passkeys, mayAdd }: Holding): Advice[] {
  const canAddSecond = mayAdd('passkey') || mayAdd('totp') || mayAdd('sms_code');
  const lacksSecond = policy.mfa !== 'off' && canAddSecond && !hasSecond(factors, policy);
  const byApp = factors.includes('totp') || factors.includes('sms_code');
  const ways = policy.firstFactors.filter((factor) => factors.includes(factor));
  const advice: [Advice, boolean][] = [
    ['verify_email', !emailVerified],
    ['add_second', lacksSecond],
    ['make_codes', byApp && mayAdd('recovery_code') && codesLeft === 0],
    ['few_codes', mayAdd('recovery_code') && codesLeft > 0 && codesLeft <= FEW],
    // A device is lost sooner than a password is forgotten.
    ['add_way', ways.join() === 'passkey' && passkeys === 1 && mayAdd('passkey')],
    ['add_passkey', passkeys === 0 && mayAdd('passkey') && !lacksSecond],
  ];
  return advice.filter(([, isDue]) => isDue).map(([name]) => name);
}
