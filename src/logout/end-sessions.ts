import type { Sessions } from '../sessions/sessions.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { clientsOf, type Left } from './left.ts';
import type { LogoutNotices } from './notices.ts';

/** Ends every session of an account, with all that was issued to applications, on all nodes; clients are told. */
export type EndSessions = (tenant: Tenant, accountId: string) => Promise<void>;

export const createEndSessions =
  ({
    sessions,
    notices,
    tellReceivers,
  }: {
    sessions: Pick<Sessions, 'all'>;
    notices: LogoutNotices;
    /** Tells those who hear of security events that no session of the account is good any more. */
    tellReceivers: (tenant: Tenant, accountId: string) => Promise<void>;
  }): EndSessions =>
  async (tenant, accountId) => {
    const { artifacts } = tenant.store;
    const left: Left[] = [];
    for await (const { id } of sessions.all(tenant, accountId)) {
      const session = await artifacts.findBy('Session', 'uid', id);
      if (session) left.push(...clientsOf(session));
    }
    await tellReceivers(tenant, accountId);
    await notices.tell(tenant, accountId, left);
    await artifacts.destroyOfAccount(accountId);
  };
