import { domainToASCII } from 'node:url';
import { z } from 'zod';

/** A mail domain in any spelling, as the keys of addresses have it. */
export const mailDomain = z
  .string()
  .max(253)
  .transform((value) => domainToASCII(value))
  .refine((value) => /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(value), 'must be a domain, e.g. example.com');

export const registration = z
  .strictObject({
    who: z
      .enum(['nobody', 'anybody', 'allowed_domains', 'invited', 'approval'])
      .default('nobody')
      .describe('who may sign up; an invitation counts whatever this says; `approval`: anybody, once approved'),
    allowed_domains: z
      .array(mailDomain)
      .max(100)
      .default([])
      .describe('whose addresses may sign up, without subdomains'),
    verification: z
      .enum(['email', 'phone', 'none'])
      .default('email')
      .describe(
        'what has to be proven before there is an account, and by who made one while less was asked; `phone`: the address, then the phone. With `none` strangers are told which addresses have one',
      ),
    username: z.enum(['no', 'optional', 'required']).default('no').describe('ask for a username, too'),
    refuse_disposable: z.boolean().default(true).describe('refuse addresses of throw-away mail services'),
    abandoned_after_hours: z
      .number()
      .int()
      .min(1)
      .max(720)
      .default(24)
      .describe('a sign-up that was not finished by then is forgotten'),
  })
  .refine(({ who, allowed_domains }) => who !== 'allowed_domains' || allowed_domains.length > 0, {
    path: ['allowed_domains'],
    message: 'must name one at least where who is allowed_domains',
  })
  .prefault({});
