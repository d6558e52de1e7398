import type { Clients } from '../clients/clients.ts';
import type { ClientRecord } from '../clients/record.ts';
import { type SamlMetadata, samlOf } from '../clients/saml.ts';
import { GatehouseError } from '../core/errors.ts';
import type { Stored } from '../store/records.ts';
import type { Tenant } from '../tenants/tenant.ts';

/** A client that speaks SAML. */
export type ServiceProvider = { id: string; name: string; saml: SamlMetadata; client: Stored<ClientRecord> };

export function serviceProviderOf(client: Stored<ClientRecord> | undefined): ServiceProvider | undefined {
  const saml = client && samlOf(client.metadata);
  if (!client || !saml) return undefined;
  const { client_name } = client.metadata;
  return { id: client.id, name: typeof client_name === 'string' ? client_name : client.id, saml, client };
}

/** By its entityID. Error `invalid_client`. */
export async function serviceProviderNamed(
  clients: Pick<Clients, 'serviceProvider'>,
  tenant: Tenant,
  entityId: string,
): Promise<ServiceProvider> {
  const found = serviceProviderOf(await clients.serviceProvider(tenant, entityId));
  if (!found)
    throw new GatehouseError('invalid_client', 400, `there is no service provider "${entityId.slice(0, 200)}"`);
  return found;
}
