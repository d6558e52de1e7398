import { generateKeyPairSync } from 'node:crypto';
import { randomSecret } from '../core/ids.ts';
import { protocolOf } from '../tenants/settings/protocol.ts';
import type { TenantSettings } from '../tenants/settings.ts';
import type { Metadata } from './record.ts';

/** What could authenticate is thrown away here, so that nobody can. */
const { x, y } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
const KEY = { kty: 'EC', crv: 'P-256', x, y, kid: 'nobody', alg: 'ES256', use: 'sig' };
const SECRET = randomSecret();

/** The best first. */
const METHODS: Metadata[] = [
  { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [KEY] } },
  { token_endpoint_auth_method: 'client_secret_jwt', client_secret: SECRET },
  { token_endpoint_auth_method: 'client_secret_basic', client_secret: SECRET },
  { token_endpoint_auth_method: 'client_secret_post', client_secret: SECRET },
  { token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks: { keys: [KEY] } },
  // RFC 6761 6.4: nobody can have that name.
  { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_dns: 'nobody.invalid' },
];
const NONE: Metadata = { token_endpoint_auth_method: 'none' };

/**
 * How a client of our own is registered, which never comes to the token endpoint: by a method that the tenant allows, and
 * by what nobody has.
 */
export function noAuth({ settings }: { settings: TenantSettings }): Metadata {
  const allowed: readonly unknown[] = protocolOf(settings).client_auth_methods;
  return METHODS.find(({ token_endpoint_auth_method: method }) => allowed.includes(method)) ?? NONE;
}
