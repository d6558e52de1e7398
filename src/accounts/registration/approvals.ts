import type { Audit } from '../../audit/audit.ts';
import { notFound } from '../../core/errors.ts';
import type { Mail } from '../../mail/mail.ts';
import type { Page, Stored } from '../../store/records.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { Accounts } from '../accounts.ts';
import { addressee } from '../addressee.ts';
import { pageUrl } from '../pages.ts';
import type { User } from '../record.ts';

/** Users who signed up and wait for an administrator. Error `not_found` where nobody of that id waits. */
export function createApprovals(deps: { audit: Audit; accounts: Accounts; mail: Mail }) {
  const { accounts, audit, mail } = deps;

  async function check(tenant: Tenant, accountId: string): Promise<void> {
    if ((await accounts.get(tenant, accountId))?.status !== 'pending')
      throw notFound(`a user "${accountId}" who waits for approval`);
  }

  return {
    /** In order of sign-up. */
    list: (tenant: Tenant, after?: string): Promise<Page<User>> =>
      accounts.list(tenant, { where: { field: 'status', equals: 'pending' }, ...(after !== undefined && { after }) }),

    async approve(tenant: Tenant, accountId: string): Promise<Stored<User>> {
      await check(tenant, accountId);
      const user = await accounts.setStatus(tenant, accountId, 'active');
      await audit.record(tenant.id, { type: 'registration.approved', target: accountId });
      const data = { signInLink: pageUrl(tenant, 'sign_in') };
      await mail.send(tenant, { template: 'approved', ...addressee(user), data });
      return user;
    },

    /** The account is gone; who asked for it may ask again. */
    async refuse(tenant: Tenant, accountId: string, reason?: string): Promise<void> {
      await check(tenant, accountId);
      await accounts.remove(tenant, accountId);
      const details = reason === undefined ? {} : { details: { reason } };
      await audit.record(tenant.id, { type: 'registration.rejected', target: accountId, ...details });
    },
  };
}
