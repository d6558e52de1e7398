import { z } from 'zod';
import type { RecordType } from '../store/records.ts';

/** `failed`: refused for good, or of no use any more; `dead`: every attempt was in vain. Both may be tried again by hand. */
export const STATES = ['queued', 'sending', 'sent', 'failed', 'dead'] as const;

/** What the record of every kind of message has; each kind adds its own to it. */
export const messageShape = {
  state: z.enum(STATES),
  /** Why it is in this state, in words for operators. */
  reason: z.string().optional(),
  attempts: z.number().int(),
  /** What it says; gone once it is sent. */
  sealed: z.string().optional(),
  /** Where it goes while it is to be sent: what is in one line goes in order. */
  line: z.string().optional(),
  /** All times are milliseconds since the epoch. */
  createdAt: z.number().int(),
  nextAttemptAt: z.number().int().optional(),
  /** While `sending`: who took it has until then; later it is anybody's. */
  leaseUntil: z.number().int().optional(),
  sentAt: z.number().int().optional(),
  /** After that it is of no use, and is not sent. */
  validUntil: z.number().int().optional(),
  expires: z.number().int(),
};

const schema = z.strictObject(messageShape);
export type Message = z.infer<typeof schema>;
export type MessageState = Message['state'];

/** One kind of message, such as mail: how it is stored, and what its outbox needs to know of it. */
export type MessageType<T extends Message> = {
  /** With the fields of `messageShape`, found by `line` and `state`. */
  record: RecordType<T>;
  /** Record name of the list of those that are due. */
  due: string;
  /** What one is called in errors, and in the details of its audit events. */
  noun: string;
  /** Types of its audit events, by what became of it. */
  events: Record<'sent' | 'failed' | 'dead' | 'retried', string>;
  /** The tenant's secret that what it says is sealed with. */
  secret: string;
  /** The same for all that has to arrive in the order in which it was made. */
  lineOf(message: T): string;
  /** Of those with the same name only a few are under way at once, so that one slow receiver does not take every place. */
  laneOf?(message: T): string;
  /** What the audit trail may know of it. */
  about(message: T): { target?: string | undefined; details: Record<string, unknown> };
};

/** What every record declaration of messages has in common. */
export const messageIndexes = { indexes: ['line', 'state'], expires: 'expires' };
