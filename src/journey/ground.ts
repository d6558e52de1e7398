import type { User } from '../accounts/record.ts';

/**
 * What a sign-in stands on: how it stood with the account before the first of its proofs was looked at. Whoever was under
 * way when sessions were ended must not go on.
 */
export type Ground = {
  /** When the sessions of the account were ended last, 0 for never: compared for sameness alone, no two clocks agree. */
  signedOutAt: number;
  /** The session that was left out then. */
  except?: string | undefined;
  /** The session of the account that the browser had. */
  session?: string | undefined;
};

/** What an account tells of its endings. */
export type Ended = Pick<User, 'signedOutAt' | 'signedOutExcept'>;

/** As it stands with an account now; `session`: the browser's, if it is there and of this account. */
export const groundOf = ({ signedOutAt = 0, signedOutExcept: except }: Ended, session: string | undefined): Ground => ({
  signedOutAt,
  ...(except !== undefined && { except }),
  ...(session !== undefined && { session }),
});

/** Whether a session has been ended with others, even where it was begun in that very moment. Of old ones nothing is known. */
export const isOver = (session: { id: string; signedOutAt?: number | undefined }, person: Ended): boolean =>
  session.signedOutAt !== undefined &&
  !holds({ signedOutAt: session.signedOutAt, session: session.id }, groundOf(person, session.id));

/** Whether what was proven `then` is good `now`: nothing was ended since, but other sessions by way of this one. */
export const holds = (then: Ground | undefined, now: Ground): boolean =>
  then !== undefined &&
  (then.session === undefined || then.session === now.session) &&
  (then.signedOutAt === now.signedOutAt || (now.session !== undefined && now.session === now.except));
