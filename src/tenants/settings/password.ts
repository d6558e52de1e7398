import { z } from 'zod';
import { WEBHOOK_SECRET } from '../../core/standard-webhooks.ts';
import { isWebUri } from '../../core/web-uri.ts';
import { secret } from '../sealed-settings.ts';
import type { MFA } from './authentication.ts';

/** What a password must have at least, in characters: fewer only where it never stands alone (NIST SP 800-63B-4 3.1.1.2). */
export const leastLength = (mfa: (typeof MFA)[number]): number => (mfa === 'required' ? 8 : 15);

const serviceUri = z
  .string()
  .max(2048)
  .refine((value) => isWebUri(value) && !/[?#]/.test(value), 'must be an http or https URI without query');

const breaches = z.strictObject({
  url: serviceUri.describe(
    'a service in the shape of Have I Been Pwned (`https://api.pwnedpasswords.com`): it is told 5 hexadecimal digits of the SHA-1',
  ),
  when_down: z
    .enum(['accept', 'refuse'])
    .default('accept')
    .describe('whether a password that the service could not be asked about may be chosen'),
  at_sign_in: z
    .boolean()
    .default(true)
    .describe(
      'ask of the right password of a sign-in, too: a leaked one is a sign of risk (`risk.weights.leaked_password`)',
    ),
});

const migration = z.strictObject({
  url: serviceUri.describe('is asked for users that are not here yet, by a POST as Standard Webhooks signs it'),
  secret: secret(z.string().regex(WEBHOOK_SECRET, 'must be whsec_ and 24 to 64 bytes in base64')).describe(
    'signs what is asked',
  ),
  max_per_minute: z
    .number()
    .int()
    .min(1)
    .max(60_000)
    .default(300)
    .describe('the old system is asked no more often than this'),
});

export const password = z
  .strictObject({
    min_length: z
      .number()
      .int()
      .min(8)
      .max(64)
      .optional()
      .describe(
        'characters of a new password; at least, and by default, 15, or 8 where `authentication.mfa` is `required`',
      ),
    context_words: z
      .array(z.string().min(3).max(64))
      .max(100)
      .default([])
      .describe('words that nobody may make a password of, besides the names of tenant and user'),
    breaches: breaches.optional().describe('refuse passwords that are known from leaks'),
    migration: migration
      .optional()
      .describe('let users of an old system sign in as before, and take them over one by one'),
  })
  .prefault({});
