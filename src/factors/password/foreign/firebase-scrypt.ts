import { createCipheriv } from 'node:crypto';
import { B64, fromBase64, sameBytes } from './base64.ts';
import { type ForeignScheme, isWithin } from './foreign-scheme.ts';
import { SCRYPT_BOUNDS, scryptKey } from './scrypt.ts';

const FORM = new RegExp(
  `^\\$firescrypt\\$ln=(\\d{1,2}),r=(\\d{1,2}),p=(\\d{1,2})\\$(${B64})\\$(${B64})\\$(${B64})\\$(${B64})$`,
);

/**
 * Firebase Authentication: scrypt makes a key, by which the project's signer key is encrypted; the result is the hash. Written
 * as Ory Kratos has it: `$firescrypt$ln=,r=,p=$salt$hash$separator$signerKey`, ln is `mem_cost` and r is `rounds` of the export.
 */
export const firebaseScrypt: ForeignScheme = {
  prefix: /^\$firescrypt\$/,
  accepts: `Firebase scrypt with ${SCRYPT_BOUNDS}`,
  verifier(hash) {
    const [, ln, r, p, salt = '', cipherText = '', separator = '', signer = ''] = FORM.exec(hash) ?? [];
    const [expected, signerKey] = [fromBase64(cipherText), fromBase64(signer)];
    const salted = Buffer.concat([fromBase64(salt), fromBase64(separator)]);
    const derived = scryptKey(Number(ln), Number(r), Number(p), salted, 32);
    if (!derived || !isWithin(signerKey.length, 16, 128) || expected.length !== signerKey.length) return undefined;
    return (password) => {
      const cipher = createCipheriv('aes-256-ctr', derived(password), Buffer.alloc(16));
      return sameBytes(cipher.update(signerKey), expected);
    };
  },
};
