import { invalidInput } from '../core/errors.ts';
import { isMailbox } from '../core/mailbox.ts';
import type { Channel } from './record.ts';

/** Error `invalid_input`. */
export function checkRecipient(channel: Channel, to: string): void {
  const isGood = channel === 'mail' ? isMailbox(to) : /^\+[1-9]\d{6,14}$/.test(to);
  if (isGood) return;
  const message = channel === 'mail' ? 'must be an e-mail address' : 'must be a phone number as +491701234567 (E.164)';
  throw invalidInput(`the recipient ${message}`, [{ pointer: '/to', message }]);
}
