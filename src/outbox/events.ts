import type { AuditEvent } from '../audit/audit.ts';
import type { Stored } from '../store/records.ts';
import type { Message, MessageType } from './message.ts';

/** What happened to a message, for the audit trail: never what was in it. */
export function messageEvent<T extends Message>(
  type: MessageType<T>,
  what: keyof MessageType<T>['events'],
  message: Stored<T>,
): AuditEvent {
  const { id, attempts, reason } = message;
  const { target, details } = type.about(message);
  return {
    type: type.events[what],
    outcome: reason === undefined ? 'success' : 'failure',
    ...(target !== undefined && { target }),
    details: { [type.noun]: id, ...details, attempts, ...(reason !== undefined && { reason }) },
  };
}
