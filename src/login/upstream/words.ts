import type { LinkRefusal } from '../../factors/upstream/decide-link.ts';
import type { Reason } from '../../factors/upstream/refusal.ts';
import { wordsFor } from '../../factors/upstream/words.ts';
import type { Again } from '../visit.ts';

/** The page of the sign-in once more, which has the other ways, with why this one did not work. */
export const refusedBy = (provider: string, reason: Reason | LinkRefusal): { again: Again } => ({
  again: { errors: [wordsFor(provider, reason)], status: reason === 'unavailable' ? 503 : 400 },
});
