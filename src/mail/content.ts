import type { Messages, Translate } from '../core/messages.ts';
import { MAIL_TEMPLATES, type MailTemplate } from '../tenants/settings/mail-templates.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { isLink, type Values } from './values.ts';

/** What a mail says, before it has a shape. */
export type Content = {
  subject: string;
  lead: string;
  code: string | undefined;
  actions: { label: string; href: string }[];
  details: { label: string; value: string }[];
  note: string;
  footer: string;
};

/** Values that stand below, each with its label, wherever they are known. */
const DETAILS = ['client', 'message', 'time', 'device', 'place'] as const;
const FACTORS = ['password', 'passkey', 'totp', 'email_code', 'email_link', 'sms_code', 'recovery_code', 'upstream'];

/** The texts of the catalogue for a template: `mail.<template>.subject`, `.lead`, `.action`, `.second_action`, `.note`. */
export function contentOf(template: MailTemplate, given: Values, brand: string, t: Translate): Content {
  const values = named(given, brand, t);
  const say = (part: string) => t(`mail.${template}.${part}`, values);
  const { needs, may } = MAIL_TEMPLATES[template];
  const links = [...needs, ...may].filter((name) => isLink(name) && values[name] !== undefined);
  return {
    subject: say('subject'),
    lead: say('lead'),
    code: values.code === undefined ? undefined : String(values.code),
    actions: links.map((name, i) => ({ label: say(i === 0 ? 'action' : 'second_action'), href: String(values[name]) })),
    details: DETAILS.flatMap((name) => {
      const value = values[name];
      if (value === undefined) return [];
      return [
        { label: t(`mail.label.${name}`), value: value instanceof Date ? t('mail.time', { value }) : String(value) },
      ];
    }),
    note: say('note'),
    footer: t('mail.footer', values),
  };
}

/** With the brand, and factors by the names that people know. */
export function named(values: Values, brand: string, t: Translate): Values {
  const { factor } = values;
  const known = typeof factor === 'string' && FACTORS.includes(factor);
  return { ...values, brand, ...(known && { factor: t(`factor.${factor}`) }) };
}

/** A language that there are texts in: the one asked for, where the tenant has it, else the tenant's own. */
export function localeFor({ settings }: Tenant, wanted: string | undefined, { locales }: Messages): string {
  const { supported, default: fallback } = settings.locales;
  const isOffered = (locale: string | undefined) =>
    locale !== undefined && locales.includes(locale) && (supported as readonly string[]).includes(locale);
  // RFC 4647 3.4, short: `de-AT` is served by `de`.
  return [wanted, wanted?.split('-', 1)[0], fallback, ...supported].find(isOffered) ?? 'en';
}
