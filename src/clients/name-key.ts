import { lookAlike } from '../core/look-alike.ts';

/** Words that claim to speak for the house. */
const OF_AUTHORITY = `account accounts admin administration administrator helpdesk login moderator official password root
  security signin signon signup sso staff support verified`;

/** Words that say nothing. */
const FILLING = `app application authentication authorization client company corp corporation gmbh group help identity inc
  limited llc ltd mobile my portal service system team the verification web`;

const keysOf = (words: string) => words.split(/\s+/).map(lookAlike);
const AUTHORITY = keysOf(OF_AUTHORITY);
const STRIPPED = [...AUTHORITY, ...keysOf(FILLING)];

/**
 * By what a name is remembered: as it looks, without words such as "login", "official" or "app" before and after. Undefined for
 * what is no name, or has only such words.
 */
export function nameKey(name: unknown): string | undefined {
  return typeof name === 'string' ? strip(lookAlike(name)) || undefined : undefined;
}

/** Whether nothing is left of a name but words, one of which claims to speak for the house: "Security Team". */
export const claimsAuthority = (name: string): boolean =>
  nameKey(name) === undefined && AUTHORITY.some((word) => lookAlike(name).includes(word));

/** The least that is left when such words are taken away, before and after, in any order: "accounts" is no "accountsecurity". */
function strip(key: string): string {
  const seen = new Set([key]);
  for (const text of seen) {
    for (const word of STRIPPED) {
      if (text.startsWith(word)) seen.add(text.slice(word.length));
      if (text.endsWith(word)) seen.add(text.slice(0, -word.length));
    }
  }
  return [...seen].reduce((least, text) => (text.length < least.length ? text : least), key);
}
