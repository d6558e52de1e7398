import { invalidInput } from '../../core/errors.ts';
import { foreignSchemes, schemeOf } from './foreign/schemes.ts';

/** No hash of any scheme, with the longest salt and key that it takes, is longer. */
const MAX_LENGTH = 1024;

/** The hash of another system, bounded so that nobody can import one that takes minutes. Error `invalid_input`. */
export function importedHash(hash: unknown): string {
  const text = typeof hash === 'string' && hash.length <= MAX_LENGTH ? hash : '';
  const scheme = schemeOf(text);
  if (scheme?.verifier(text)) return text;
  const accepted = (scheme ? [scheme] : foreignSchemes).map(({ accepts }) => accepts).join('; ');
  const message = `must be a hash as ${accepted}`;
  throw invalidInput(`the password_hash ${message}`, [{ pointer: '/password_hash', message }]);
}
