import type { Stored } from '../../store/records.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { clientForProtocol } from '../for-protocol.ts';
import type { ClientRecord, Metadata } from '../record.ts';

/** What the protocol core makes of a client's metadata, with its defaults. Throws for what is not valid (any more). */
export type InForce = (tenant: Tenant, metadata: Metadata) => Promise<Metadata>;

/** What of it is not the client's to read, or said below. */
const UNSAID = [
  'client_secret',
  'client_secret_expires_at',
  'skip_consent',
  'authentication_policy',
  'untrusted',
  'resource_scopes',
  'token_exchange',
  'may_act',
  'native_sso',
  'api_scope',
  'unused_expiry',
];

/**
 * The client information response (RFC 7591 3.2.1, RFC 7592 3): all that is in force. `secret` where it was made just now:
 * it cannot be read again.
 */
export async function clientInformation(
  tenant: Tenant,
  client: Stored<ClientRecord>,
  inForce: InForce,
  shown: { token: string; secret?: string | undefined },
): Promise<Metadata> {
  const { id, metadata, registration, createdAt, secretExpires } = client;
  const { softwareStatement } = registration ?? {};
  // A tenant that became stricter takes no old client any more; its own data it can read still.
  const effective = await inForce(tenant, clientForProtocol(tenant, client)).catch(() => metadata);
  const said = Object.entries({ ...metadata, ...effective, ...('scope' in metadata && { scope: metadata.scope }) });
  return {
    ...Object.fromEntries(said.filter(([name, value]) => value !== undefined && !UNSAID.includes(name))),
    client_id: id,
    client_id_issued_at: Math.floor(createdAt / 1000),
    ...(shown.secret !== undefined && { client_secret: shown.secret }),
    ...(client.secret && { client_secret_expires_at: Math.floor((secretExpires ?? 0) / 1000) }),
    ...(softwareStatement !== undefined && { software_statement: softwareStatement }),
    registration_access_token: shown.token,
    registration_client_uri: `${tenant.issuer}/reg/${encodeURIComponent(id)}`,
  };
}
