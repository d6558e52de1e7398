import type Router from '@koa/router';
import type { AccountServices } from '../../accounts/compose.ts';
import { isOpen } from '../../accounts/registration/input.ts';
import type { Audit } from '../../audit/audit.ts';
import type { Clock } from '../../core/clock.ts';
import type { Codes } from '../../factors/code/codes.ts';
import type { Passwords } from '../../factors/password/passwords.ts';
import type { Pages } from '../../http/page.ts';
import { accountSignIn } from '../../oidc/account-client.ts';
import type { Challenges } from '../../risk/challenges.ts';
import { createWorkGate } from '../challenge.ts';
import { createFromOf } from '../from.ts';
import { createSignUpForm } from '../sign-up-form.ts';
import type { LoginState } from '../state.ts';
import { forgotPages } from './forgot.ts';
import { invitationPage } from './invitation.ts';
import { mailedLinks } from './mailed-links.ts';
import { newPasswordPages } from './new-password.ts';
import { createStandalonePages, type Standalone } from './standalone.ts';
import { verifyEmailPage } from './verify-email.ts';

/** Where mails lead (`accounts/pages.ts`): pages that need no sign-in under way. */
export function createMailedPages(
  deps: Pick<AccountServices, 'recovery' | 'factorReset' | 'emailChange' | 'invitations'> & {
    clock: Clock;
    audit: Audit;
    pages: Pages;
    codes: Codes;
    passwords: Passwords;
    challenges: Challenges;
  },
): Router<LoginState> {
  const own = { ...deps, fromOf: createFromOf(deps), form: createSignUpForm(deps), work: createWorkGate(deps) };
  return createStandalonePages({ ...deps, clientHome: async () => undefined }, [
    signUpPage,
    ...forgotPages(own),
    ...newPasswordPages(own),
    ...mailedLinks(own),
    verifyEmailPage(own),
    invitationPage(own),
  ]);
}

/** A sign-up that no application asked for ends at the user's own pages. */
const signUpPage: Standalone = {
  path: '/sign-up',
  show: async ({ state: { tenant } }) => accountSignIn(tenant, isOpen(tenant) ? { prompt: 'create' } : {}),
};
