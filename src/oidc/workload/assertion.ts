import { decodeJwt, type JWTPayload, type JWTVerifyResult, errors as jose, jwtVerify } from 'jose';
import { type Clock, seconds } from '../../core/clock.ts';
import type { TrustedIssuer } from '../../tenants/settings/trusted-issuers.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { invalidGrant } from '../invalid-grant.ts';
import type { IssuerKeys } from './issuer-keys.ts';

/** Seconds that clocks may differ by. */
const SKEW = 15;

export type Assertion = {
  issuer: TrustedIssuer;
  claims: JWTPayload & { sub: string };
  /** Seconds until nobody takes it any more. */
  remaining: number;
};

/**
 * What a JWT says for its subject (RFC 7523 3), once issuer, audience, lifetime, type and signature are in order. Errors
 * `invalid_grant`, and `unavailable` where the issuer's keys cannot be read.
 */
export async function verifyAssertion(
  tenant: Tenant,
  jwt: string,
  deps: { clock: Clock; keys: IssuerKeys; tokenEndpoint: string },
): Promise<Assertion> {
  const now = seconds(deps.clock);
  const named = issuerNamedBy(jwt);
  const issuer = tenant.settings.trusted_issuers.find((trusted) => trusted.issuer === named);
  if (!issuer) throw refusal('is of an issuer that this tenant does not trust');

  const { payload, protectedHeader } = await verified(jwt, tenant, issuer, deps, now);
  // RFC 8725 3.11: an issuer signs other JWTs with the same keys, access tokens say.
  const type = String(protectedHeader.typ ?? 'JWT').replace(/^application\//i, '');
  if (!/^(jwt|authorization-grant\+jwt)$/i.test(type)) throw refusal(`is a JWT of the type "${type}"`);
  const { exp, iat = now, sub } = payload;
  if (!sub) throw refusal('has no sub');
  if (iat > now + SKEW) throw refusal('was issued in the future');
  if (exp! - iat > issuer.max_lifetime) throw refusal(`is good for more than ${issuer.max_lifetime} seconds`);
  return { issuer, claims: { ...payload, sub }, remaining: exp! - now + SKEW };
}

function issuerNamedBy(jwt: string): string | undefined {
  try {
    return decodeJwt(jwt).iss;
  } catch {
    throw refusal('is not a JWT');
  }
}

async function verified(
  jwt: string,
  tenant: Tenant,
  issuer: TrustedIssuer,
  { keys, tokenEndpoint }: { keys: IssuerKeys; tokenEndpoint: string },
  now: number,
): Promise<JWTVerifyResult> {
  try {
    return await jwtVerify(jwt, keys(tenant, issuer), {
      issuer: issuer.issuer,
      audience: issuer.audience ?? [tenant.issuer, tokenEndpoint],
      algorithms: issuer.algorithms,
      requiredClaims: ['sub', 'exp'],
      clockTolerance: SKEW,
      currentDate: new Date(now * 1000),
    });
  } catch (error) {
    if (!(error instanceof jose.JOSEError)) throw error;
    throw refusal(`is not valid: ${error.message}`, error);
  }
}

/** RFC 7523 3.1. */
const refusal = (what: string, cause?: unknown) => invalidGrant(`the assertion ${what}`, cause);
