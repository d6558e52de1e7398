import { invalidInput } from '../core/errors.ts';
import type { Values } from '../core/messages.ts';
import { shownName } from '../tenants/settings/shown-name.ts';
import type { Form } from './form.ts';

/**
 * What is to be corrected in a field of a form; `message`: a key of the catalogues.
 * `label`: of the field, where the message alone does not say which one it is about; a key of the catalogues, or the tenant's
 * text.
 */
export type FieldError = {
  field: string;
  message: string;
  values?: Values;
  label?: { key?: string | undefined; text?: string | undefined };
};

/** A field with a fixed set of values. Error `invalid_input`. */
export function oneOf<T extends string>(form: Form, field: string, allowed: readonly T[]): T {
  const value = allowed.find((candidate) => candidate === form.get(field));
  if (!value) throw invalidInput(`the field "${field}" must be one of: ${allowed.join(', ')}`);
  return value;
}

export const textOf = (form: Form, field: string): string => (form.get(field) ?? '').trim();
export const isTicked = (form: Form, field: string): boolean => form.get(field) === 'yes';

/** How the user calls what is added. Never a reason to refuse: the device has made its half by then. */
export const chosenName = (form: Form, otherwise: string): string =>
  shownName.safeParse(textOf(form, 'name')).data ?? otherwise;
