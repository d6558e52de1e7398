import { B64, fromBase64, sameBytes } from './base64.ts';
import { type ForeignScheme, isWithin } from './foreign-scheme.ts';

const FORM = new RegExp(`^\\$argon2(id?)\\$v=19\\$m=(\\d{1,7}),t=(\\d{1,3}),p=(\\d{1,3})\\$(${B64})\\$(${B64})$`);

/** RFC 9106, in the PHC string format. 128 MiB is what the dearest scrypt takes, too, and twice what libraries take by default. */
export const argon2: ForeignScheme = {
  prefix: /^\$argon2/,
  accepts: 'argon2id and argon2i (v=19) with m at most 131072, t at most 10, p at most 16',
  verifier(hash) {
    const [, variant, m, t, p, salt = '', tag = ''] = FORM.exec(hash) ?? [];
    const [memorySize, iterations, parallelism] = [Number(m), Number(t), Number(p)];
    const [saltBytes, expected] = [fromBase64(salt), fromBase64(tag)];
    const isBounded =
      isWithin(parallelism, 1, 16) &&
      isWithin(memorySize, 8 * parallelism, 128 * 1024) &&
      isWithin(iterations, 1, 10) &&
      isWithin(saltBytes.length, 8, 64) &&
      isWithin(expected.length, 16, 64);
    if (!isBounded) return undefined;
    return async (password) => {
      // The library knows no empty password.
      if (password === '') return false;
      // Half a megabyte that only those need who have such users.
      const library = await import('hash-wasm');
      const compute = variant === 'id' ? library.argon2id : library.argon2i;
      const actual = await compute({
        password,
        salt: saltBytes,
        memorySize,
        iterations,
        parallelism,
        hashLength: expected.length,
        outputType: 'binary',
      });
      return sameBytes(Buffer.from(actual), expected);
    };
  },
};
