import { invalidInput } from '../core/errors.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { UserInput } from './input.ts';
import type { User } from './record.ts';

/**
 * One of: a password to be hashed, a hash that another system made, or that the tenant's old system knows the password
 * (`settings.password.migration`).
 */
export type Credential = { password?: string; password_hash?: string; to_migrate?: boolean };

/** What accounts need to know about passwords. */
export type PasswordHasher = {
  /** Error `invalid_input` for one that may not be chosen by who is called `names`. */
  check(tenant: Tenant, password: unknown, names: readonly string[]): Promise<void>;
  hash(tenant: Tenant, password: string): Promise<string>;
  /** The foreign hash as it is to be stored; error `invalid_input`. */
  imported(hash: unknown): string;
};

/** Refuses a credential that cannot be set. `names` of the user. Error `invalid_input`. */
export async function checkCredential(
  passwords: PasswordHasher,
  tenant: Tenant,
  credential: Credential,
  names: readonly string[],
): Promise<void> {
  const given = Object.entries(credential).flatMap(([name, value]) =>
    value === undefined || value === false ? [] : [name],
  );
  if (given.length > 1) {
    const message = `give only one of ${given.join(', ')}`;
    throw invalidInput(message, [{ pointer: `/${given[1]}`, message }]);
  }
  const { password, password_hash } = credential;
  if (password !== undefined) await passwords.check(tenant, password, names);
  if (password_hash !== undefined) passwords.imported(password_hash);
}

/** The hash to be stored; undefined where no credential is given. Errors `invalid_input`, `unavailable`. */
export async function hashOf(
  passwords: PasswordHasher,
  tenant: Tenant,
  credential: Credential,
  names: readonly string[],
): Promise<string | undefined> {
  await checkCredential(passwords, tenant, credential, names);
  const { password, password_hash } = credential;
  if (password !== undefined) return passwords.hash(tenant, password);
  return password_hash === undefined ? undefined : passwords.imported(password_hash);
}

/** What a user is called: nobody may make a password of it. */
export function namesOf(user: Partial<UserInput> | User): string[] {
  const claims = 'claims' in user ? user.claims : (user as Partial<UserInput>);
  const { name, given_name, family_name, middle_name, nickname, preferred_username } = claims;
  const names = [user.email, user.username, name, given_name, family_name, middle_name, nickname, preferred_username];
  return names.filter((text) => typeof text === 'string');
}
