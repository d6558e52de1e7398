import type { Messages } from '../core/messages.ts';
import type { Data } from '../outbox/sealed-data.ts';
import type { Stored } from '../store/records.ts';
import type { MailTemplate } from '../tenants/settings/mail-templates.ts';
import { brandOf, type Tenant } from '../tenants/tenant.ts';
import { contentOf, localeFor, named } from './content.ts';
import { htmlOf, textOf } from './layout.ts';
import { escapeHtml, fill } from './placeholders.ts';
import type { Message } from './record.ts';
import { formatted, valuesOf } from './values.ts';

/** A mail as its reader sees it. */
export type Composed = { locale: string; subject: string; text: string; html: string };

/** Puts a mail into words: those of the tenant for this template and language, part by part, else ours. */
export function composeMail(tenant: Tenant, message: Stored<Message>, data: Data, messages: Messages): Composed {
  const template = message.template as MailTemplate;
  const locale = localeFor(tenant, message.locale, messages);
  const t = messages.in(locale);
  const values = valuesOf(data);
  const content = contentOf(template, values, brandOf(tenant), t);
  const own = tenant.settings.mail.templates[template]?.[locale] ?? {};
  const texts = formatted(named(values, brandOf(tenant), t), locale);
  const subject = own.subject === undefined ? content.subject : fill(own.subject, texts);
  return {
    locale,
    subject: subject.replace(/\s+/g, ' ').trim(),
    text: own.text === undefined ? textOf(content) : fill(own.text, texts),
    html: own.html === undefined ? htmlOf(tenant, locale, content) : fill(own.html, texts, escapeHtml),
  };
}

/** A text message; the last line of one with a code is for the device that fills it in only at that host (origin-bound codes). */
export function composeSms(
  tenant: Tenant,
  { locale, template }: Stored<Message>,
  data: Data,
  messages: Messages,
): string {
  const { code = '', host = new URL(tenant.issuer).hostname } = data;
  const t = messages.in(localeFor(tenant, locale, messages));
  if (template === 'sign_in_request')
    return `${t('sms.sign_in_request', { ...valuesOf(data), brand: brandOf(tenant) })}\n\n${data.link}`;
  return `${t('sms.code', { code, brand: brandOf(tenant) })}\n\n@${host} #${code}`;
}
