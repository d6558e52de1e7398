import type { Proof } from './proof.ts';

/** What was proven, with what the factor knows besides. */
export type Verified<More = object> = { ok: true; proof: Proof } & More;

/** Why not; `retryAfter` (seconds) where waiting helps. */
export type Refused<Reason extends string> = { ok: false; reason: Reason; retryAfter?: number };
