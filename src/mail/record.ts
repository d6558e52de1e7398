import { z } from 'zod';
import { type MessageType, messageIndexes, messageShape } from '../outbox/message.ts';
import { defineRecord } from '../store/records.ts';

const CHANNELS = ['mail', 'sms'] as const;

const schema = z.strictObject({
  ...messageShape,
  channel: z.enum(CHANNELS),
  template: z.string(),
  to: z.string(),
  accountId: z.string().optional(),
  locale: z.string().optional(),
});

export type Message = z.infer<typeof schema>;
export type Channel = Message['channel'];

export const messageRecord = defineRecord<Message>({
  name: 'messages',
  scope: 'tenant',
  schema,
  ...messageIndexes,
});

export const messageType: MessageType<Message> = {
  record: messageRecord,
  due: 'messages_due',
  noun: 'message',
  events: {
    sent: 'message.sent',
    failed: 'message.failed',
    dead: 'message.given_up',
    retried: 'message.retried',
  },
  secret: 'mail',
  lineOf: ({ channel, to }) => `${channel} ${to.toLowerCase()}`,
  about: ({ accountId, channel, template }) => ({ target: accountId, details: { channel, template } }),
};
