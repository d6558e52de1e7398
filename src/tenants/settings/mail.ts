import { domainToASCII } from 'node:url';
import { z } from 'zod';
import { isMailbox } from '../../core/mailbox.ts';
import { hasHidden } from '../../core/text.ts';
import { secret } from '../sealed-settings.ts';
import { MAIL_TEMPLATES, type MailTemplate } from './mail-templates.ts';
import { shownName } from './shown-name.ts';

const address = z.string().refine(isMailbox, 'must be a bare e-mail address, e.g. no-reply@example.com');

const host = z
  .string()
  .max(253)
  .refine((value) => /^[^\s/@:[\]]+$/.test(value) && domainToASCII(value) !== '', 'must be a host name');

const smtp = z.strictObject({
  host,
  port: z.number().int().min(1).max(65_535).default(587),
  tls: z
    .enum(['starttls', 'implicit', 'none'])
    .default('starttls')
    .describe('its certificate is checked; none only in networks of GATEHOUSE_OUTBOUND_ALLOW'),
  user: z.string().min(1).max(254).optional(),
  password: secret().describe('a secret').optional(),
});

const text = (max: number) => z.string().trim().min(1).max(max);
const override = z.strictObject({
  subject: text(200)
    .refine((value) => !hasHidden(value), 'must be one line')
    .optional(),
  text: text(20_000).optional(),
  html: text(100_000).optional(),
});

/** What a template of a tenant may show: the values of the message, and the brand. */
const placeholdersOf = (template: MailTemplate): string[] => [
  ...MAIL_TEMPLATES[template].needs,
  ...MAIL_TEMPLATES[template].may,
  'brand',
];

/** The first opening of double braces that no known placeholder follows. */
const strayIn = (text: string, allowed: string[]): string | undefined => {
  const openings = [...text.matchAll(/\{\{(?:\s*(\w+)\s*\}\})?/g)];
  const stray = openings.find(([, name]) => name === undefined || !allowed.includes(name));
  return stray && text.slice(stray.index, stray.index + 40);
};

const names = Object.keys(MAIL_TEMPLATES) as [MailTemplate, ...MailTemplate[]];
const locale = z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'must be a language tag, e.g. en or pt-BR');

const templates = z
  .partialRecord(z.enum(names), z.record(locale, override))
  .superRefine((given, ctx) => {
    for (const template of names) {
      const allowed = placeholdersOf(template);
      for (const [language, parts] of Object.entries(given[template] ?? {})) {
        for (const [part, value] of Object.entries(parts)) {
          const stray = strayIn(value, allowed);
          const message = `has no placeholder at "${stray}": known are ${allowed.map((name) => `{{${name}}}`).join(', ')}`;
          if (stray !== undefined) ctx.addIssue({ code: 'custom', path: [template, language, part], message });
        }
      }
    }
  })
  .default({});

export const mail = z
  .strictObject({
    from: z
      .strictObject({
        name: shownName.optional().describe('default: the display name of the tenant'),
        address: address
          .optional()
          .describe('needs an own smtp: no tenant speaks for another domain by the shared one'),
      })
      .prefault({}),
    reply_to: address.optional(),
    smtp: smtp.optional().describe('an own mail server; default: that of the installation'),
    tell_unknown: z
      .boolean()
      .default(true)
      .describe('who asks for a reset at an address without account is told so, by mail to that address'),
    templates: templates.describe(
      'by template and language: subject, text and HTML in place of ours, with {{placeholders}}',
    ),
  })
  .superRefine(({ from, smtp: own }, ctx) => {
    if (from.address !== undefined && !own)
      ctx.addIssue({ code: 'custom', path: ['from', 'address'], message: 'needs an own mail.smtp' });
    if (own && from.address === undefined)
      ctx.addIssue({ code: 'custom', path: ['from', 'address'], message: 'is needed with an own mail.smtp' });
    if ((own?.user === undefined) !== (own?.password === undefined))
      ctx.addIssue({ code: 'custom', path: ['smtp', 'password'], message: 'goes with user: give both or neither' });
  })
  .prefault({});
