import { createHash } from 'node:crypto';
import { decodeJwt, type JWTPayload, jwtVerify } from 'jose';
import { equal } from '../../core/hashing.ts';
import type { Connection } from './connection.ts';
import type { Provider } from './discovery.ts';
import { Refusal } from './refusal.ts';

/** Asymmetric only: a key that everybody may read must never serve as a secret (RFC 8725 2.1). */
const ALGORITHMS = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ');
/** Seconds that clocks may differ by. */
const SKEW = 10;
/** Seconds: it was made for the code that was redeemed just now. */
const MAX_AGE = 600;

type Expected = {
  nonce: string;
  accessToken: string;
  maxAge?: number | undefined;
  /** Seconds since the epoch. */
  now: number;
};

/**
 * The claims of an ID token, validated as OpenID Connect Core 3.1.3.7 and RFC 8725 say, and the issuer by whom its `sub`
 * is unique. Refused as `id_token_invalid`, `unavailable` (keys).
 */
export async function validateIdToken(
  jwt: string,
  connection: Connection,
  provider: Provider,
  { nonce, accessToken, maxAge, now }: Expected,
): Promise<{ claims: JWTPayload & { sub: string }; issuer: string }> {
  const { payload, protectedHeader, issuer } = await verified(jwt, connection, provider, now);
  const { aud, azp, auth_time, at_hash, sub } = payload;
  const { clientId } = connection;
  require(/^(application\/)?jwt$/i.test(protectedHeader.typ ?? 'JWT'), 'is a token of another kind');
  require(typeof sub === 'string' && sub.length > 0 && sub.length <= 255, 'has no usable "sub"');
  require(payload.nonce === nonce, 'has another nonce');
  const others = Array.isArray(aud) && aud.length > 1;
  require(azp === clientId || (azp === undefined && !others), 'was made for another client');
  require(at_hash === undefined ||
    equal(String(at_hash), halfHash(protectedHeader.alg, accessToken)), 'belongs to another access token');
  require(maxAge === undefined ||
    (typeof auth_time === 'number' && now - auth_time <= maxAge + SKEW), 'tells of no sign-in as new as was asked for');
  return { claims: payload as JWTPayload & { sub: string }, issuer };
}

async function verified(jwt: string, connection: Connection, { metadata, keys }: Provider, now: number) {
  try {
    const issuers = connection.issuers?.(metadata.issuer, decodeJwt(jwt)) ?? [metadata.issuer];
    const result = await jwtVerify(jwt, keys, {
      issuer: issuers,
      audience: connection.clientId,
      algorithms: ALGORITHMS.filter((alg) => metadata.id_token_signing_alg_values_supported.includes(alg)),
      requiredClaims: ['sub', 'iat', 'exp'],
      maxTokenAge: MAX_AGE,
      clockTolerance: SKEW,
      currentDate: new Date(now * 1000),
    });
    return { ...result, issuer: issuers[0]! };
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal('id_token_invalid', `the ID token is not valid: ${(error as Error).message}`, error);
  }
}

function require(condition: boolean, what: string): void {
  if (!condition) throw new Refusal('id_token_invalid', `the ID token ${what}`);
}

/** OpenID Connect Core 3.1.3.6: the left half of the hash that the signature uses; Ed25519 uses SHA-512. */
function halfHash(alg: string, token: string): string {
  const size = /^(RS|PS|ES)(256|384|512)$/.exec(alg)?.[2] ?? '512';
  const digest = createHash(`sha${size}`).update(token).digest();
  return digest.subarray(0, digest.length / 2).toString('base64url');
}
