import type { FactorName, Proof } from '../factors/proof.ts';
import type { AcrLevel } from './assurance.ts';
import type { Lifetimes } from './lifetimes.ts';
import type { Policy } from './policy.ts';

/**
 * The longest that a session was left alone, in seconds: since anything was proven, and since all of level 3 was. The
 * use after a pause must not make it look as if there had been none, to no client.
 */
export type Pauses = { proof: number; aal3: number };

/** All that a plan depends on, as plain data. Times are seconds since the epoch. */
export type Facts = {
  now: number;
  request: {
    /** `acr_values`, or `claims.id_token.acr`: best first. Empty: no wish. */
    acrValues: string[];
    maxAge?: number | undefined;
    /** `prompt=login`: to be asked whatever is known. */
    again?: boolean;
    /** `prompt=create`: to be offered an account first. */
    create?: boolean;
  };
  /** What the tenant calls its levels, low to high. */
  ladder: readonly AcrLevel[];
  lifetimes: Lifetimes;
  policy: Policy;
  /** Who is signed in in this browser already. */
  session?: { accountId: string; proofs: Proof[]; lastSeenAt: number; pauses?: Pauses | undefined } | undefined;
  /** What was done since this sign-in began. */
  journey: {
    proofs: Proof[];
    /** Offers that the user has put off, and pages that were seen. */
    passed: readonly Passable[];
    /** The browser has told that it can make a passkey. */
    canMakePasskey?: boolean | undefined;
  };
  /** The account that was proven in this journey, or else the session's. */
  account?: AccountFacts | undefined;
  /** Whether the browser is one that this account trusts. */
  trustedDevice: boolean;
  risk: 'allow' | 'step_up' | 'deny';
};

export type Passable = 'enrol' | 'create' | 'recovery_codes' | 'passkey_offer';

export type AccountFacts = {
  id: string;
  active: boolean;
  /** What it can prove, as far as it is enrolled. */
  factors: readonly FactorName[];
  /** When a second factor was demanded for the first time; undefined: never yet. */
  demandedAt?: number | undefined;
  resetRequired: boolean;
  /** An address that is to be verified before the account is used. */
  unverified?: 'email' | 'phone' | undefined;
  termsDue: boolean;
  profileMissing: boolean;
  /** The tenant offers a passkey, and the user has not put that off. */
  passkeyOffered?: boolean | undefined;
};
