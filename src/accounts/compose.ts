import type { Audit } from '../audit/audit.ts';
import type { Clock } from '../core/clock.ts';
import type { Mail } from '../mail/mail.ts';
import type { Accounts } from './accounts.ts';
import { createEmailChange } from './change/email-change.ts';
import { createPhoneChange } from './change/phone-change.ts';
import { createFactorReset } from './factor-reset.ts';
import { createOrganizations } from './organizations/organizations.ts';
import type { Codes, ForgetHistory, ForgiveGuesses, LinkTokens, RemoveFactors } from './ports.ts';
import { createRecovery } from './recovery.ts';
import { createApprovals } from './registration/approvals.ts';
import type { SignUpRules } from './registration/input.ts';
import { createInvitations } from './registration/invitations.ts';
import type { AcceptTerms } from './registration/maker.ts';
import { createRegistration } from './registration/registration.ts';

/** How accounts come to be, change hands of an address, and are got back: wired to what they need of the factors. */
export function createAccountServices(
  deps: SignUpRules & {
    clock: Clock;
    audit: Audit;
    accounts: Accounts;
    mail: Mail;
    codes: Codes;
    links: LinkTokens;
    removeFactors: RemoveFactors;
    forgiveGuesses: ForgiveGuesses;
    forgetHistory: ForgetHistory;
    acceptTerms: AcceptTerms;
  },
) {
  const organizations = createOrganizations(deps);
  const recovery = createRecovery(deps);
  return {
    organizations,
    recovery,
    registration: createRegistration(deps),
    approvals: createApprovals(deps),
    invitations: createInvitations({ ...deps, checkOrganizations: organizations.checkMemberships }),
    emailChange: createEmailChange({ ...deps, recovery }),
    phoneChange: createPhoneChange(deps),
    factorReset: createFactorReset({ ...deps, recovery }),
  };
}

export type AccountServices = ReturnType<typeof createAccountServices>;
