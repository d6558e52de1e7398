import { isStandard, type Profile, type Profiled } from '../accounts/profile/attributes.ts';
import { type Field, readFields } from '../accounts/profile/fields.ts';
import type { Problem } from '../core/errors.ts';
import type { FieldError } from '../http/fields.ts';
import type { Form } from '../http/form.ts';

/** A field as `views/profile-fields.njk` shows it: with a label of the tenant's, or the key of ours. */
export type ShownField = Omit<Field, 'label'> & { label: string | undefined; key: string | undefined };

/** The names of a tenant's attributes are its own: none is to be taken for another field of the form. */
const inputOf = (name: string) => `profile_${name}`;

export const shownFields = (fields: readonly Field[]): ShownField[] =>
  fields.map(({ name, label, ...field }) => {
    const { text, key } = labelOf({ name, label });
    return { ...field, name: inputOf(name), label: text, key };
  });

const labelOf = ({ name, label }: Pick<Field, 'name' | 'label'>) => ({
  text: label ?? (isStandard(name) ? undefined : name),
  key: label === undefined && isStandard(name) ? `claim.${name}` : undefined,
});

export const profileOf = (tenant: Profiled, fields: readonly Field[], form: Form): Profile =>
  readFields(tenant, fields, (name) => {
    const typed = form.get(inputOf(name));
    return name === 'phone_number' ? typed && inOneSpelling(typed) : typed;
  });

/** Those that are needed and empty. */
export const emptyFields = (fields: readonly Field[], form: Form): FieldError[] =>
  fields
    .filter(({ name, required }) => required && (form.get(inputOf(name)) ?? '').trim() === '')
    .map((field) => errorAt(field, 'errors.field_missing'));

/** What the accounts say of a value, at its field; nothing where it is of none of these. */
export function profileError(fields: readonly Field[], { pointer }: Problem): FieldError[] {
  const name = pointer.replace(/^(\/attributes)?\//, '');
  return fields.filter((field) => field.name === name).map((field) => errorAt(field, 'errors.field_wrong'));
}

const errorAt = (field: Field, message: string): FieldError => ({
  field: inputOf(field.name),
  message,
  label: labelOf(field),
});

/** As E.164 has it, where a number was typed as people write it. */
const inOneSpelling = (number: string) => number.replaceAll(/[\s()./-]/g, '').replace(/^00/, '+');
