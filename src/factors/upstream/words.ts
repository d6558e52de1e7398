import type { LinkRefusal } from './decide-link.ts';
import type { Reason } from './refusal.ts';

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

/** Why nobody came back from a provider, for the page that sent its user there. */
export const wordsFor = (provider: string, reason: Reason | LinkRefusal) => ({
  field: '',
  message: WORDS[reason] ?? 'upstream.error.failed',
  values: { provider },
});
