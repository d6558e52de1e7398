/** How policies, proofs, pages and the audit trail call what one can sign in with. */
export const FACTORS = [
  'password',
  'passkey',
  'totp',
  'email_code',
  'email_link',
  'sms_code',
  'recovery_code',
  'upstream',
] as const;
export type FactorName = (typeof FACTORS)[number];

/** What a user has proven, and when (seconds since the epoch). Made by the server alone, after verification. */
export type Proof = {
  factor: FactorName;
  at: number;
  /** Of a passkey: the device verified its user (WebAuthn `UV`), and the key can leave it (`BE`). */
  userVerified?: boolean;
  backupEligible?: boolean;
  /** Of an upstream: which one and, only where its configuration trusts it, the level and methods that it told. */
  upstream?: { id: string; aal?: 1 | 2 | 3; amr?: string[] };
};
