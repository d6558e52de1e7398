import type { Accounts } from '../../accounts/accounts.ts';
import { addressee } from '../../accounts/addressee.ts';
import { pageUrl } from '../../accounts/pages.ts';
import { smsPolicyOf, textsOfTenant } from '../../factors/code/limits.ts';
import { mobileNumber } from '../../factors/code/number.ts';
import type { Phones } from '../../factors/phone/phones.ts';
import type { Mail, Sms } from '../../mail/mail.ts';
import { spend } from '../../risk/budget.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { CibaDeps } from '../features/ciba.ts';
import type { PendingRequest } from './pending.ts';

/**
 * A mail or text message that leads to the page where the request is answered: it does nothing by itself, and lets nobody in.
 * None goes to an address that is not verified; the request waits on the account pages all the same.
 */
export function createTellUser(deps: {
  accounts: Pick<Accounts, 'active'>;
  phones: Pick<Phones, 'list'>;
  mail: Mail;
  sms: Sms;
}): CibaDeps['tellUser'] {
  async function numberOf(tenant: Tenant, accountId: string): Promise<string | undefined> {
    const policy = smsPolicyOf(tenant);
    for (const phone of await deps.phones.list(tenant, accountId)) {
      const number = await mobileNumber(phone.number);
      if (!number || !policy.countries.includes(number.country)) continue;
      return (await spend(tenant, textsOfTenant(policy))).allowed ? number.e164 : undefined;
    }
    return undefined;
  }

  return async (tenant, accountId, request, clientName) => {
    const { notify } = tenant.settings.protocol.ciba;
    const user = await deps.accounts.active(tenant, accountId);
    if (!user) return;
    const { bindingMessage, at, expiresAt } = request;
    const minutes = minutesOf(request);
    const link = pageUrl(tenant, 'requests');
    const known = { link, client: clientName, minutes, expiresAt: expiresAt * 1000 };
    const to = addressee(user);
    if (notify.includes('email') && user.email_verified) {
      const data = { ...known, time: at * 1000, ...(bindingMessage !== undefined && { message: bindingMessage }) };
      await deps.mail.send(tenant, { ...to, template: 'sign_in_request', data });
    }
    const number = notify.includes('sms') ? await numberOf(tenant, accountId) : undefined;
    if (number) await deps.sms.send(tenant, { ...to, to: number, template: 'sign_in_request', data: known });
  };
}

const minutesOf = ({ at, expiresAt }: PendingRequest) => Math.max(1, Math.floor((expiresAt - at) / 60));
