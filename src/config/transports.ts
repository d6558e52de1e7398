import { z } from 'zod';
import { isLoopback } from '../core/loopback.ts';

export type SmtpServer = {
  host: string;
  port: number;
  /** `none`: in plain. With the others its certificate is checked. */
  tls: 'implicit' | 'starttls' | 'none';
  user?: string | undefined;
  password?: string | undefined;
};
export type MailTarget = { kind: 'console' } | { kind: 'file'; folder: string } | ({ kind: 'smtp' } & SmtpServer);

export type SmsSender =
  | { provider: 'webhook'; url: string; secret: string }
  | { provider: 'twilio'; url: string; account_sid: string; auth_token: string; from: string };
export type SmsTarget =
  | { kind: 'console' }
  | { kind: 'file'; folder: string }
  | { kind: 'webhook'; url: string }
  | ({ kind: 'twilio' } & Omit<Extract<SmsSender, { provider: 'twilio' }>, 'provider'>);

/** Where the installation's mail goes. */
export const mailTarget = parsed<MailTarget>(
  (value) => local(value) ?? smtp(URL.parse(value)),
  'must be smtp://user:password@host:587, smtps://…, file:FOLDER or console:',
);

/** Where its text messages go. */
export const smsTarget = parsed<SmsTarget>(
  (value) => local(value) ?? sms(URL.parse(value)),
  'must be https://… (a signed webhook), twilio://SID:TOKEN@api.twilio.com?from=+1…, file:FOLDER or console:',
);

function parsed<T>(parse: (value: string) => T | undefined, message: string) {
  return z.string().transform((value, ctx): T => {
    const target = parse(value);
    if (target !== undefined) return target;
    ctx.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

function local(value: string): { kind: 'console' } | { kind: 'file'; folder: string } | undefined {
  if (value === 'console:') return { kind: 'console' };
  const folder = /^file:(?:\/\/)?(.+)$/s.exec(value)?.[1];
  return folder === undefined ? undefined : { kind: 'file', folder };
}

function smtp(url: URL | null): MailTarget | undefined {
  if (!url || !/^smtps?:$/.test(url.protocol) || !url.hostname || !/^\/?$/.test(url.pathname) || url.hash)
    return undefined;
  const implicit = url.protocol === 'smtps:';
  const wanted = url.search === '' ? undefined : /^\?tls=(starttls|none)$/.exec(url.search)?.[1];
  if (url.search !== '' && (implicit || !wanted)) return undefined;
  if (Boolean(url.username) !== Boolean(url.password)) return undefined;
  const own = isLoopback(url.hostname) ? 'none' : 'starttls';
  return {
    kind: 'smtp',
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || (implicit ? 465 : 587)),
    tls: implicit ? 'implicit' : ((wanted as 'starttls' | 'none' | undefined) ?? own),
    ...(url.username && { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) }),
  };
}

function sms(url: URL | null): SmsTarget | undefined {
  if (!url) return undefined;
  if (/^https?:$/.test(url.protocol)) return url.username ? undefined : { kind: 'webhook', url: url.href };
  const from = url.searchParams.get('from');
  if (url.protocol !== 'twilio:' || !url.hostname || !url.username || !url.password || !from) return undefined;
  return {
    kind: 'twilio',
    url: `https://${url.host}`,
    account_sid: decodeURIComponent(url.username),
    auth_token: decodeURIComponent(url.password),
    // "+" of a phone number, where it was not written as %2B.
    from: from.replace(/^ /, '+'),
  };
}
