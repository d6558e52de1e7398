import { z } from 'zod';
import { WEBHOOK_SECRET } from '../../core/standard-webhooks.ts';
import { isUnique } from '../../core/validate.ts';
import { secret } from '../sealed-settings.ts';

const url = z
  .string()
  .max(2048)
  .refine(
    (value) => /^https?:$/.test(URL.parse(value)?.protocol ?? '') && !URL.parse(value)?.username,
    'must be an https URI',
  );

const webhook = z.strictObject({
  provider: z.literal('webhook'),
  url: url.describe('gets each message by POST, signed as Standard Webhooks say'),
  secret: secret(z.string().regex(WEBHOOK_SECRET, 'must be whsec_ and 24 to 64 bytes in base64')),
});

const twilio = z.strictObject({
  provider: z.literal('twilio'),
  account_sid: z.string().regex(/^[A-Za-z0-9]{1,64}$/, 'must be letters and digits'),
  auth_token: secret(),
  from: z
    .string()
    .regex(
      /^(\+[1-9]\d{6,14}|[A-Za-z0-9 ]{1,11}|MG[0-9a-f]{32})$/,
      'must be a number, a sender name or a service (MG…)',
    ),
  url: url.default('https://api.twilio.com').describe('of a service with the same interface'),
});

/** ISO 3166-1 alpha-2; not a former name of one, which no number has. */
const isCountry = (code: string): boolean =>
  /^[A-Z]{2}$/.test(code) &&
  new Intl.Locale(`und-${code}`).region === code &&
  new Intl.DisplayNames('en', { type: 'region', fallback: 'none' }).of(code) !== undefined;

const country = z.string().refine(isCountry, 'must be a country of ISO 3166-1, such as DE');
const cap = z.number().int().min(0).max(1_000_000);

export const sms = z
  .strictObject({
    countries: z
      .array(country)
      .max(250)
      .refine(isUnique, 'must not name one twice')
      .default([])
      .describe('where text messages may go, by the country of the number; none: there are no text messages'),
    per_hour: cap.default(100).describe('text messages that the tenant pays for in an hour'),
    per_day: cap.default(500).describe('text messages that the tenant pays for in a day'),
    sender: z
      .discriminatedUnion('provider', [webhook, twilio])
      .optional()
      .describe('who sends text messages; default: the GATEHOUSE_SMS_URL of the installation'),
  })
  .prefault({});
