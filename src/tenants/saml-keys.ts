import { createPrivateKey, type JsonWebKey } from 'node:crypto';
import type { JWK } from 'jose';
import { selfSigned } from '../core/self-signed.ts';
import { type KeyOwner, type KeyState, makeKey, openKeys } from './keys.ts';
import type { SealedSamlKey } from './record.ts';

/** `certificate` in PEM, `jwk` the private key. */
export type SamlKey = { kid: string; state: KeyState; activeFrom: number; certificate: string; jwk: JWK };

const DAY = 86_400_000;
/** Beyond the longest time between two rotations. Few look at it: the certificate is an envelope of the key. */
const VALID_DAYS = 11 * 365;
/** Of certificates that many keep for years (NIST SP 800-57 Part 1: beyond 2030). */
const BITS = 3072;
/** Milliseconds that a key is published after its last signature: longer than anything it signed is good. */
const LINGER = DAY;

/**
 * A key of a tenant as identity provider, in a certificate of its own. It is not one of its other signing keys: those change
 * within weeks, while service providers are told of this one by hand. `activeFrom` in milliseconds since the epoch.
 */
export async function makeSamlKey(owner: KeyOwner, activeFrom: number, now: number): Promise<SealedSamlKey> {
  const key = await makeKey(owner, 'RS256', activeFrom, BITS);
  const [opened] = openKeys(owner, [key], [], now);
  const privateKey = createPrivateKey({ key: opened!.jwk as JsonWebKey, format: 'jwk' });
  // A clock that is behind must not find it is to come.
  const certificate = selfSigned(privateKey, { name: owner.id, from: now - DAY, until: activeFrom + VALID_DAYS * DAY });
  return { ...key, certificate };
}

/** With a successor that signs from `activeFrom` on; with `revoke` it alone. */
export async function rotateSamlKeys(
  owner: KeyOwner,
  keys: SealedSamlKey[],
  { activeFrom, now, revoke }: { activeFrom: number; now: number; revoke: boolean },
): Promise<SealedSamlKey[]> {
  const made = await makeSamlKey(owner, activeFrom, now);
  const retiresAt = activeFrom + LINGER;
  const kept = revoke ? [] : keys.filter((key) => (key.retiresAt ?? Infinity) > now);
  return [...kept.map((key) => ({ ...key, retiresAt: Math.min(key.retiresAt ?? retiresAt, retiresAt) })), made];
}

/** Those that are published; the one that signs comes first. */
export function openSamlKeys(owner: KeyOwner, keys: SealedSamlKey[], now: number): SamlKey[] {
  const certificates = new Map(keys.map(({ kid, certificate }) => [kid, certificate]));
  return openKeys(owner, keys, [], now).map(({ kid, state, activeFrom, jwk }) => ({
    kid,
    state,
    activeFrom,
    jwk,
    certificate: certificates.get(kid)!,
  }));
}
