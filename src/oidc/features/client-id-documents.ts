import { type Client, type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { isError } from '../../core/errors.ts';
import { subscriberOf } from '../../risk/address.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { ClientMetadata } from '../adapter/client.ts';
import { OWN_METADATA } from './registration.ts';

type Features = NonNullable<Configuration['features']>;

/** What is in force of the metadata that a document says. Error `invalid_input`. */
export type AllowDocument = (tenant: Tenant, said: ClientMetadata) => Promise<ClientMetadata>;

/** Documents that one address can have us ask for in an hour, and characters of their addresses. */
const PER_HOUR = 120;
const MAX_LENGTH = 512;

/** Client ID Metadata Documents (draft 02): an https address is a client_id, the metadata are there. */
export function documentFeature(
  tenant: Tenant,
  allowDocument: AllowDocument,
): Pick<Features, 'clientIdMetadataDocument'> {
  const { enabled, hosts, max_cache } = tenant.settings.protocol.client_id_metadata_documents;
  if (!enabled) return {};

  async function allowFetch(ctx: KoaContextWithOIDC | undefined, clientId: string): Promise<boolean> {
    const { host, hostname } = new URL(clientId);
    if (clientId.length > MAX_LENGTH || !hosts.some((allowed) => isWithin(allowed, host, hostname))) return false;
    // Without a request it is one of our own pages, which asks for what was asked for a moment ago.
    if (!ctx) return true;
    const key = `client documents ${subscriberOf(ctx.ip)}`;
    return (await tenant.store.artifacts.increment(key, 3600)).count <= PER_HOUR;
  }

  /** The core makes the client anew each time, so that what is set here is seen by nobody else. */
  async function allowClient(_ctx: KoaContextWithOIDC | undefined, client: Client): Promise<boolean> {
    try {
      const inForce = await allowDocument(tenant, client.metadata());
      for (const name of OWN_METADATA) Reflect.set(client, name, inForce[name]);
      for (const [name, value] of Object.entries(inForce))
        if (!OWN_METADATA.includes(name)) Reflect.set(client, camelCase(name), value);
      return true;
    } catch (error) {
      if (isError(error, 'invalid_input')) throw new errors.InvalidClientMetadata(error.message);
      throw error;
    }
  }

  const cacheDuration = { min: 30, max: max_cache };
  return { clientIdMetadataDocument: { enabled, ack: 'draft-02', allowFetch, allowClient, cacheDuration } };
}

function isWithin(allowed: string, host: string, hostname: string): boolean {
  if (allowed === '*') return true;
  if (!allowed.startsWith('*.')) return allowed === host;
  return hostname.endsWith(allowed.slice(1)) && host === hostname;
}

const camelCase = (name: string) => name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
