import { folded } from '../../accounts/folded.ts';
import { leastLength } from '../../tenants/settings/password.ts';
import type { TenantSettings } from '../../tenants/settings.ts';
import { codePoints } from './code-points.ts';
import { isCommon } from './common.ts';
import { checkHashable, MAX_BYTES } from './hashable.ts';
import { isObvious, wordsOf } from './obvious.ts';
import { refusal } from './refusal.ts';

/** Whose rules these are. */
export type Owner = { readonly id: string; readonly name: string; readonly settings: TenantSettings };

/** What a page tells before somebody chooses a password. Any characters are allowed, and none is demanded. */
export type Rules = {
  /** Code points after NFKC. */
  minLength: number;
  /** Bytes of UTF-8. */
  maxBytes: number;
};

export const rulesOf = ({ settings }: Owner): Rules => ({
  minLength: Math.max(leastLength(settings.authentication.mfa), settings.password.min_length ?? 0),
  maxBytes: MAX_BYTES,
});

/**
 * Refuses a password that may not be chosen (error `invalid_input` with a reason), by NIST SP 800-63B-4 3.1.1.2: short, among
 * the most common, or made of what anybody would try who knows the tenant and `names`, what the user is called. Gives it back.
 */
export async function checkChosen(owner: Owner, password: unknown, names: readonly string[]): Promise<string> {
  checkHashable(password);
  const { minLength } = rulesOf(owner);
  if (codePoints(password).length < minLength) throw refusal('too_short', `must have at least ${minLength} characters`);

  const words = wordsOf([owner.id, owner.name, ...owner.settings.password.context_words, ...names]);
  const texts = spellings([...folded(password)]);
  for (const text of texts) {
    if (await isCommon(text, words)) throw refusal('too_common', 'must not be a common one, or nearly so');
  }
  if (texts.some((text) => isObvious(text, words))) {
    throw refusal('too_obvious', 'must not be made of names, words for a password, rows of keys or repetitions');
  }
  return password;
}

/** The text, and what it is without spaces and marks where it is more than these. */
function spellings(text: readonly string[]): (readonly string[])[] {
  const bare = text.filter((c) => /[\p{L}\p{M}\p{N}]/u.test(c));
  return bare.length < text.length && bare.length * 2 >= text.length ? [text, bare] : [text];
}
