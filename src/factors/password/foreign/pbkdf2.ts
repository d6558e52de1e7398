import { pbkdf2Sync } from 'node:crypto';
import { B64, fromBase64, sameBytes } from './base64.ts';
import { type ForeignScheme, isWithin } from './foreign-scheme.ts';

/** passlib writes the rounds alone, and SHA-1 as no name; others `i=<rounds>`, with or without the length. */
const FORM = new RegExp(
  `^\\$pbkdf2(?:-(sha1|sha256|sha512))?\\$(?:i=)?(\\d{1,8})(?:,l=\\d{1,3})?\\$(${B64})\\$(${B64})$`,
);

/** RFC 8018 5.2. */
export const pbkdf2: ForeignScheme = {
  prefix: /^\$pbkdf2/,
  accepts: 'PBKDF2 ($pbkdf2$, $pbkdf2-sha1$, $pbkdf2-sha256$, $pbkdf2-sha512$) of at most 10000000 rounds',
  verifier(hash) {
    const [, digest = 'sha1', rounds, salt = '', key = ''] = FORM.exec(hash) ?? [];
    const expected = fromBase64(key);
    if (!isWithin(Number(rounds), 1, 10_000_000) || !isWithin(expected.length, 16, 64)) return undefined;
    return (password) =>
      sameBytes(pbkdf2Sync(password, fromBase64(salt), Number(rounds), expected.length, digest), expected);
  },
};
