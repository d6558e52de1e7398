import { invalidInput } from '../core/errors.ts';
import { equal, mac } from '../core/hashing.ts';
import { open, seal } from '../core/sealing.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { ClientRecord, Metadata } from './record.ts';

export type StoredSecret = NonNullable<ClientRecord['secret']>;
export type SecretUse = 'none' | 'hashed' | 'sealed';

/**
 * What a client needs its secret for. `hashed`: it only shows it. `sealed`: the secret is a key of signatures or
 * encryption (HS256, A128KW, ...), so that it must be read back. `none`: it has none.
 */
export function secretUse(metadata: Metadata): SecretUse {
  // A service provider has keys, and never comes to the token endpoint.
  if (metadata.saml !== undefined) return 'none';
  const method = metadata.token_endpoint_auth_method ?? 'client_secret_basic';
  const isKey = Object.entries(metadata).some(
    ([name, value]) => /_alg$/.test(name) && /^(HS\d|A\d+(GCM)?KW$|dir$|PBES2)/.test(String(value)),
  );
  if (method === 'client_secret_jwt' || isKey) return 'sealed';
  return method === 'client_secret_basic' || method === 'client_secret_post' ? 'hashed' : 'none';
}

/** Error `invalid_input` for a secret that is too weak for its use. */
export function storeSecret(tenant: Tenant, clientId: string, secret: string, use: 'hashed' | 'sealed'): StoredSecret {
  // RFC 7518 3.2: a key at least as long as the hash. A fast hash is enough only for what cannot be guessed.
  const least = use === 'sealed' ? 32 : 16;
  if (typeof secret !== 'string' || secret.length < least || secret.length > 512 || /[^\x20-\x7e]/.test(secret)) {
    throw refusal(`must be ${least} to 512 printable ASCII characters; leave it out to have one made`);
  }
  return use === 'hashed'
    ? { hash: hashSecret(tenant, clientId, secret) }
    : { sealed: seal(tenant.secretFor('client secret sealing'), secret, context(tenant, clientId)) };
}

/** What to keep when a client is made or changed: `given`, or what was kept `before`. Error `invalid_input`. */
export function secretToKeep(
  tenant: Tenant,
  clientId: string,
  use: SecretUse,
  given: string | undefined,
  before: StoredSecret | undefined,
): StoredSecret | undefined {
  if (use === 'none') {
    if (given === undefined) return undefined;
    throw refusal('is of no use: the client neither authenticates by a secret nor has an algorithm that needs one');
  }
  const fits = before && (use === 'hashed') === 'hash' in before;
  if (given !== undefined) {
    return fits && isSecret(tenant, clientId, before, given) ? before : storeSecret(tenant, clientId, given, use);
  }
  if (fits) return before;
  if (before && 'sealed' in before)
    return storeSecret(tenant, clientId, openSecret(tenant, clientId, before.sealed), use);
  throw refusal('must be given: the algorithms need the secret itself, of which only a hash is kept');
}

/** Says of what the protocol core is given as the secret that it is a hash: who learns a hash cannot show it as the secret. */
const HASHED = 'hash:';

/** A stored secret in the form in which the protocol core keeps it, and gives it back to `secretMatches`. */
export const secretForProtocol = (tenant: Tenant, clientId: string, stored: StoredSecret): string =>
  'hash' in stored ? HASHED + stored.hash : openSecret(tenant, clientId, stored.sealed);

/** Whether `given` is the secret that `stored` (by `secretForProtocol`) stands for; in constant time. */
export const secretMatches = (tenant: Tenant, clientId: string, stored: string, given: string): boolean =>
  stored.startsWith(HASHED) ? equal(HASHED + hashSecret(tenant, clientId, given), stored) : equal(given, stored);

/** The same for either way of storing. */
export const isSecret = (tenant: Tenant, clientId: string, stored: StoredSecret, given: string): boolean =>
  typeof given === 'string' && secretMatches(tenant, clientId, secretForProtocol(tenant, clientId, stored), given);

const openSecret = (tenant: Tenant, clientId: string, sealed: string): string =>
  open(tenant.secretFor('client secret sealing'), sealed, context(tenant, clientId)).toString();

// A client_id has no space, so that no two pairs of id and secret make one text.
const hashSecret = (tenant: Tenant, clientId: string, secret: string) =>
  mac(tenant.secretFor('client secret'), `${clientId} ${secret}`);

const context = (tenant: Tenant, clientId: string) => `client secret ${tenant.id} ${clientId}`;

const refusal = (message: string) =>
  invalidInput(`the client_secret ${message}`, [{ pointer: '/client_secret', message }]);
