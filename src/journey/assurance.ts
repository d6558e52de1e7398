import type { FactorName, Proof } from '../factors/proof.ts';

/** Authentication assurance level (NIST SP 800-63B-4 2); 0: nothing is proven. */
export type Aal = 0 | 1 | 2 | 3;
export type AcrLevel = { acr: string; aal: 1 | 2 | 3 };

type Kind = 'knowledge' | 'possession' | 'mailbox' | 'federation';

/**
 * What kind of thing a factor shows. A mailbox is no authenticator that one has (NIST SP 800-63B-4 3.1.3.1: no
 * out-of-band secrets by e-mail): with a password it is a second step, but no second level.
 */
const KINDS: Record<FactorName, Kind> = {
  password: 'knowledge',
  passkey: 'possession',
  totp: 'possession',
  sms_code: 'possession',
  recovery_code: 'possession',
  email_code: 'mailbox',
  email_link: 'mailbox',
  upstream: 'federation',
};

/** RFC 8176 2. What another provider did is told by that provider alone. */
const METHODS: Record<FactorName, string[]> = {
  password: ['pwd'],
  passkey: ['user'],
  totp: ['otp'],
  sms_code: ['sms', 'otp'],
  recovery_code: ['otp'],
  email_code: ['otp'],
  email_link: ['otp'],
  upstream: [],
};

/** The level that these proofs reach together. */
export function aalOf(proofs: readonly Proof[]): Aal {
  const alone = Math.max(0, ...proofs.map(levelAlone)) as Aal;
  if (alone >= 2 || !areTwoKinds(proofs)) return alone;
  return 2;
}

/** Whether it is something that one has, and so a second factor to what one knows. */
export const isPossession = (factor: FactorName): boolean => KINDS[factor] === 'possession';

/** Whether two different factors are proven, or one that is two by itself. */
export function isMultiFactor(proofs: readonly Proof[]): boolean {
  return aalOf(proofs) >= 2 || new Set(proofs.map(({ factor }) => KINDS[factor])).size > 1;
}

/** Authentication method references (RFC 8176), in the order of the proofs. */
export function amrOf(proofs: readonly Proof[]): string[] {
  const methods = proofs.flatMap((proof) => [...METHODS[proof.factor], ...ownMethods(proof)]);
  return [...new Set(isMultiFactor(proofs) ? [...methods, 'mfa'] : methods)];
}

/** The best name of the ladder that a level deserves; undefined below its first step. */
export const acrOf = (ladder: readonly AcrLevel[], aal: Aal): string | undefined =>
  ladder.findLast((level) => level.aal <= aal)?.acr;

/** When the user last proved something, in seconds: `auth_time`. */
export const authTimeOf = (proofs: readonly Proof[]): number => Math.max(0, ...proofs.map(({ at }) => at));

function levelAlone({ factor, userVerified, backupEligible, upstream }: Proof): Aal {
  if (factor === 'upstream') return upstream?.aal ?? 1;
  // A key that a device keeps and opens for its user alone; one that is copied to other devices is no AAL3 (4.3).
  if (factor === 'passkey' && userVerified) return backupEligible === false ? 3 : 2;
  return 1;
}

function areTwoKinds(proofs: readonly Proof[]): boolean {
  const kinds = new Set(proofs.map(({ factor }) => KINDS[factor]));
  return kinds.has('possession') && (kinds.has('knowledge') || kinds.has('federation'));
}

function ownMethods({ factor, userVerified, backupEligible, upstream }: Proof): string[] {
  if (factor === 'passkey') return [backupEligible === false ? 'hwk' : 'swk', ...(userVerified ? ['mfa'] : [])];
  return upstream?.amr ?? [];
}
