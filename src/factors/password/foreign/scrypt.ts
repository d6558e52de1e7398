import { scryptSync } from 'node:crypto';
import { B64, fromBase64, sameBytes } from './base64.ts';
import { type ForeignScheme, isWithin } from './foreign-scheme.ts';

const FORM = new RegExp(`^\\$scrypt\\$ln=(\\d{1,2}),r=(\\d{1,2}),p=(\\d{1,2})\\$(${B64})\\$(${B64})$`);

/** What is taken of the costs of scrypt (RFC 7914): at most 128 MiB. */
export const SCRYPT_BOUNDS = 'ln at most 17, r at most 8, p at most 10';

/** The key of `length` bytes out of a password; undefined beyond the bounds. `ln`: the logarithm of N to base 2. */
export function scryptKey(ln: number, r: number, p: number, salt: Buffer, length: number) {
  if (!isWithin(ln, 1, 17) || !isWithin(r, 1, 8) || !isWithin(p, 1, 10)) return undefined;
  const N = 2 ** ln;
  // The limit of Node is exactly 128 * N * r without the rest that is needed.
  const options = { N, r, p, maxmem: 128 * r * (N + p) + 2 ** 20 };
  return (password: string): Buffer => scryptSync(password, salt, length, options);
}

export const scrypt: ForeignScheme = {
  prefix: /^\$scrypt\$/,
  accepts: `scrypt with ${SCRYPT_BOUNDS}`,
  verifier(hash) {
    const [, ln, r, p, salt = '', key = ''] = FORM.exec(hash) ?? [];
    const expected = fromBase64(key);
    const derived = scryptKey(Number(ln), Number(r), Number(p), fromBase64(salt), expected.length);
    if (!derived || !isWithin(expected.length, 16, 128)) return undefined;
    return (password) => sameBytes(derived(password), expected);
  },
};
