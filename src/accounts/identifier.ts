import { emailKey, emailProblem } from './email.ts';
import { folded } from './folded.ts';
import { usernameKey, usernameProblem } from './username.ts';

export type Identifier = { field: 'emailKey' | 'usernameKey'; key: string };

/** What somebody typed to say who they are; undefined when nobody can have that name. */
export function identifierOf(typed: string): Identifier | undefined {
  const text = typed.trim();
  if (text.length > 320) return undefined;
  if (emailProblem(text) === undefined) return { field: 'emailKey', key: emailKey(text) };
  // As a keyboard for full-width characters types it.
  const narrow = text.normalize('NFKC');
  if (emailProblem(narrow) === undefined) return { field: 'emailKey', key: emailKey(narrow) };
  return usernameProblem(text) === undefined ? { field: 'usernameKey', key: usernameKey(text) } : undefined;
}

/** The same for every spelling of one name, also where nobody can have it: for counters and logs. */
export function identifierKey(typed: string): string {
  const key = folded(typed.slice(0, 320).toWellFormed());
  // Some letters fold into a space and a mark: what is a name only then is the same name.
  return (identifierOf(typed) ?? identifierOf(key))?.key ?? key.trim();
}
