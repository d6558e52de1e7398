import type { Accounts } from '../accounts/accounts.ts';
import { addressee } from '../accounts/addressee.ts';
import type { Clock } from '../core/clock.ts';
import type { Mail } from '../mail/mail.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { FactorName } from './proof.ts';

/** What users are told about the ways they sign in. */
export type Notice =
  | { template: 'factor_added' | 'factor_removed'; factor: FactorName }
  | { template: 'recovery_codes_made' }
  | { template: 'recovery_code_used'; left: number };

export type Notify = (tenant: Tenant, accountId: string, notice: Notice) => Promise<void>;

/** Notices go to the address on record, never to one out of a request. */
export function createNotify(deps: { clock: Clock; accounts: Pick<Accounts, 'get'>; mail: Mail }): Notify {
  return async (tenant, accountId, notice) => {
    const user = await deps.accounts.get(tenant, accountId);
    if (!user) return;
    const to = addressee(user);
    const time = deps.clock();
    switch (notice.template) {
      case 'factor_added':
      case 'factor_removed':
        await deps.mail.send(tenant, { ...to, template: notice.template, data: { factor: notice.factor, time } });
        break;
      case 'recovery_codes_made':
        await deps.mail.send(tenant, { ...to, template: notice.template, data: { time } });
        break;
      case 'recovery_code_used':
        await deps.mail.send(tenant, { ...to, template: notice.template, data: { left: notice.left, time } });
    }
  };
}
