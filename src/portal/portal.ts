import type Router from '@koa/router';
import type { Accounts } from '../accounts/accounts.ts';
import type { EmailChange } from '../accounts/change/email-change.ts';
import type { Audit } from '../audit/audit.ts';
import type { Clients } from '../clients/clients.ts';
import type { Clock } from '../core/clock.ts';
import type { Codes } from '../factors/code/codes.ts';
import type { Passkeys } from '../factors/passkey/passkeys.ts';
import type { Passwords } from '../factors/password/passwords.ts';
import type { Phones } from '../factors/phone/phones.ts';
import type { RecoveryCodes } from '../factors/recovery-codes/recovery-codes.ts';
import type { Totp } from '../factors/totp/totp.ts';
import { createTrips } from '../factors/upstream/trips.ts';
import type { Upstreams } from '../factors/upstream/upstreams.ts';
import type { Pages } from '../http/page.ts';
import type { FindPerson } from '../journey/person.ts';
import type { Mail } from '../mail/mail.ts';
import type { Grants } from '../privacy/grants.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { TrustedDevices } from '../sessions/trusted-devices.ts';
import { createKept } from './kept.ts';
import { createRemoval } from './removal.ts';
import { createRouter } from './router.ts';
import { appsSection } from './sections/apps.ts';
import { authenticatorsSection } from './sections/authenticators.ts';
import { deactivateSection } from './sections/deactivate.ts';
import { devicesSection } from './sections/devices.ts';
import { emailSection } from './sections/email.ts';
import { linksSection } from './sections/links.ts';
import { overviewSection } from './sections/overview.ts';
import { passkeysSection } from './sections/passkeys.ts';
import { passwordSection } from './sections/password.ts';
import { phonesSection } from './sections/phones.ts';
import { recoveryCodesSection } from './sections/recovery-codes.ts';
import { requestsSection } from './sections/requests.ts';
import { sessionsSection } from './sections/sessions.ts';
import type { PortalState } from './visit.ts';
import { createFindVisit } from './visits.ts';

export type PortalDeps = {
  clock: Clock;
  audit: Audit;
  pages: Pages;
  findPerson: FindPerson;
  accounts: Accounts;
  clients: Pick<Clients, 'get'>;
  mail: Mail;
  passwords: Passwords;
  passkeys: Passkeys;
  totp: Totp;
  phones: Phones;
  recoveryCodes: RecoveryCodes;
  codes: Codes;
  emailChange: EmailChange;
  upstreams: Upstreams;
  sessions: Sessions;
  grants: Grants;
  trustedDevices: TrustedDevices;
};

/** The user's own pages of a tenant, at `<issuer>/account`. */
export function createPortal(deps: PortalDeps): Router<PortalState> {
  const kept = createKept(createRemoval(deps));
  const trips = createTrips(deps.upstreams);
  return createRouter({
    ...deps,
    findVisit: createFindVisit(deps),
    sections: [
      overviewSection(deps),
      passwordSection(deps),
      passkeysSection({ ...deps, kept }),
      authenticatorsSection({ ...deps, kept }),
      phonesSection({ ...deps, kept }),
      recoveryCodesSection(deps),
      linksSection({ ...deps, kept, trips }),
      emailSection(deps),
      requestsSection(deps),
      appsSection(deps),
      sessionsSection(deps),
      devicesSection(deps),
      deactivateSection(deps),
    ],
  });
}
