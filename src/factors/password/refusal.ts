import { type GatehouseError, invalidInput } from '../../core/errors.ts';

/** Why a password may not be chosen. Pages have a text for each, `password.<reason>`. */
export type Reason = 'malformed' | 'too_short' | 'too_common' | 'too_obvious' | 'breached';

/** Error `invalid_input` at `/password`, its problem with the reason and what the text for it needs. */
export function refusal(reason: Reason, message: string): GatehouseError {
  return invalidInput(`the password ${message}`, [{ pointer: '/password', message, reason }]);
}
