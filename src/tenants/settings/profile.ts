import { z } from 'zod';
import { type JsonSchema, jsonSchema } from '../../core/json-schema.ts';
import { isUnique } from '../../core/validate.ts';
import { shownName } from './shown-name.ts';

/** From what anybody may know to what is nobody's business (GDPR art. 9). */
const SENSITIVITIES = ['public', 'internal', 'confidential', 'special'] as const;

/** Said by the platform or the protocol itself: nobody may give them another meaning. */
const RESERVED =
  /^(id|sub|email|email_verified|phone_number_verified|username|password|password_hash|status|roles|organizations|attributes|updated_at|__proto__)$/;
const RESERVED_CLAIMS =
  /^(iss|sub|aud|exp|nbf|iat|jti|auth_time|nonce|acr|amr|azp|sid|act|may_act|grant_ref|ds_hash|cnf|scope|client_id|events|entitlements|roles|groups|at_hash|c_hash|s_hash|name|given_name|family_name|middle_name|nickname|preferred_username|profile|picture|website|email|email_verified|gender|birthdate|zoneinfo|locale|phone_number|phone_number_verified|address|updated_at|_claim_names|_claim_sources)$/;

const name = z
  .string()
  .regex(/^[a-z_][a-z0-9_]{0,63}$/, 'must be 1 to 64 small letters, digits and "_"')
  .refine((value) => !RESERVED.test(value), 'is reserved');

const attribute = z
  .strictObject({
    schema: jsonSchema,
    sensitivity: z.enum(SENSITIVITIES),
    title: z.record(z.string().max(35), shownName).default({}),
    required: z.enum(['at_sign_up', 'later', 'no']).default('no'),
    claim: z
      .string()
      .regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/, 'must be printable ASCII without space, " and \\')
      .refine((value) => !RESERVED_CLAIMS.test(value), 'is a claim of the platform or of OpenID Connect')
      .optional(),
    editable: z.boolean().default(true),
  })
  .refine(({ schema, required }) => required === 'no' || isScalar(schema), {
    path: ['required'],
    message:
      'must be no for what a form has no field for: its schema needs enum, or the type string, number, integer or boolean',
  })
  .refine(({ required, editable }) => required !== 'later' || editable, {
    path: ['editable'],
    message: 'must be true where users are asked for it later',
  });

export type ProfileAttribute = z.output<typeof attribute>;

/** Whether a form can have a field for it. */
export const isScalar = (schema: JsonSchema): boolean =>
  Array.isArray(schema.enum) || /^(string|number|integer|boolean)$/.test(String(schema.type));

export const profile = z
  .strictObject({
    attributes: z
      .record(name, attribute)
      .refine((all) => Object.keys(all).length <= 50, 'must be at most 50')
      .superRefine((all, ctx) => {
        const claims = Object.values(all).flatMap(({ claim }) => claim ?? []);
        if (!isUnique(claims)) ctx.addIssue({ code: 'custom', message: 'must not map two attributes to one claim' });
      })
      .default({})
      .describe(
        'what is known of users: standard claims and attributes of your own, by name, each with `schema` (JSON Schema), `sensitivity` (`public`, `internal`, `confidential`, `special`), and optionally `title` by language, `required` (`at_sign_up`, `later`, `no`), `claim` (its name in tokens), `editable` by the user',
      ),
  })
  .prefault({});
