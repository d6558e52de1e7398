import type { Clients } from '../clients/clients.ts';
import type { Deliveries } from '../outbox/requests.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { Left } from './left.ts';

export type LogoutNotices = {
  /**
   * Queues a logout token (OpenID Connect Back-Channel Logout 1.0) for each client that wants one; resolves when all are
   * stored. It is for those who end sessions to wait for that first: a crash in between tells of a logout too many, and
   * never of one too few.
   */
  tell(tenant: Tenant, accountId: string, left: readonly Pick<Left, 'clientId' | 'sid'>[]): Promise<void>;
};

export function createLogoutNotices(deps: {
  clients: Pick<Clients, 'get'>;
  deliveries: Pick<Deliveries, 'add'>;
}): LogoutNotices {
  return {
    async tell(tenant, accountId, left) {
      const told = new Set<string>();
      for (const { clientId, sid } of left) {
        const { metadata } = (await deps.clients.get(tenant, clientId)) ?? {};
        if (typeof metadata?.backchannel_logout_uri !== 'string') continue;
        // Who does not know sessions by name is told once that the user has left.
        const named = metadata.backchannel_logout_session_required === true ? sid : undefined;
        const key = JSON.stringify([clientId, named]);
        if (told.has(key)) continue;
        told.add(key);
        const fields = { kind: 'logout', to: clientId, subject: accountId } as const;
        await deps.deliveries.add(tenant, { fields, data: named === undefined ? {} : { sid: named } });
      }
    },
  };
}
