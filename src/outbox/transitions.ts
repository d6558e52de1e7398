import type { Message } from './message.ts';
import type { Outcome } from './outcome.ts';
import { nextAttempt } from './schedule.ts';

/** How a message goes from state to state; pure. Times in milliseconds since the epoch. */

export type Moment = { now: number; random: () => number };

/** Whether somebody is at it. What was taken and not finished in time is anybody's again. */
export const isTaken = ({ state, leaseUntil = 0 }: Message, now: number): boolean =>
  state === 'sending' && leaseUntil > now;

/** Whether its own next attempt is due. */
export const isDue = (message: Message, now: number): boolean =>
  !isTaken(message, now) && message.nextAttemptAt !== undefined && message.nextAttemptAt <= now;

export const isTooLate = ({ validUntil }: Message, now: number): boolean =>
  validUntil !== undefined && validUntil <= now;

/**
 * Taken for an attempt. That is counted now, so that one which ends the process is counted, too; a turn before its time, for
 * the sake of those behind it in the line, is not.
 */
export const taken = <T extends Message>(message: T, now: number, lease: number): T => ({
  ...message,
  state: 'sending',
  attempts: message.attempts + (isDue(message, now) ? 1 : 0),
  leaseUntil: now + lease,
});

/** What it is after an attempt with that outcome; `wasDue`: the attempt was its own. */
export function settled<T extends Message>(message: T, outcome: Outcome, wasDue: boolean, moment: Moment): T {
  if (outcome.state === 'sent') return ended({ ...without(message, 'sealed', 'reason'), sentAt: moment.now }, 'sent');
  const { reason } = outcome;
  if (outcome.state === 'refused') return ended({ ...message, reason }, 'failed');
  if (wasDue) return rescheduled({ ...message, reason }, moment);
  return { ...without(message, 'leaseUntil'), state: 'queued', reason };
}

/** What it is when its attempt was in vain before it was made. */
export const postponed = <T extends Message>(message: T, reason: string, moment: Moment): T =>
  rescheduled({ ...message, attempts: message.attempts + 1, reason }, moment);

/** What it was for is over: nobody is to read it. */
export const dropped = <T extends Message>(message: T): T =>
  ended({ ...without(message, 'sealed'), reason: 'too late to be of use' }, 'failed');

function rescheduled<T extends Message>(message: T, { now, random }: Moment): T {
  const nextAttemptAt = nextAttempt(message.attempts, now, random);
  if (nextAttemptAt === undefined) return ended(message, 'dead');
  return { ...without(message, 'leaseUntil'), state: 'queued', nextAttemptAt };
}

/** Out of the line. */
const ended = <T extends Message>(message: T, state: 'sent' | 'failed' | 'dead'): T => ({
  ...without(message, 'line', 'nextAttemptAt', 'leaseUntil'),
  state,
});

/** Only fields that a message need not have. */
export function without<T extends Message>(
  message: T,
  ...fields: ('sealed' | 'reason' | 'line' | 'nextAttemptAt' | 'leaseUntil')[]
): T {
  const rest = { ...message };
  for (const field of fields) delete rest[field];
  return rest;
}
