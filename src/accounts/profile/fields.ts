import { inLocale } from '../../core/in-locale.ts';
import type { JsonSchema } from '../../core/json-schema.ts';
import { isScalar, type ProfileAttribute } from '../../tenants/settings/profile.ts';
import { isStandard, type Profile, type Profiled, type Stage } from './attributes.ts';

export type FieldType = 'text' | 'email' | 'tel' | 'url' | 'date' | 'number' | 'select' | 'checkbox';

/** A field of a form. `label` is undefined where the tenant has no words for it: then the page's own for the name count. */
export type Field = {
  name: string;
  label: string | undefined;
  type: FieldType;
  required: boolean;
  autocomplete: string | undefined;
  /** Of a `select`. */
  options: string[];
};

/** HTML's names for standard claims (WHATWG autofill field names). */
const AUTOCOMPLETE: Record<string, string> = {
  name: 'name',
  given_name: 'given-name',
  family_name: 'family-name',
  middle_name: 'additional-name',
  nickname: 'nickname',
  preferred_username: 'nickname',
  website: 'url',
  gender: 'sex',
  birthdate: 'bday',
  phone_number: 'tel',
};

const TYPES: Record<string, FieldType> = { phone_number: 'tel', birthdate: 'date', website: 'url' };
const FORMATS: Record<string, FieldType> = { date: 'date', email: 'email', uri: 'url' };

/**
 * What a form asks for: at sign-up what must be there then, later also what may wait, and with `edit` all that a user may
 * change. What no form has a field for (lists, objects) is not among it.
 */
export function fieldsOf({ settings }: Profiled, stage: Stage | 'edit', locale: string): Field[] {
  return Object.entries(settings.profile.attributes)
    .filter(([, attribute]) => isScalar(attribute.schema) && isAsked(attribute, stage))
    .map(([name, attribute]) => {
      const type = typeOf(name, attribute.schema);
      const isDue = attribute.required === 'at_sign_up' || (attribute.required === 'later' && stage === 'later');
      return {
        name,
        label: inLocale(attribute.title, locale),
        type,
        // A box that is not ticked is an answer, too.
        required: isDue && type !== 'checkbox',
        autocomplete: AUTOCOMPLETE[name],
        options: optionsOf(attribute.schema),
      };
    });
}

/** What a form says about the fields, as values of their types; an empty field is no value. Checks nothing more. */
export function readFields(
  { settings }: Profiled,
  fields: readonly Pick<Field, 'name' | 'type'>[],
  typed: (name: string) => string | undefined,
): Profile {
  const profile: { claims: Record<string, unknown>; attributes: Record<string, unknown> } = {
    claims: {},
    attributes: {},
  };
  for (const { name, type } of fields) {
    const value = valueFrom(typed(name)?.trim() ?? '', type, settings.profile.attributes[name]?.schema);
    if (value !== undefined) (isStandard(name) ? profile.claims : profile.attributes)[name] = value;
  }
  return profile as Profile;
}

function valueFrom(text: string, type: FieldType, schema: JsonSchema = {}): unknown {
  if (type === 'checkbox') return text !== '';
  if (text === '') return undefined;
  if (type === 'number') return Number.isFinite(Number(text)) ? Number(text) : text;
  // An option may be a number or anything else that is shown as this text.
  if (type === 'select') return (schema.enum as unknown[]).find((option) => String(option) === text) ?? text;
  return text;
}

const isAsked = ({ required, editable }: ProfileAttribute, stage: Stage | 'edit'): boolean =>
  stage === 'edit' ? editable : required === 'at_sign_up' || (stage === 'later' && required === 'later');

function typeOf(name: string, schema: JsonSchema): FieldType {
  if (Array.isArray(schema.enum)) return 'select';
  if (schema.type === 'boolean') return 'checkbox';
  if (schema.type === 'number' || schema.type === 'integer') return 'number';
  return TYPES[name] ?? FORMATS[String(schema.format)] ?? 'text';
}

const optionsOf = ({ enum: options }: JsonSchema): string[] => (Array.isArray(options) ? options.map(String) : []);
