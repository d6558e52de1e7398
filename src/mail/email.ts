import type { Composed } from './compose.ts';

/** A mail, ready to go. */
export type Email = Composed & {
  /** Of the message: what is sent twice has it twice. */
  id: string;
  from: { name: string; address: string };
  replyTo: string | undefined;
  to: string;
  /** When it was asked for, in milliseconds since the epoch. */
  at: number;
};

/** A text message, ready to go. */
export type TextMessage = { id: string; tenantId: string; to: string; text: string };

/** The same each time it is sent, so that a double can be told (RFC 5322 3.6.4). */
export const messageIdOf = ({ id, from }: Email): string => `<${id}@${from.address.split('@')[1]}>`;
