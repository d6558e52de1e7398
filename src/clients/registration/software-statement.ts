import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  decodeJwt,
  errors,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose';
import type { Clock } from '../../core/clock.ts';
import { invalidSoftwareStatement, unapprovedSoftwareStatement, unavailable } from '../../core/errors.ts';
import { lru } from '../../core/lru.ts';
import type { StatementIssuer } from '../../tenants/settings/software-statements.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { Metadata } from '../record.ts';

/** Milliseconds. */
export const STATEMENT_KEYS_TIMEOUT = 2500;

/** Milliseconds: statements with made-up key ids do not make us ask more often than this. */
const COOLDOWN = 60_000;

/** Registered claims about the statement itself, not about the client (RFC 7519 4.1). */
const OF_STATEMENT = ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti'];

/**
 * What the parties that a tenant trusts say of a client's software (RFC 7591 2.3). Errors `invalid_software_statement`,
 * `unapproved_software_statement`.
 */
export type VerifyStatement = (tenant: Tenant, statement: unknown) => Promise<Metadata>;

export function createStatements(deps: { clock: Clock; fetch: typeof globalThis.fetch }): VerifyStatement {
  const remotes = lru<JWTVerifyGetKey>(1000);

  return async (tenant, statement) => {
    const { issuers } = tenant.settings.protocol.client_registration.software_statements;
    if (typeof statement !== 'string') throw invalidSoftwareStatement('the software statement must be a JWT');
    const named = readIssuer(statement);
    const issuer = issuers.find((each) => each.issuer === named);
    if (!issuer) throw unapprovedSoftwareStatement('the software statement is not of an issuer that is trusted here');
    const { iss: _, software_id, ...claims } = await verified(tenant, statement, issuer);
    if (issuer.software_ids && !issuer.software_ids.includes(software_id as string))
      throw unapprovedSoftwareStatement('the software of the software statement is not approved here');
    return aboutClient({ ...claims, ...(software_id !== undefined && { software_id }) });
  };

  async function verified(tenant: Tenant, statement: string, issuer: StatementIssuer) {
    try {
      const { payload } = await jwtVerify(statement, keysOf(issuer), {
        issuer: issuer.issuer,
        algorithms: issuer.algorithms,
        currentDate: new Date(deps.clock()),
      });
      if (payload.aud !== undefined && ![payload.aud].flat().includes(tenant.issuer))
        throw invalidSoftwareStatement('the software statement is for another audience');
      return payload;
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw invalidSoftwareStatement('the software statement has expired');
      if (isOfKeys(error)) throw unavailable('the keys of the issuer of the software statement', error);
      throw error instanceof errors.JOSEError
        ? invalidSoftwareStatement('the signature or the claims of the software statement are not good')
        : error;
    }
  }

  function keysOf({ jwks, jwks_uri }: StatementIssuer): JWTVerifyGetKey {
    if (jwks) return createLocalJWKSet(jwks as Parameters<typeof createLocalJWKSet>[0]);
    const uri = jwks_uri!;
    const known = remotes.get(uri);
    if (known) return known;
    const keys = createRemoteJWKSet(new URL(uri), { [customFetch]: deps.fetch, cooldownDuration: COOLDOWN });
    remotes.set(uri, keys);
    return keys;
  }
}

/** Its server did not answer, or with something else. */
const isOfKeys = (error: unknown) =>
  error instanceof TypeError ||
  error instanceof errors.JWKSTimeout ||
  (error as Error).constructor === errors.JOSEError;

/** What a statement that was verified before says of the client. */
export const claimsOfStatement = (statement: string): Metadata => aboutClient(decodeJwt(statement));

const aboutClient = (claims: Metadata): Metadata =>
  Object.fromEntries(Object.entries(claims).filter(([name]) => !OF_STATEMENT.includes(name)));

function readIssuer(statement: string): string | undefined {
  try {
    return decodeJwt(statement).iss;
  } catch {
    throw invalidSoftwareStatement('the software statement must be a JWT');
  }
}
