import { z } from 'zod';
import { defineRecord } from '../store/records.ts';
import { claimsSchema } from './claims.ts';
import { memberships, roleNames } from './roles.ts';

/**
 * `pending`: signed up, and waits for an administrator's approval. `deactivated`: put to rest by the user, who may come
 * back. Only `active` users may sign in.
 */
export const STATUSES = ['active', 'pending', 'disabled', 'deactivated'] as const;

const SIGN_UPS = ['anybody', 'allowed_domains', 'invited', 'approval', 'upstream'] as const;

const schema = z.strictObject({
  /** As given: mail goes there. */
  email: z.string(),
  emailKey: z.string(),
  email_verified: z.boolean(),
  username: z.string().optional(),
  usernameKey: z.string().optional(),
  /** With the prefix of its scheme. Absent: no sign-in by password. */
  passwordHash: z.string().optional(),
  /** The tenant's old system knows the password, until the first sign-in here. */
  toMigrate: z.literal(true).optional(),
  passwordChangedAt: z.number().int().optional(),
  /**
   * When sessions were last ended, all but that of `signedOutExcept`: a sign-in that was under way elsewhere counts no more
   * than they do. No two endings of an account have the same.
   */
  signedOutAt: z.number().int().optional(),
  signedOutExcept: z.string().optional(),
  /** The password may be known to others: it proves nothing until it was reset by way of the mailbox. */
  resetRequired: z.boolean(),
  claims: claimsSchema,
  /** When a second factor was first demanded, and not there. */
  enrolmentDemandedAt: z.number().int().optional(),
  /** When a passkey was last put off, or removed. */
  passkeyPutOffAt: z.number().int().optional(),
  /** By names of the tenant's own (`settings.profile`). */
  attributes: z.record(z.string(), z.json()),
  roles: roleNames,
  organizations: memberships,
  status: z.enum(STATUSES),
  /** How users who made their account themselves came in; absent: an administrator made it. */
  signUp: z.strictObject({ how: z.enum(SIGN_UPS), at: z.number().int() }).optional(),
  createdAt: z.number().int(),
  updatedAt: z.number().int(),
});

export type User = z.infer<typeof schema>;
export type Status = User['status'];
export type SignUp = NonNullable<User['signUp']>['how'];

/** The id is the `sub`: never used for a second user. */
export const userRecord = defineRecord<User>({
  name: 'users',
  scope: 'tenant',
  schema,
  defaults: { resetRequired: false, attributes: {}, roles: [], organizations: [] },
  unique: [['emailKey'], ['usernameKey']],
  indexes: ['status'],
});

/** Whether the tenant's old system may still say what the password is. */
export const isToMigrate = ({ toMigrate, status, resetRequired }: User): boolean =>
  toMigrate === true && status === 'active' && !resetRequired;
