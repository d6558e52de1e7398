import type { FieldError } from '../../http/fields.ts';
import type { Again, Visit } from '../visit.ts';

/** What was wrong with a code that was typed. */
export const codeError = (reason: string): FieldError => ({ field: 'code', message: `errors.code_${reason}` });

/** The page where a code can be typed, that another one cannot be sent yet. `retryAfter` in seconds. */
export function againLater({ ctx }: Visit, retryAfter = 60, more: Partial<Again> = {}): { again: Again } {
  ctx.set('Retry-After', String(retryAfter));
  const errors = [{ field: '', message: 'errors.code_wait', values: { minutes: Math.ceil(retryAfter / 60) } }];
  return { again: { ...more, errors, status: 429 } };
}
