import { isError, type Problem } from '../core/errors.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { FieldError } from './fields.ts';

type Rules = { min: number };

/** What a page tells of the rules before one is typed: for `form.password` with `fresh`. */
export const rulesFor = (passwords: { rulesOf(tenant: Tenant): { minLength: number } }, tenant: Tenant): Rules => ({
  min: passwords.rulesOf(tenant).minLength,
});

/** Why a password may not be chosen, at its field; undefined where the problem is none of a password. */
export function passwordError({ pointer, reason }: Problem, { min }: Rules): FieldError | undefined {
  if (pointer !== '/password') return undefined;
  return { field: 'password', message: `password.${reason ?? 'malformed'}`, values: { min } };
}

/** The same of an error of the accounts; throws any other. */
export function passwordErrors(error: unknown, rules: Rules): FieldError[] {
  if (!isError(error, 'invalid_input')) throw error;
  const errors = error.problems.flatMap((problem) => passwordError(problem, rules) ?? []);
  if (errors.length === 0) throw error;
  return errors;
}
