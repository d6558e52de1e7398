import { withoutControls } from '../../core/text.ts';

/** Why nobody signs in by an upstream: for pages to choose their words, and for the audit trail. */
export type Reason =
  /** No such upstream, or one that is switched off. */
  | 'unknown'
  | 'disabled'
  /** The state is unknown, over, used before; of another browser; or made for another upstream. */
  | 'state_invalid'
  | 'other_browser'
  | 'mix_up'
  /** The upstream, or its user there, said no; it answered with an error. */
  | 'denied'
  | 'upstream_error'
  /** Down, slow, without valid TLS, or not to be reached from here: others may work. */
  | 'unavailable'
  /** It is not set up as it says, or as we need it. */
  | 'misconfigured'
  | 'response_invalid'
  | 'token_refused'
  | 'id_token_invalid'
  | 'assertion_invalid'
  | 'subject_mismatch'
  | 'domain_not_allowed';

/** Thrown within this factor only; `detail` is for operators, never for pages, and holds no secret. */
export class Refusal extends Error {
  readonly reason: Reason;

  constructor(reason: Reason, detail: string, cause?: unknown) {
    // Libraries quote what they were given.
    super(withoutControls(detail).slice(0, 300), { cause });
    this.name = 'Refusal';
    this.reason = reason;
  }
}

/** A text of theirs within one of ours. */
export const quoted = (value: unknown): string =>
  typeof value === 'string' && /^[\x20-\x7e]{1,64}$/.test(value) ? `"${value}"` : 'something unreadable';
