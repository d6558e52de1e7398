import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { open, seal } from '../core/sealing.ts';
import type { SealedKey } from './record.ts';
import { ENCRYPTION_ALGS, type KeyAlg } from './settings/signing.ts';
import type { TenantSettings } from './settings.ts';

/** How long relying parties may cache the JWKS, and so how long a key is published before it signs, in seconds. */
export const JWKS_MAX_AGE = 300;

export type KeyState = 'next' | 'current' | 'previous';
export type SigningKey = { kid: string; alg: KeyAlg; state: KeyState; activeFrom: number; jwk: JWK };
/** The tenant whose keys these are, and what they are sealed with. */
export type KeyOwner = { id: string; dataKey: Buffer };

const generate = promisify(generateKeyPair) as unknown as (
  type: string,
  options: object,
) => Promise<{ privateKey: JWK; publicKey: JWK }>;

const jwkEncoding = { publicKeyEncoding: { format: 'jwk' }, privateKeyEncoding: { format: 'jwk' } };

/** What a key for the algorithm is made of. */
export function kindOf(alg: KeyAlg): [type: string, options: object] {
  if (/^(RS|PS)/.test(alg)) return ['rsa', { modulusLength: 2048 }];
  if (/^Ed/.test(alg)) return ['ed25519', {}];
  return ['ec', { namedCurve: { ES384: 'P-384', ES512: 'P-521' }[alg as string] ?? 'P-256' }];
}

export const useOf = (alg: KeyAlg): 'sig' | 'enc' =>
  (ENCRYPTION_ALGS as readonly string[]).includes(alg) ? 'enc' : 'sig';

/** A new key (made off the main thread), sealed for its tenant. `activeFrom` in milliseconds since the epoch. */
export async function makeKey(owner: KeyOwner, alg: KeyAlg, activeFrom: number, rsaBits?: number): Promise<SealedKey> {
  const [type, options] = kindOf(alg);
  const { privateKey } = await generate(type, {
    ...options,
    ...(rsaBits !== undefined && { modulusLength: rsaBits }),
    ...jwkEncoding,
  });
  const kid = await calculateJwkThumbprint(privateKey);
  return sealedKey(owner, { kid, alg, jwk: { ...privateKey, kid, alg, use: useOf(alg) } }, activeFrom);
}

/** A key, sealed for its tenant. `activeFrom` in milliseconds since the epoch. */
export function sealedKey(
  owner: KeyOwner,
  { kid, alg, jwk }: { kid: string; alg: KeyAlg; jwk: JWK },
  activeFrom: number,
): SealedKey {
  return { kid, alg, activeFrom, sealed: seal(owner.dataKey, JSON.stringify(jwk), context(owner, kid)) };
}

/** Adds a new key for each of the algorithms, as `succeed` does. */
export async function rotate(
  owner: KeyOwner,
  keys: SealedKey[],
  settings: TenantSettings,
  { algorithms, activeFrom, now }: { algorithms: readonly KeyAlg[]; activeFrom: number; now: number },
): Promise<SealedKey[]> {
  const made = await Promise.all(algorithms.map((alg) => makeKey(owner, alg, activeFrom)));
  return succeed(keys, made, settings, { activeFrom, now });
}

/**
 * Adds successors. They sign from `activeFrom` on; the keys before them, of their algorithms, stay published until nothing that
 * they signed can be valid any more. Retired keys are dropped. Times are milliseconds since the epoch.
 */
export function succeed(
  keys: SealedKey[],
  made: SealedKey[],
  settings: TenantSettings,
  { activeFrom, now }: { activeFrom: number; now: number },
): SealedKey[] {
  const algorithms = made.map(({ alg }) => alg);
  const retiresAt = activeFrom + longestTokenLife(settings) * 1000;
  const kept = keys
    .filter((key) => !isRetired(key, now))
    .map((key) =>
      algorithms.includes(key.alg) ? { ...key, retiresAt: Math.min(key.retiresAt ?? retiresAt, retiresAt) } : key,
    );
  return [...kept, ...made];
}

/** The usable keys in the order in which the protocol core is to choose: current first, in the order of the settings. */
export function openKeys(owner: KeyOwner, keys: SealedKey[], order: readonly KeyAlg[], now: number): SigningKey[] {
  const live = keys.filter((key) => !isRetired(key, now)).sort((a, b) => b.activeFrom - a.activeFrom);
  const rank: Record<KeyState, number> = { current: 0, previous: 1, next: 2 };
  const place = (alg: KeyAlg) => (order.includes(alg) ? order.indexOf(alg) : order.length);
  return live
    .map((key) => ({
      kid: key.kid,
      alg: key.alg,
      activeFrom: key.activeFrom,
      state: stateOf(key, live, now),
      jwk: JSON.parse(open(owner.dataKey, key.sealed, context(owner, key.kid)).toString()) as JWK,
    }))
    .sort((a, b) => rank[a.state] - rank[b.state] || place(a.alg) - place(b.alg));
}

/** When the next key becomes active or is retired, in milliseconds since the epoch; Infinity when nothing is due. */
export const nextKeyChange = (keys: SealedKey[], now: number): number =>
  Math.min(Infinity, ...keys.flatMap((key) => [key.activeFrom, key.retiresAt ?? Infinity]).filter((at) => at > now));

function stateOf(key: SealedKey, newestFirst: SealedKey[], now: number): KeyState {
  if (key.activeFrom > now) return 'next';
  return newestFirst.find((other) => other.alg === key.alg && other.activeFrom <= now) === key ? 'current' : 'previous';
}

const isRetired = (key: SealedKey, now: number) => key.retiresAt !== undefined && key.retiresAt <= now;

const context = ({ id }: KeyOwner, kid: string) => `signing key ${id} ${kid}`;

function longestTokenLife({ tokens, resources }: TenantSettings): number {
  const lives = resources.map((resource) => resource.access_token_ttl ?? tokens.access_token_ttl);
  return Math.max(tokens.id_token_ttl, tokens.access_token_ttl, tokens.client_credentials_ttl, ...lives) + JWKS_MAX_AGE;
}
