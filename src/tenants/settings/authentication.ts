import { z } from 'zod';
import { isUnique } from '../../core/validate.ts';
import { shorterLifetimes } from './assurance.ts';

export const FIRST_FACTORS = ['password', 'passkey', 'email_code', 'email_link', 'sms_code', 'upstream'] as const;
export const SECOND_FACTORS = ['passkey', 'totp', 'sms_code', 'email_code', 'recovery_code'] as const;
export const MFA = ['off', 'optional', 'risk', 'required'] as const;

const list = <const T extends readonly [string, ...string[]]>(names: T) =>
  z.array(z.enum(names)).refine(isUnique, 'must not name one twice');

/** What a role, an organization or a client may set, too: it can only make stricter what the tenant says. */
export const policyPart = z.strictObject({
  first_factors: list(FIRST_FACTORS).min(1).optional(),
  second_factors: list(SECOND_FACTORS).optional(),
  mfa: z.enum(MFA).optional(),
  enrolment_grace_days: z.number().int().min(0).max(90).optional(),
  trusted_device_days: z.number().int().min(0).max(365).optional(),
  lifetimes: shorterLifetimes.optional(),
});
export type PolicyPart = z.infer<typeof policyPart>;

export const authentication = z
  .strictObject({
    first_factors: list(FIRST_FACTORS).min(1).default(['password', 'passkey', 'upstream']),
    second_factors: list(SECOND_FACTORS).default(['passkey', 'totp', 'recovery_code']),
    mfa: z
      .enum(MFA)
      .default('optional')
      .describe('a second factor: never, for users who have one, when the risk asks for it, always'),
    enrolment_grace_days: z
      .number()
      .int()
      .min(0)
      .max(90)
      .default(0)
      .describe('where it is required, for so long after the first demand a user may put the enrolment off'),
    trusted_device_days: z
      .number()
      .int()
      .min(0)
      .max(365)
      .default(30)
      .describe('a device that the user trusts is not asked for the second factor for so long; 0: no device is'),
    identifier_first: z.boolean().default(false).describe('ask for the name alone on the first page'),
    by_role: z.record(z.string().min(1).max(64), policyPart).default({}),
  })
  .prefault({});
