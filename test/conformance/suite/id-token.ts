import { createHash } from 'node:crypto';
import { expect } from '@jest/globals';
import { decodeProtectedHeader, type JWTPayload, jwtVerify } from 'jose';
import type { Op } from './op.ts';

export type IdToken = JWTPayload & { sub: string; nonce?: string; auth_time?: number; acr?: string };

/** What every plan asks of every ID token (OpenID Connect Core 2, 3.1.3.7, 10.1). */
export async function verified(
  op: Op,
  token: unknown,
  expected: {
    client_id: string;
    nonce?: string | undefined;
    code?: string | undefined;
    access_token?: string | undefined;
  },
): Promise<IdToken> {
  expect(token).toEqual(expect.any(String));
  const header = decodeProtectedHeader(token as string);
  expect(op.metadata.id_token_signing_alg_values_supported).toContain(header.alg);
  expect(op.jwks.keys.map(({ kid }) => kid)).toContain(header.kid);
  const { payload } = await jwtVerify(token as string, op.keys, {
    issuer: op.issuer,
    audience: expected.client_id,
    requiredClaims: ['sub', 'iat', 'exp'],
    currentDate: new Date(Date.now()),
    clockTolerance: 1,
  });
  expect(payload.sub).toMatch(/^[\x20-\x7e]{1,255}$/);
  expect(payload.nonce).toBe(expected.nonce);
  const hash = (value: string) => {
    const bits = /\d+$/.exec(header.alg ?? '')?.[0] ?? '512';
    const digest = createHash(`sha${bits}`).update(value).digest();
    return digest.subarray(0, digest.length / 2).toString('base64url');
  };
  // Required where they come together from the authorization endpoint; where not, they may be there.
  if (expected.code) expect(payload.c_hash).toBe(hash(expected.code));
  if (expected.access_token) expect(payload.at_hash).toBe(hash(expected.access_token));
  return payload as IdToken;
}
