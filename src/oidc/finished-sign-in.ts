import type { Ground } from '../journey/ground.ts';
import type { SignIn } from '../sessions/sessions.ts';

export type Finished = { signIn: SignIn; ground: Ground };

/** What the pages ended with, of the core's result of an interaction; undefined where they did not sign in. */
export function finishedIn(result: object | undefined): Finished | undefined {
  const login = (result as { login?: Partial<Finished> } | undefined)?.login;
  return login?.signIn && login.ground ? (login as Finished) : undefined;
}
