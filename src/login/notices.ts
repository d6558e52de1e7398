import type { Accounts } from '../accounts/accounts.ts';
import { pageUrl } from '../accounts/pages.ts';
import type { Recovery } from '../accounts/recovery.ts';
import type { Clock } from '../core/clock.ts';
import type { Messages } from '../core/messages.ts';
import { localeFor } from '../mail/content.ts';
import type { Mail } from '../mail/mail.ts';
import { deviceName } from '../sessions/device-name.ts';
import { originOf } from './origin.ts';
import type { Visit } from './visit.ts';

/**
 * Tells the owner of a sign-in on a device that the account was never used on, with a link to say that it was somebody else.
 * Nothing is told of an account's first sign-in. Error `unavailable`.
 */
export function createNewSignInNotice(deps: {
  clock: Clock;
  accounts: Pick<Accounts, 'get'>;
  recovery: Pick<Recovery, 'notMeToken'>;
  mail: Mail;
  messages: Messages;
}) {
  return async ({ ctx, tenant, journey }: Visit, accountId: string): Promise<void> => {
    if (!tenant.settings.risk.notify_new_sign_in || !journey.risk?.signals.newDevice) return;
    const user = await deps.accounts.get(tenant, accountId);
    if (!user) return;
    const { requestId } = ctx.state;
    const { country, userAgent } = originOf(ctx);
    const locale = localeFor(tenant, user.claims.locale, deps.messages);
    const { browser, system } = deviceName(userAgent);
    const isNamed = browser !== undefined && system !== undefined;
    const device = isNamed ? deps.messages.in(locale)('device.name', { browser, system }) : (browser ?? system);
    await deps.mail.send(tenant, {
      template: 'new_sign_in',
      to: user.email,
      locale,
      accountId,
      data: {
        time: deps.clock(),
        device,
        place: country && new Intl.DisplayNames(locale, { type: 'region' }).of(country),
        notMeLink: pageUrl(tenant, 'not_me', await deps.recovery.notMeToken(tenant, accountId, requestId)),
      },
    });
  };
}
