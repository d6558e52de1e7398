import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { invalidInput } from '../core/errors.ts';
import { useOf } from './keys.ts';
import type { KeyAlg } from './settings/signing.ts';

export type ImportedKey = { kid: string; alg: KeyAlg; jwk: JWK; thumbprint: string };
export type ImportOptions = { alg?: string | undefined; kid?: string | undefined };

/** NIST SP 800-131A 2: less is no security any more. And what is larger only makes every signature slow. */
const RSA_BITS = { least: 2048, most: 8192 };
/** OpenSSL's name by that of a JWK. */
const CURVES: Record<string, string> = { 'P-256': 'prime256v1', 'P-384': 'secp384r1', 'P-521': 'secp521r1' };
const CURVE_OF: Record<string, string> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };
const PKCS8 = /^\s*-----BEGIN PRIVATE KEY-----\r?\n[A-Za-z0-9+/=\s]+-----END PRIVATE KEY-----\s*$/;

/**
 * A private key that was made elsewhere, as a JWK (RFC 7517) or in PEM (PKCS#8), for one of the algorithms of the tenant. No
 * message holds any of it. Error `invalid_input`.
 */
export async function importedKey(
  text: string,
  algorithms: readonly KeyAlg[],
  options: ImportOptions,
): Promise<ImportedKey> {
  const { key, said } = read(text);
  const alg = algFor(key, algorithms, options.alg ?? said.alg);
  checkUse(alg, said);
  const { privateMembers, publicMembers } = membersOf(key);
  checkPair(key, publicMembers);
  const thumbprint = await calculateJwkThumbprint(publicMembers);
  const kid = kidOf(options.kid ?? said.kid ?? thumbprint);
  return { kid, alg, jwk: { ...privateMembers, kid, alg, use: useOf(alg) }, thumbprint };
}

type Said = { alg?: unknown; kid?: unknown; use?: unknown; key_ops?: unknown };

function read(text: string): { key: KeyObject; said: Said } {
  if (PKCS8.test(text)) return { key: privateKey({ key: text, format: 'pem' }), said: {} };
  if (/-----BEGIN ENCRYPTED/.test(text))
    throw refused('is encrypted: decrypt it on its way (openssl pkcs8 -in FILE | gatehouse key import TENANT -)');
  if (/-----BEGIN/.test(text))
    throw refused('is not in PKCS#8 (openssl pkcs8 -topk8 -nocrypt -in FILE | gatehouse key import TENANT -)');
  const jwk = parsed(text);
  if (!('d' in jwk)) throw refused('is not a private key: the JWK has no d');
  return { key: privateKey({ key: jwk as never, format: 'jwk' }), said: jwk };
}

function parsed(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // What the parser says quotes the text.
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw refused('is neither a private key in PEM (PKCS#8) nor a JWK');
}

function privateKey(input: Parameters<typeof createPrivateKey>[0]): KeyObject {
  try {
    return createPrivateKey(input);
  } catch {
    throw refused('cannot be read as a private key: it is damaged, incomplete or of a kind that is not known');
  }
}

/** The one that is named, or the only one of the tenant's that goes with such a key. */
function algFor(key: KeyObject, algorithms: readonly KeyAlg[], named: unknown): KeyAlg {
  if (named !== undefined) {
    const alg = algorithms.find((each) => each === named);
    if (!alg) throw refused(`is for an algorithm that the tenant does not use; it uses ${algorithms.join(', ')}`);
    const problem = misfit(key, alg);
    if (problem) throw refused(problem);
    return alg;
  }
  const fitting = algorithms.filter((alg) => !misfit(key, alg));
  if (fitting.length === 1) return fitting[0]!;
  if (fitting.length > 1) throw refused(`could be for ${fitting.join(' or ')}: say which (--alg)`);
  const problems = new Set(algorithms.map((alg) => misfit(key, alg)));
  throw refused(`goes with no algorithm of the tenant (${algorithms.join(', ')}): it ${[...problems].join('; it ')}`);
}

/** Why a key does not go with an algorithm, else undefined. */
function misfit(key: KeyObject, alg: KeyAlg): string | undefined {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details = {} } = key;
  if (/^(RS|PS)/.test(alg)) {
    if (type !== 'rsa') return `is not an RSA key, which ${alg} needs`;
    const bits = details.modulusLength ?? 0;
    if (bits < RSA_BITS.least || bits > RSA_BITS.most)
      return `must have ${RSA_BITS.least} to ${RSA_BITS.most} bits, not ${bits}`;
    return details.publicExponent === 65_537n ? undefined : 'must have the public exponent 65537';
  }
  if (/^Ed/.test(alg)) return type === 'ed25519' ? undefined : `is not an Ed25519 key, which ${alg} needs`;
  const curves = CURVE_OF[alg] ? [CURVE_OF[alg]] : Object.keys(CURVES);
  const isOn = type === 'ec' && curves.some((curve) => CURVES[curve] === details.namedCurve);
  return isOn ? undefined : `is not a key on the curve ${curves.join(' or ')}, which ${alg} needs`;
}

/** RFC 7517 4.2, 4.3: whoever made it may have said what it is for. */
function checkUse(alg: KeyAlg, { use, key_ops }: Said): void {
  const wanted = useOf(alg);
  if (use !== undefined && use !== wanted) throw refused(`says that its use is another than ${wanted}`);
  if (key_ops === undefined) return;
  const ops = wanted === 'sig' ? ['sign'] : ['decrypt', 'unwrapKey', 'deriveKey', 'deriveBits'];
  if (!Array.isArray(key_ops) || !ops.some((op) => key_ops.includes(op)))
    throw refused(`says by key_ops that it is not for ${wanted === 'sig' ? 'signing' : 'decryption'}`);
}

/** As the key itself says them: whatever else was in the JWK is left out. */
function membersOf(key: KeyObject): { privateMembers: JWK; publicMembers: JWK } {
  const privateMembers = key.export({ format: 'jwk' }) as JWK;
  const { kty, crv, x, y, n, e } = privateMembers;
  const members = Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined);
  return { privateMembers, publicMembers: Object.fromEntries(members) as JWK };
}

/** A JWK can name a public part that is another key's: nothing that it signs would verify. */
function checkPair(key: KeyObject, publicMembers: JWK): void {
  const text = Buffer.from('a key and its public part');
  const hash = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  let isPair = false;
  try {
    const publicKey = createPublicKey({ key: publicMembers as never, format: 'jwk' });
    isPair = verify(hash, text, publicKey, sign(hash, text, key));
  } catch {
    // Numbers that belong to no key.
  }
  if (!isPair) throw refused('has a public part that does not belong to its private part');
}

function kidOf(kid: unknown): string {
  if (typeof kid === 'string' && /^[\x21-\x7e]{1,128}$/.test(kid)) return kid;
  throw refused('has a kid that is not 1 to 128 printable ASCII characters without spaces');
}

export const refused = (why: string) => invalidInput(`the key ${why}`, [{ pointer: '', message: why }]);
