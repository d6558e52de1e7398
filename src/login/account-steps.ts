import type { Accounts } from '../accounts/accounts.ts';
import type { AccountServices } from '../accounts/compose.ts';
import type { Clock } from '../core/clock.ts';
import type { Codes } from '../factors/code/codes.ts';
import type { Passwords } from '../factors/password/passwords.ts';
import type { Pages } from '../http/page.ts';
import type { Terms } from '../privacy/terms.ts';
import type { Attacks } from '../risk/attacks.ts';
import { createSignUps } from '../risk/sign-ups.ts';
import type { WorkGate } from './challenge.ts';
import { createFromOf } from './from.ts';
import { offerForgot } from './offers/forgot.ts';
import { offerSignUp } from './offers/sign-up.ts';
import type { Prove } from './prove.ts';
import { createSignUpForm } from './sign-up-form.ts';
import { lostFactorStep } from './steps/lost-factor.ts';
import { profileStep } from './steps/profile.ts';
import { resetPasswordStep } from './steps/reset-password.ts';
import { signUpStep } from './steps/sign-up.ts';
import { signUpProof } from './steps/sign-up-proof.ts';
import { termsStep } from './steps/terms.ts';
import { verifyEmailStep } from './steps/verify-email.ts';
import { verifyPhoneStep } from './steps/verify-phone.ts';
import type { LoginStep, StepPage } from './visit.ts';

/** What a sign-in does with the account itself: makes it, asks what it owes, finds a way back into it. */
export function accountSteps(
  deps: Pick<AccountServices, 'registration' | 'recovery' | 'factorReset' | 'emailChange' | 'phoneChange'> & {
    clock: Clock;
    prove: Prove;
    pages: Pages;
    accounts: Accounts;
    passwords: Passwords;
    codes: Codes;
    terms: Terms;
    attacks: Attacks;
    work: WorkGate;
  },
) {
  const own = { ...deps, fromOf: createFromOf(deps), form: createSignUpForm(deps), countSignUp: createSignUps(deps) };
  const proof = signUpProof(own);
  const lost = lostFactorStep(own);
  return {
    offers: { forgot: offerForgot, 'sign-up': offerSignUp },
    /** Beside the second proof. */
    lostPage: lost.page,
    steps: (firstPage: StepPage): LoginStep[] => [
      signUpStep({ ...own, firstPage, proofPage: proof.page }),
      proof,
      verifyEmailStep(own),
      verifyPhoneStep(own),
      termsStep(own),
      profileStep(own),
      resetPasswordStep(own),
      lost,
    ],
  };
}
