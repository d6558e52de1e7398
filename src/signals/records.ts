import { z } from 'zod';
import { defineRecord, type Stored } from '../store/records.ts';

export const STATUSES = ['enabled', 'paused', 'disabled'] as const;
export type StreamStatus = (typeof STATUSES)[number];

const stream = z.strictObject({
  /** Who receives it: one stream for each client. */
  clientId: z.string(),
  status: z.enum(STATUSES),
  reason: z.string().optional(),
  /** Absent: all that there are. */
  requested: z.array(z.string()).optional(),
  description: z.string().optional(),
  method: z.enum(['push', 'poll']),
  /** Of `push`: where to, and the sealed header by which the receiver knows us. */
  url: z.string().optional(),
  authorization: z.string().optional(),
  /** Milliseconds since the epoch. */
  createdAt: z.number().int(),
  updatedAt: z.number().int(),
});
export type StreamRecord = z.infer<typeof stream>;
export type Stream = Stored<StreamRecord>;

/** The id is the `stream_id`. */
export const streamRecord = defineRecord<StreamRecord>({
  name: 'signal_streams',
  scope: 'tenant',
  schema: stream,
  unique: [['clientId']],
});

const event = z.strictObject({
  streamId: z.string(),
  type: z.string(),
  claims: z.record(z.string(), z.unknown()),
  /** RFC 9493, with the `sub` that the receiver knows. */
  subject: z.record(z.string(), z.unknown()),
  txn: z.string(),
  /** Milliseconds since the epoch. */
  createdAt: z.number().int(),
  expires: z.number().int(),
});
export type EventRecord = z.infer<typeof event>;
export type SignalEvent = Stored<EventRecord>;

/** What a receiver has not acknowledged yet, in the order in which it happened. The id is the `jti`. */
export const eventRecord = defineRecord<EventRecord>({
  name: 'signal_events',
  scope: 'tenant',
  schema: event,
  indexes: ['streamId'],
  expires: 'expires',
});

const subject = z.strictObject({
  clientId: z.string(),
  accountId: z.string(),
  /** As the client knows the user. */
  sub: z.string(),
  /** By which it is found: a hash of client and `sub`. */
  subKey: z.string(),
  /** The receiver wants to hear nothing of them. */
  removed: z.literal(true).optional(),
  seenAt: z.number().int(),
  expires: z.number().int(),
});
export type SubjectRecord = z.infer<typeof subject>;

/** Who has come to a receiver. */
export const subjectRecord = defineRecord<SubjectRecord>({
  name: 'signal_subjects',
  scope: 'tenant',
  schema: subject,
  indexes: ['accountId', 'clientId', 'subKey'],
  expires: 'expires',
});
