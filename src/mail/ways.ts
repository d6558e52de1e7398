import { promisify } from 'node:util';
import type { MailTarget, SmsSender, SmsTarget, SmtpServer } from '../config/transports.ts';
import type { Clock } from '../core/clock.ts';
import { createGuardedFetch } from '../core/guarded-fetch.ts';
import { guardedLookup, type Lookup } from '../core/guarded-lookup.ts';
import type { Networks } from '../core/networks.ts';
import { blocked, type Outcome, refused, SENT } from '../outbox/outcome.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { Email, TextMessage } from './email.ts';
import { mailToConsole, mailToFile, smsToConsole, smsToFile } from './transports/local.ts';
import { sendSms } from './transports/sms.ts';
import { sendBySmtp } from './transports/smtp.ts';

/** Milliseconds that an SMS service may take: one that is cut off may have sent it. */
const SMS_TIMEOUT = 15_000;

export type WaysDeps = {
  mailTarget: MailTarget | undefined;
  smsTarget: SmsTarget | undefined;
  smsSecret: string | undefined;
  /** Whether the inbox has each message; else one that no way is open to is lost, which is an error. */
  isKept: boolean;
  /** Networks that hosts of tenants may be in, other than the public one. */
  allowed: Networks;
  clock: Clock;
  lookup?: Lookup;
};

export type Ways = {
  mail(tenant: Tenant, email: Email, signal: AbortSignal): Promise<Outcome>;
  sms(tenant: Tenant, message: TextMessage): Promise<Outcome>;
};

/** By which way a message leaves: the tenant's own, else the installation's. */
export function createWays(deps: WaysDeps): Ways {
  const { mailTarget, smsTarget, smsSecret, isKept, allowed, clock } = deps;
  const fetch = createGuardedFetch(allowed, deps.lookup, SMS_TIMEOUT);
  const resolve = promisify<string, object, string>(guardedLookup(allowed, deps.lookup) as never);
  const none = (what: string, setting: string): Outcome =>
    isKept ? SENT : refused(`no way to send ${what}: set ${setting}, or the tenant's own`);

  /** A host that the tenant chose: looked up once, checked, and connected to at that very address. */
  async function byTenant(server: SmtpServer, email: Email, signal: AbortSignal): Promise<Outcome> {
    let address: string;
    try {
      address = await resolve(server.host, {});
    } catch (error) {
      return blocked((error as Error).message);
    }
    if (server.tls === 'none' && !allowed(address))
      return blocked('mail in plain is for networks of GATEHOUSE_OUTBOUND_ALLOW only');
    return sendBySmtp(server, email, { signal, address });
  }

  return {
    async mail(tenant, email, signal) {
      const own = tenant.settings.mail.smtp;
      if (own) return byTenant({ ...own, password: own.password && tenant.openSecret(own.password) }, email, signal);
      if (!mailTarget) return none('mail', 'GATEHOUSE_SMTP_URL');
      if (mailTarget.kind === 'smtp') return sendBySmtp(mailTarget, email, { signal });
      return mailTarget.kind === 'file' ? mailToFile(mailTarget.folder, email) : mailToConsole(email);
    },

    async sms(tenant, message) {
      const own = tenant.settings.sms.sender;
      if (own) return sendSms(opened(tenant, own), message, { fetch, clock });
      if (!smsTarget) return none('text messages', 'GATEHOUSE_SMS_URL');
      if (smsTarget.kind === 'file') return smsToFile(smsTarget.folder, message);
      if (smsTarget.kind === 'console') return smsToConsole(message);
      const sender: SmsSender =
        smsTarget.kind === 'webhook'
          ? { provider: 'webhook', url: smsTarget.url, secret: smsSecret ?? '' }
          : { ...smsTarget, provider: 'twilio' };
      return sendSms(sender, message, { fetch, clock });
    },
  };
}

const opened = (tenant: Tenant, sender: SmsSender): SmsSender =>
  sender.provider === 'webhook'
    ? { ...sender, secret: tenant.openSecret(sender.secret) }
    : { ...sender, auth_token: tenant.openSecret(sender.auth_token) };
