import type { Accounts } from '../../accounts/accounts.ts';
import { addressee } from '../../accounts/addressee.ts';
import type { Clock } from '../../core/clock.ts';
import type { Passwords } from '../../factors/password/passwords.ts';
import type { FieldError } from '../../http/fields.ts';
import { passwordErrors, rulesFor } from '../../http/new-password.ts';
import type { Page } from '../../http/page.ts';
import type { Mail } from '../../mail/mail.ts';
import type { TrustedDevices } from '../../sessions/trusted-devices.ts';
import { mayAdd, refuseUnless } from '../offers.ts';
import type { PortalVisit, Section } from '../visit.ts';

const PATH = '/account/password';

/**
 * A new password. Who knows the one before is out everywhere: every session ends, this one too, and no device is trusted any
 * more.
 */
export function passwordSection(deps: {
  clock: Clock;
  accounts: Pick<Accounts, 'setPassword'>;
  passwords: Pick<Passwords, 'rulesOf'>;
  trustedDevices: Pick<TrustedDevices, 'forgetAll'>;
  mail: Mail;
}): Section {
  async function page(visit: PortalVisit, errors: FieldError[] = []): Promise<Page> {
    refuseUnless(mayAdd(visit, 'password'));
    const { tenant, user } = visit;
    const lead = user.passwordHash ? 'portal.password.lead' : 'portal.password.lead_none';
    return {
      view: 'portal/password',
      data: { title: 'portal.password.title', errors, lead, email: user.email, ...rulesFor(deps.passwords, tenant) },
    };
  }

  return {
    path: PATH,
    isSensitive: true,
    pages: { '': (visit) => page(visit) },
    forms: {
      async ''(visit, form) {
        refuseUnless(mayAdd(visit, 'password'));
        const { tenant, user } = visit;
        const password = form.get('password');
        if (!password) return { page: await page(visit, [{ field: 'password', message: 'portal.password.missing' }]) };
        try {
          await deps.accounts.setPassword(tenant, user.id, { password });
        } catch (error) {
          return { page: await page(visit, passwordErrors(error, rulesFor(deps.passwords, tenant))) };
        }
        await deps.trustedDevices.forgetAll(tenant, user.id);
        await deps.mail.send(tenant, {
          template: 'password_changed',
          ...addressee(user),
          data: { time: deps.clock() },
        });
        return { page: { view: 'portal/password-changed' } };
      },
    },
  };
}
