import { invalidInput } from '../core/errors.ts';

/** A tenant id as part of a regular expression. */
export const SLUG = '[a-z0-9][a-z0-9-]{0,62}';

const RESERVED = new Set(
  'admin administrator api app assets auth console gatehouse health help login logout metrics oauth oidc platform public root security signin signup sso static status support system well-known www'.split(
    ' ',
  ),
);

/** Refuses an id that is malformed, reserved, or an encoded look-alike (punycode). Error `invalid_input`. */
export function checkSlug(id: string): void {
  const refuse = (why: string): never => {
    throw invalidInput(`the tenant id "${String(id).slice(0, 80)}" ${why}`, [{ pointer: '/id', message: why }]);
  };
  if (!new RegExp(`^${SLUG}$`).test(id)) {
    refuse('must be 1 to 63 of a-z, 0-9 and "-", and begin with a letter or digit');
  }
  if (id.slice(2, 4) === '--') refuse('must not have "--" as its third and fourth character (punycode)');
  if (RESERVED.has(id)) refuse('is reserved');
}

/** What a slug looks like at a glance: 0/o, 1/i/l, rn/m and vv/w are the same. */
export const skeleton = (id: string): string =>
  id.replaceAll('0', 'o').replace(/[1i]/g, 'l').replaceAll('rn', 'm').replaceAll('vv', 'w');
