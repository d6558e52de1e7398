import { emailProblem } from '../accounts/email.ts';
import { type Field, fieldsOf } from '../accounts/profile/fields.ts';
import type { SignUpInput } from '../accounts/registration/input.ts';
import type { Clock } from '../core/clock.ts';
import { isError, type Problem } from '../core/errors.ts';
import type { Passwords } from '../factors/password/passwords.ts';
import { type FieldError, textOf } from '../http/fields.ts';
import type { Form } from '../http/form.ts';
import { passwordError, rulesFor } from '../http/new-password.ts';
import { termsAt } from '../privacy/terms.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { emptyFields, profileError, profileOf, shownFields } from './profile-form.ts';
import { missingTerms, shownTerms, tickedTerms } from './terms-form.ts';

/** What a form is for: `email` is asked for, or known from an invitation; a password, where one lets people in. */
export type Asks = { email: boolean; password: boolean };

/** The form of a new account, in a sign-in and on an invitation alike: what it asks, and what it says. */
export function createSignUpForm(deps: { clock: Clock; passwords: Pick<Passwords, 'rulesOf'> }) {
  const termsOf = (tenant: Tenant) => termsAt(tenant, deps.clock());

  return {
    /** For `views/sign-up-fields.njk`. `values`: what was typed before. */
    shown: (tenant: Tenant, locale: string, asks: Asks, values: Record<string, string>) => ({
      asks,
      username: tenant.settings.registration.username,
      fields: shownFields(profileFields(tenant, locale)),
      terms: shownTerms(termsOf(tenant), locale),
      values,
      ...rulesFor(deps.passwords, tenant),
    }),

    /** `errors`: what anybody can see is wrong. */
    read(tenant: Tenant, form: Form, asks: Asks) {
      const fields = profileFields(tenant, 'en');
      const email = textOf(form, 'email');
      const username = textOf(form, 'username');
      const password = form.get('password') ?? '';
      const errors = [
        ...(asks.email ? emailErrors(email) : []),
        ...(tenant.settings.registration.username === 'required' && !username ? [missing('username')] : []),
        ...emptyFields(fields, form),
        ...(asks.password && !password ? [{ field: 'password', message: 'errors.password_missing' }] : []),
        ...missingTerms(termsOf(tenant), form),
      ];
      const input: Omit<SignUpInput, 'email'> = {
        ...(username && { username }),
        ...(asks.password && { password }),
        profile: profileOf(tenant, fields, form),
        terms: tickedTerms(termsOf(tenant), form),
      };
      const { password: _, csrf, ...values } = Object.fromEntries(form);
      return { email, input, errors, values };
    },

    /** What the accounts refuse, at the fields of the form. Throws what is at none of them. */
    errorsOf(tenant: Tenant, error: unknown): FieldError[] {
      if (!isError(error, 'invalid_input') && !isError(error, 'already_exists')) throw error;
      const isTaken = error.code === 'already_exists';
      const fields = profileFields(tenant, 'en');
      const rules = rulesFor(deps.passwords, tenant);
      const errors = error.problems.flatMap((problem) => {
        const ofPassword = passwordError(problem, rules);
        return ofPassword ? [ofPassword] : [...ofName(problem, isTaken), ...profileError(fields, problem)];
      });
      if (errors.length === 0) throw error;
      return errors;
    },
  };
}

export type SignUpForm = ReturnType<typeof createSignUpForm>;

const PHONE: Field = {
  name: 'phone_number',
  label: undefined,
  type: 'tel',
  required: true,
  autocomplete: 'tel',
  options: [],
};

/** With the phone number, where it is to be verified. */
function profileFields(tenant: Tenant, locale: string): Field[] {
  const fields = fieldsOf(tenant, 'sign_up', locale);
  const hasPhone = fields.some(({ name }) => name === PHONE.name);
  return tenant.settings.registration.verification === 'phone' && !hasPhone ? [...fields, PHONE] : fields;
}

const missing = (field: string): FieldError => ({ field, message: `errors.${field}_missing` });

function emailErrors(email: string): FieldError[] {
  if (!email) return [missing('email')];
  return emailProblem(email) === undefined ? [] : [{ field: 'email', message: 'errors.email_wrong' }];
}

/** Of a username everybody may know that it is taken; of an address only where nothing is verified. */
function ofName({ pointer, reason = 'wrong' }: Problem, isTaken: boolean): FieldError[] {
  const field = pointer.slice(1);
  if (field !== 'email' && field !== 'username') return [];
  return [{ field, message: `errors.${field}_${isTaken ? 'taken' : reason}` }];
}
