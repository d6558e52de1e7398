/** What a page says about an error: keys of messages. `action` labels the one way on. */
export type Words = { title: string; text: string; hints?: string[]; action?: string };

const WORDS: Record<string, Words> = {
  interaction_gone: {
    title: 'gone.title',
    text: 'gone.text',
    hints: ['gone.hint_restart', 'gone.hint_tabs', 'gone.hint_cookies'],
  },
  insufficient_user_authentication: { title: 'stale.title', text: 'stale.text', action: 'stale.confirm' },
  would_lock_out: { title: 'lock_out.title', text: 'lock_out.text', action: 'action.continue' },
  step_refused: { title: 'step_refused.title', text: 'step_refused.text', action: 'action.continue' },
  csrf_refused: { title: 'csrf_refused.title', text: 'csrf_refused.text', action: 'action.try_again' },
  link_gone: { title: 'link_gone.title', text: 'link_gone.text' },
  too_many_requests: { title: 'throttled.title', text: 'throttled.text', action: 'action.try_again' },
  unavailable: { title: 'unavailable.title', text: 'unavailable.text', action: 'action.try_again' },
  tenant_suspended: { title: 'suspended.title', text: 'suspended.text' },
  not_found: { title: 'not_found.title', text: 'not_found.text' },
  saml_refused: { title: 'bad_request.title', text: 'saml_refused.text' },
  invalid_client: { title: 'client_unknown.title', text: 'client_unknown.text' },
  invalid_redirect_uri: { title: 'redirect_unknown.title', text: 'redirect_unknown.text' },
};
const BAD_REQUEST: Words = { title: 'bad_request.title', text: 'bad_request.text' };
const BUG: Words = { title: 'server_error.title', text: 'server_error.text', action: 'action.try_again' };

export const wordsFor = (code: string, status: number): Words => WORDS[code] ?? (status >= 500 ? BUG : BAD_REQUEST);
