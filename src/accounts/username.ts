import { invalidInput } from '../core/errors.ts';
import { hasHidden } from '../core/text.ts';
import { folded } from './folded.ts';

/** By what a username is unique and found. Error `invalid_input`. */
export function usernameKey(username: string): string {
  const problem = usernameProblem(username);
  if (problem) throw invalidInput(`the username ${problem}`, [{ pointer: '/username', message: problem }]);
  return folded(username);
}

/** Without "@", so that a username can never be meant for an e-mail address, in any of its forms. */
export function usernameProblem(username: unknown): string | undefined {
  if (typeof username !== 'string' || !/^.{1,64}$/u.test(username)) return 'must be a text of 1 to 64 characters';
  const key = folded(username);
  if (hasHidden(username) || /\s/.test(key)) return 'must not have control, invisible or space characters';
  return key.includes('@') ? 'must not have "@": an e-mail address goes into email' : undefined;
}
