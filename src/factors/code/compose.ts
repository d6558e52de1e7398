import { NOBODY, OVER } from '../../accounts/nobody.ts';
import type { Mail, Sms } from '../../mail/mail.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { type Channel, type Context, MINUTES } from './challenge.ts';
import type { Purpose } from './purposes.ts';

export type Message = {
  purpose: Purpose;
  channel: Channel;
  /** Absent: nobody is to get it. */
  to: string | undefined;
  accountId: string | undefined;
  locale: string | undefined;
  context: Context | undefined;
  code: string;
  /** URL. */
  link: string | undefined;
};

/** Nobody's number: its country code is not given out. */
const NOBODYS = { email: NOBODY, sms: '+999000000000' };

/**
 * Queues the message. One for nobody is queued too, over before it can be sent: so the work, and the time that it takes, are
 * the same whether there is an account or not.
 */
export function queueMessage(deps: { mail: Mail; sms: Sms }, tenant: Tenant, message: Message) {
  const { purpose, channel, to = NOBODYS[channel], accountId, locale, context, code, link } = message;
  const envelope = { to, accountId, locale };
  const data = { code, minutes: MINUTES, ...(message.to === undefined && OVER) };
  if (channel === 'sms') {
    const { host } = new URL(tenant.issuer);
    return deps.sms.send(tenant, { ...envelope, template: 'code', data: { ...data, host } });
  }
  if (purpose === 'verify_email')
    return deps.mail.send(tenant, { ...envelope, template: 'verify_email', data: { ...data, link } });
  if (purpose === 'email_change')
    return deps.mail.send(tenant, { ...envelope, template: 'email_change_verify', data: { ...data, link } });
  return link === undefined
    ? deps.mail.send(tenant, { ...envelope, template: 'sign_in_code', data: { ...data, ...context } })
    : deps.mail.send(tenant, { ...envelope, template: 'sign_in_link', data: { ...data, ...context, link } });
}
