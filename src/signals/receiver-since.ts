import type { Clients } from '../clients/clients.ts';
import { SIGNALS_SCOPES } from '../tenants/settings/shared-signals.ts';
import type { Tenant } from '../tenants/tenant.ts';

/**
 * Since when (milliseconds) there is a client of this name whose metadata let it have a stream, as of now; undefined where
 * there is none: what it was given may have been taken back. What is older is of another, that had the name before; within
 * one second the two cannot be told.
 */
export type ReceiverSince = (tenant: Tenant, clientId: string) => Promise<number | undefined>;

export const createReceiverSince =
  (clients: Pick<Clients, 'get'>): ReceiverSince =>
  async (tenant, clientId) => {
    const { metadata, createdAt = 0 } = (await clients.get(tenant, clientId)) ?? {};
    const scopes = typeof metadata?.scope === 'string' ? metadata.scope.split(' ') : [];
    return SIGNALS_SCOPES.some((scope) => scopes.includes(scope)) ? Math.floor(createdAt / 1000) * 1000 : undefined;
  };
