import { refusal } from './refusal.ts';

export const MAX_BYTES = 1024;

/**
 * Refuses what no password can be (error `invalid_input`): a lone surrogate has no UTF-8, and long texts would cost others
 * their turn.
 */
export function checkHashable(password: unknown): asserts password is string {
  const isHashable =
    typeof password === 'string' &&
    password.length <= MAX_BYTES &&
    Buffer.byteLength(password) <= MAX_BYTES &&
    password.isWellFormed();
  if (!isHashable) throw refusal('malformed', `must be a text of at most ${MAX_BYTES} bytes in UTF-8`);
}
