import { z } from 'zod';
import { isUnique } from '../core/validate.ts';

/** Built in: who has it administers the tenant. Floors of the platform (a second factor) hold for it, whatever the tenant says. */
const ADMIN_ROLE = 'admin';

export const isAdministrator = ({ roles }: { roles: readonly string[] }): boolean => roles.includes(ADMIN_ROLE);

const roleName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9:._-]{0,63}$/, 'must be 1 to 64 small letters, digits and ":._-", the first no sign');

export const roleNames = z.array(roleName).max(100).refine(isUnique, 'must not name one twice');

/** Of which organizations somebody is a member, and as what. */
export const memberships = z
  .array(z.strictObject({ id: z.string(), roles: roleNames.default([]) }))
  .max(100)
  .refine((all) => isUnique(all.map(({ id }) => id)), 'must not name an organization twice');
export type Membership = z.output<typeof memberships>[number];
