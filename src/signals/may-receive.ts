import type { Clients } from '../clients/clients.ts';
import { SIGNALS_SCOPES } from '../tenants/settings/shared-signals.ts';
import type { Tenant } from '../tenants/tenant.ts';

/** Whether a client is there, and its metadata let it have a stream, as of now: what it was given may have been taken back. */
export type MayReceive = (tenant: Tenant, clientId: string) => Promise<boolean>;

export const createMayReceive =
  (clients: Pick<Clients, 'get'>): MayReceive =>
  async (tenant, clientId) => {
    const { metadata } = (await clients.get(tenant, clientId)) ?? {};
    const scopes = typeof metadata?.scope === 'string' ? metadata.scope.split(' ') : [];
    return SIGNALS_SCOPES.some((scope) => scopes.includes(scope));
  };
