import { hash as digest } from 'node:crypto';
import { fromBase64, sameBytes } from './base64.ts';
import { type ForeignScheme, isWithin } from './foreign-scheme.ts';

const FORM = /^\{SSHA(256|512)?\}([A-Za-z0-9+/]+={0,2})$/i;
const ALGORITHMS = { '': ['sha1', 20], '256': ['sha256', 32], '512': ['sha512', 64] } as const;

/** Of LDAP directories: base64 of digest and salt. One round only: good enough to let a user in once, no longer. */
export const saltedSha: ForeignScheme = {
  prefix: /^\{SSHA/i,
  accepts: '{SSHA}, {SSHA256} and {SSHA512}',
  verifier(hash) {
    const [, size = '', encoded = ''] = FORM.exec(hash) ?? [];
    const [algorithm, length] = ALGORITHMS[size as keyof typeof ALGORITHMS];
    const bytes = fromBase64(encoded);
    const [expected, salt] = [bytes.subarray(0, length), bytes.subarray(length)];
    if (!isWithin(salt.length, 1, 64)) return undefined;
    return (password) => sameBytes(digest(algorithm, Buffer.concat([Buffer.from(password), salt]), 'buffer'), expected);
  },
};
