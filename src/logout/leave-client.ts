import type { Sessions } from '../sessions/sessions.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { clientsOf, type Left } from './left.ts';
import type { LogoutNotices } from './notices.ts';

/** Tells one client that the user is no longer signed in to it, whatever session that was by; the sessions go on. */
export const createLeaveClient =
  ({
    sessions,
    notices,
    tellReceivers,
  }: {
    sessions: Pick<Sessions, 'all'>;
    notices: LogoutNotices;
    /** Tells those who hear of security events that the session is over for them. */
    tellReceivers: (tenant: Tenant, accountId: string, left: readonly Left[]) => Promise<void>;
  }) =>
  async (tenant: Tenant, accountId: string, clientId: string): Promise<void> => {
    for await (const { id } of sessions.all(tenant, accountId)) {
      const session = await tenant.store.artifacts.findBy('Session', 'uid', id);
      const left = session ? clientsOf(session).filter((one) => one.clientId === clientId) : [];
      await tellReceivers(tenant, accountId, left);
      await notices.tell(tenant, accountId, left);
    }
  };
