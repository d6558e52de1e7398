import { alreadyExists, isError } from '../core/errors.ts';

/** The stored keys by which users are told apart, and the fields that people know. */
const FIELDS: Record<string, string> = { '/emailKey': 'email', '/usernameKey': 'username' };

/** Throws `error`; a refusal of a key as one of the field that it was made from. */
export function refuseTaken(error: unknown): never {
  if (!isError(error, 'already_exists')) throw error;
  throw alreadyExists(
    'users',
    error.problems.map(({ pointer }) => FIELDS[pointer] ?? pointer.slice(1)),
  );
}
