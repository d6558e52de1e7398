import { isDeepStrictEqual } from 'node:util';
import { invalidInput, type Problem } from '../../core/errors.ts';
import { misfitOf } from '../../core/json-schema.ts';
import type { TenantSettings } from '../../tenants/settings.ts';
import { type Claims, claimFields } from '../claims.ts';
import type { User } from '../record.ts';

export type Profiled = { settings: Pick<TenantSettings, 'profile'> };
/** What is known of somebody: standard claims, and attributes by the tenant's own names. */
export type Profile = Pick<User, 'claims' | 'attributes'>;

/** `sign_up`: what there must be from the start; `later`: also what is asked for afterwards, when there is an occasion. */
export type Stage = 'sign_up' | 'later';

/** Bytes, as JSON, of one value. */
const MAX_BYTES = 4096;

export const isStandard = (name: string): name is keyof Claims & string => Object.hasOwn(claimFields, name);

const knownValue = ({ claims, attributes }: Profile, name: string): unknown =>
  isStandard(name) ? claims[name] : Object.hasOwn(attributes, name) ? attributes[name] : undefined;

/** The names of what has to be asked for at a stage and is not there, in the order of the settings. */
export function missingAttributes({ settings }: Profiled, user: Profile, stage: Stage): string[] {
  return Object.entries(settings.profile.attributes)
    .filter(([, { required }]) => required === 'at_sign_up' || (required === 'later' && stage === 'later'))
    .map(([name]) => name)
    .filter((name) => knownValue(user, name) === undefined);
}

/**
 * Refuses (`invalid_input`) attributes that the tenant's schema does not have, and values that do not fit it. What is as
 * it was in `before` is left in peace: the schema may have changed since.
 */
export function checkAttributes({ settings }: Profiled, after: Profile, before?: Profile): void {
  const known = settings.profile.attributes;
  const problems: Problem[] = [];
  for (const [name, value] of [...Object.entries(after.claims), ...Object.entries(after.attributes)]) {
    const isOwn = !isStandard(name);
    if (before && isDeepStrictEqual(knownValue(before, name), value)) continue;
    const declared = Object.hasOwn(known, name) ? known[name] : undefined;
    const pointer = isOwn ? `/attributes/${name}` : `/${name}`;
    if (isOwn && !declared) problems.push({ pointer, message: 'is not an attribute of this tenant' });
    else if (declared) {
      const tooBig = Buffer.byteLength(JSON.stringify(value)) > MAX_BYTES;
      const message = tooBig ? `must have at most ${MAX_BYTES} bytes` : misfitOf(declared.schema, value);
      if (message) problems.push({ pointer, message });
    }
  }
  if (problems.length > 0)
    throw invalidInput(problems.map(({ pointer, message }) => `${pointer}: ${message}`).join('; '), problems);
}

/** The attributes that the tenant maps to claims, by the names of those. */
export function mappedClaims(
  { settings }: Profiled,
  { attributes }: Pick<User, 'attributes'>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(settings.profile.attributes).flatMap(([name, { claim }]) =>
      claim !== undefined && Object.hasOwn(attributes, name) ? [[claim, attributes[name]]] : [],
    ),
  );
}
