import type { Tenant } from '../tenants/tenant.ts';
import type { ClientRecord, Metadata } from './record.ts';
import { scopeForProtocol } from './scope.ts';
import { secretForProtocol } from './secret.ts';
import { serviceProvider } from './service-provider.ts';
import { strictness } from './strictness.ts';

/**
 * The client in the shape of the protocol core. `client_secret` and `previous_client_secret` are for `secretMatches`, or,
 * where they are keys, the secrets themselves; `until` in milliseconds.
 */
export function clientForProtocol(tenant: Tenant, client: ClientRecord & { id: string }): Metadata {
  const { id, metadata, secret, secretExpires, previous, expires, registration } = client;
  if (metadata.saml !== undefined) return serviceProvider(tenant, client);
  const ttl = registration?.unusedTtl;
  return {
    ...(!isRedirecting(metadata) && { redirect_uris: [], response_types: [] }),
    ...metadata,
    ...strictness(tenant, metadata),
    ...scopeForProtocol(tenant, metadata),
    client_id: id,
    client_id_issued_at: Math.floor(client.createdAt / 1000),
    ...(secret && { client_secret: secretForProtocol(tenant, id, secret) }),
    ...(secretExpires !== undefined && { client_secret_expires_at: Math.floor(secretExpires / 1000) }),
    ...(previous && {
      previous_client_secret: {
        client_secret: secretForProtocol(tenant, id, previous.secret),
        until: previous.until,
      },
    }),
    ...(expires !== undefined && ttl !== undefined && { unused_expiry: { at: expires, ttl } }),
  };
}

/**
 * Whether its grants go by a browser (RFC 7591 2: `authorization_code` where none is named). Who never does needs neither
 * redirect_uris nor response_types, for which the protocol core wants an empty list.
 */
function isRedirecting({ grant_types }: Metadata): boolean {
  return !Array.isArray(grant_types) || ['authorization_code', 'implicit'].some((grant) => grant_types.includes(grant));
}
