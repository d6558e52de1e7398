import type { User } from './record.ts';
import { signedOut } from './signed-out.ts';

/** With a new password, which is known to its owner alone; the caller ends every session. `at` in milliseconds. */
export const withPassword = ({ toMigrate, ...user }: User, passwordHash: string, at: number): User => ({
  ...signedOut(user, at),
  passwordHash,
  passwordChangedAt: at,
  resetRequired: false,
});
