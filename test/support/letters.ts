import { z } from 'zod';
import { type MessageType, messageIndexes, messageShape } from '../../src/outbox/message.ts';
import { defineRecord } from '../../src/store/records.ts';

const schema = z.strictObject({ ...messageShape, to: z.string() });
export type Letter = z.infer<typeof schema>;

/** The least that a kind of message can be. */
export const letters: MessageType<Letter> = {
  record: defineRecord<Letter>({ name: 'letters', scope: 'tenant', schema, ...messageIndexes }),
  due: 'letters_due',
  noun: 'letter',
  events: { sent: 'letter.sent', failed: 'letter.failed', dead: 'letter.given_up', retried: 'letter.retried' },
  secret: 'letters',
  lineOf: ({ to }) => to,
  about: ({ to }) => ({ details: { to } }),
};
