import type Router from '@koa/router';
import type { Accounts } from '../accounts/accounts.ts';
import type { AccountServices } from '../accounts/compose.ts';
import type { Audit } from '../audit/audit.ts';
import type { Clients } from '../clients/clients.ts';
import { homeOf } from '../clients/home.ts';
import type { Messages } from '../core/messages.ts';
import type { Codes } from '../factors/code/codes.ts';
import type { Passkeys } from '../factors/passkey/passkeys.ts';
import type { MigrateUser } from '../factors/password/migration.ts';
import type { Passwords } from '../factors/password/passwords.ts';
import type { Phones } from '../factors/phone/phones.ts';
import type { RecoveryCodes } from '../factors/recovery-codes/recovery-codes.ts';
import type { Totp } from '../factors/totp/totp.ts';
import type { Upstreams } from '../factors/upstream/upstreams.ts';
import type { Pages } from '../http/page.ts';
import type { Mail } from '../mail/mail.ts';
import type { Terms } from '../privacy/terms.ts';
import type { Attacks } from '../risk/attacks.ts';
import type { Challenges } from '../risk/challenges.ts';
import type { TrustedDevices } from '../sessions/trusted-devices.ts';
import { accountSteps } from './account-steps.ts';
import { createWorkGate } from './challenge.ts';
import { type ConductorDeps, createConductor } from './conductor.ts';
import { createNewPasskey } from './new-passkey.ts';
import { createNewSignInNotice } from './notices.ts';
import { createPasswordSignIn } from './password-sign-in.ts';
import { createProve } from './prove.ts';
import { createJudge, rememberSignIn } from './risk.ts';
import { createLogin } from './router.ts';
import type { AccountLabel } from './sign-in.ts';
import type { LoginState } from './state.ts';
import { accountStep } from './steps/account.ts';
import { cancelStep } from './steps/cancel.ts';
import { codesStep } from './steps/codes.ts';
import { createAskForCode } from './steps/codes-ask.ts';
import { secondCodes } from './steps/codes-second.ts';
import { createSendCode } from './steps/codes-send.ts';
import { consentStep } from './steps/consent.ts';
import { enrolStep } from './steps/enrol.ts';
import { enrolPasskey } from './steps/enrol-passkey.ts';
import { enrolPhone } from './steps/enrol-phone.ts';
import { enrolTotp } from './steps/enrol-totp.ts';
import { identifyStep } from './steps/identify.ts';
import { linksStep } from './steps/links.ts';
import { nameStep } from './steps/name.ts';
import { passkeyStep } from './steps/passkey.ts';
import { passkeyOfferStep } from './steps/passkey-offer.ts';
import { recoveryCodesStep } from './steps/recovery-codes.ts';
import { verifyStep } from './steps/verify.ts';
import { upstreamSignIn } from './upstream/upstream-sign-in.ts';

export type LoginDeps = Omit<ConductorDeps, 'judge' | 'onSignedIn'> &
  AccountServices & {
    pages: Pages;
    accounts: Accounts;
    clients: Pick<Clients, 'get'>;
    audit: Audit;
    passwords: Passwords;
    migrateUser: MigrateUser;
    passkeys: Passkeys;
    totp: Totp;
    codes: Codes;
    phones: Phones;
    recoveryCodes: RecoveryCodes;
    upstreams: Upstreams;
    trustedDevices: TrustedDevices;
    attacks: Attacks;
    challenges: Challenges;
    terms: Terms;
    mail: Mail;
    messages: Messages;
  };

/** The hosted steps of a sign-in, wired together. */
export function createHostedLogin(deps: LoginDeps): Router<LoginState> {
  const accountLabel: AccountLabel = async (tenant, accountId) => {
    const user = await deps.accounts.active(tenant, accountId);
    return user && { name: user.claims.name ?? user.email, email: user.email };
  };
  const own = {
    ...deps,
    accountLabel,
    prove: createProve(deps),
    newPasskey: createNewPasskey({ ...deps, accountLabel }),
    work: createWorkGate(deps),
  };
  const noticeOfSignIn = createNewSignInNotice(deps);
  const sending = { ...deps, sendCode: createSendCode(deps) };
  const askForCode = createAskForCode(sending);
  const upstream = upstreamSignIn(own);
  const ofAccount = accountSteps(own);
  const identify = identifyStep({
    ...own,
    askForCode,
    signInWithPassword: createPasswordSignIn(deps),
    offers: { upstreams: upstream.offer, ...ofAccount.offers },
  });
  const login = createLogin({
    ...deps,
    conductor: createConductor({
      ...deps,
      judge: createJudge(deps),
      async onSignedIn(visit, accountId) {
        await noticeOfSignIn(visit, accountId);
        await rememberSignIn(visit, accountId, deps.clock());
        await upstream.onSignedIn(visit, accountId);
      },
    }),
    async clientHome(tenant, clientId) {
      const client = await deps.clients.get(tenant, clientId);
      return client && homeOf(tenant, client);
    },
    firstPage: identify.page,
    steps: [
      ...[identify, nameStep, codesStep({ ...own, askForCode, firstPage: identify.page })].map((step) =>
        upstream.homeRealm(step),
      ),
      ...upstream.steps(identify.page),
      passkeyStep(own),
      linksStep(own),
      verifyStep({ ...own, secondCodes: secondCodes(sending), firstPage: identify.page, lostPage: ofAccount.lostPage }),
      enrolStep({ ...own, ways: [enrolPasskey(own), enrolTotp(own), enrolPhone(own)] }),
      recoveryCodesStep(own),
      passkeyOfferStep(own),
      ...ofAccount.steps(identify.page).map((step) => upstream.homeRealm(step, 'email')),
      accountStep({ accountLabel }),
      consentStep({ accountLabel }),
      cancelStep,
    ],
  });
  for (const routes of upstream.routes) login.use(routes);
  return login;
}
