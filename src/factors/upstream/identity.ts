import { type Claims, claimFields } from '../../accounts/claims.ts';
import { emailProblem } from '../../accounts/email.ts';
import { checkAttributes } from '../../accounts/profile/attributes.ts';
import { isError } from '../../core/errors.ts';
import type { Upstream } from '../../tenants/settings/upstreams.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { Proof } from '../proof.ts';
import type { Connection } from './connection.ts';
import type { Told } from './presets.ts';
import { Refusal } from './refusal.ts';
import { domainOf, heard, isAllowed, riskOf, rolesOf, trustsEmail } from './trust.ts';

/** Who somebody is at an upstream. Plain JSON: it may wait on the server while the user proves something else. */
export type UpstreamIdentity = {
  upstreamId: string;
  /** By whom `subject` is unique: an issuer, or the origin of an OAuth 2.0 provider. */
  issuer: string;
  subject: string;
  email?: string;
  /** The upstream's word is enough that the address is the user's own. */
  emailTrusted: boolean;
  /** By our names, and in the form that accounts take. */
  claims: Claims;
  /** Ours, by the tenant's mapping; absent where it has none. */
  roles?: string[];
  proof: Proof;
  /** What the upstream says of the risk of the sign-in there. */
  risk?: 'low' | 'medium' | 'high';
  /** For its sign-out: `sid`, and the ID token, sealed. */
  sessionId?: string;
  idToken?: string;
};

type Source = {
  issuer: string;
  subject: string;
  /** Of the ID token. */
  signed: Told;
  told: Told;
  /** Seconds. */
  now: number;
};

export function identityOf(
  tenant: Tenant,
  connection: Connection,
  { issuer, subject, signed, told, now }: Source,
): UpstreamIdentity {
  const { upstream } = connection;
  const email = emailOf(connection, told);
  const roles = rolesOf(upstream.roles, told);
  const risk = riskOf(upstream.trust, told);
  // A sign-in there that is older is no newer here.
  const at = Math.min(now, typeof signed.auth_time === 'number' ? signed.auth_time : now);
  return {
    upstreamId: upstream.id,
    issuer,
    subject,
    ...(email && { email }),
    emailTrusted: email !== undefined && trustsEmail(connection, told, email),
    claims: claimsFrom(tenant, connection, told),
    ...(roles && { roles }),
    ...(risk && { risk }),
    proof: { factor: 'upstream', at, upstream: { id: upstream.id, ...heard(upstream.trust, signed) } },
    ...(typeof signed.sid === 'string' && { sessionId: signed.sid }),
  };
}

/** Refused as `domain_not_allowed`. */
export function checkDomain(upstream: Upstream, identity: UpstreamIdentity): void {
  if (isAllowed(upstream, identity)) return;
  const { email, emailTrusted } = identity;
  throw new Refusal(
    'domain_not_allowed',
    email && emailTrusted ? `the domain ${domainOf(email)}` : 'no trusted address',
  );
}

function emailOf({ attributes }: Connection, told: Told): string | undefined {
  const email = attributes.email && told[attributes.email];
  return typeof email === 'string' && emailProblem(email) === undefined ? email : undefined;
}

/** What does not fit our claims is left out: somebody's odd picture is no reason to keep them out. */
function claimsFrom(tenant: Tenant, { attributes }: Connection, told: Told): Claims {
  const { email, ...rest } = attributes;
  return Object.fromEntries(
    Object.entries(rest).flatMap(([ours, theirs]) => {
      const { success, data } = claimFields[ours as keyof typeof rest].safeParse(told[theirs]);
      return success && data !== undefined && fits(tenant, { [ours]: data }) ? [[ours, data]] : [];
    }),
  );
}

/** Whether the tenant's own profile takes it. */
function fits(tenant: Tenant, claims: Claims): boolean {
  try {
    checkAttributes(tenant, { claims, attributes: {} });
    return true;
  } catch (error) {
    if (isError(error, 'invalid_input')) return false;
    throw error;
  }
}
