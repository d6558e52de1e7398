import type { LinkRefusal } from '../../factors/upstream/decide-link.ts';
import type { Reason } from '../../factors/upstream/refusal.ts';
import type { Again } from '../visit.ts';

/** What people can do something about has words of its own. */
const WORDS: Partial<Record<Reason | LinkRefusal, string>> = {
  unavailable: 'upstream.error.unavailable',
  denied: 'upstream.error.denied',
  unknown: 'upstream.error.disabled',
  disabled: 'upstream.error.disabled',
  misconfigured: 'upstream.error.misconfigured',
  domain_not_allowed: 'upstream.error.domain_not_allowed',
  account_disabled: 'upstream.error.account_disabled',
  account_exists: 'upstream.error.account_exists',
  email_missing: 'upstream.error.email_missing',
  not_linked: 'upstream.error.not_linked',
};

/** The page of the sign-in once more, which has the other ways, with why this one did not work. */
export function refusedBy(provider: string, reason: Reason | LinkRefusal): { again: Again } {
  const message = WORDS[reason] ?? 'upstream.error.failed';
  return {
    again: {
      errors: [{ field: '', message, values: { provider } }],
      status: reason === 'unavailable' ? 503 : 400,
    },
  };
}
