import { z } from 'zod';
import { isLoopback } from '../../core/loopback.ts';

const domain = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/, 'must be a domain name in lower case');

const origin = z
  .string()
  .max(300)
  .refine((value) => {
    const url = URL.parse(value);
    return url?.origin === value && (url.protocol === 'https:' || isLoopback(url.hostname));
  }, 'must be an https origin, e.g. https://app.example.com');

export const passkeys = z
  .strictObject({
    rp_id: domain
      .optional()
      .describe(
        "the domain that passkeys are made for: the issuer's host (the default) or a parent of it; after a change the passkeys made before do not work any more",
      ),
    related_origins: z
      .array(origin)
      .max(20)
      .default([])
      .describe('other origins that may use these passkeys; only for an issuer on a host of its own'),
    user_verification: z
      .enum(['preferred', 'required'])
      .default('preferred')
      .describe('of the user by the device (PIN, fingerprint, face); `required` refuses a passkey without'),
    offer_after_password: z
      .boolean()
      .default(true)
      .describe(
        'who has none and signs in by a password is offered a passkey, where the browser can make one and the policy allows it',
      ),
    offer_again_days: z
      .number()
      .int()
      .min(1)
      .max(3650)
      .default(90)
      .describe('for which nobody is offered one who has put it off, or has removed the last'),
  })
  .prefault({});
