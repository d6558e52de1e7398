import type { User } from './record.ts';

/**
 * A user whose sessions end, all or all but `except`; the caller ends them. Of two endings no time is the same: what was
 * proven between them is told by it, whatever the clocks of several nodes say. `now` in milliseconds.
 */
export function signedOut<Of extends User>({ signedOutExcept: _, ...user }: Of, now: number, except?: string) {
  const { signedOutAt = 0 } = user;
  return {
    ...user,
    signedOutAt: Math.max(now, signedOutAt + 1),
    ...(except !== undefined && { signedOutExcept: except }),
  };
}
