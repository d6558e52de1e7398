import type { Audit } from '../../audit/audit.ts';
import type { Clock } from '../../core/clock.ts';
import { notFound } from '../../core/errors.ts';
import type { Mail } from '../../mail/mail.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { Accounts } from '../accounts.ts';
import { addressee } from '../addressee.ts';
import type { Codes, From } from '../ports.ts';
import { createRevise } from '../revise.ts';
import type { EmailChanged } from './email-change.ts';

const PURPOSE = 'verify_phone';

/** The phone number among a user's claims: it counts once a code that was sent there came back. `binding` as for e-mail. */
export function createPhoneChange(deps: { clock: Clock; audit: Audit; accounts: Accounts; mail: Mail; codes: Codes }) {
  const { accounts, codes } = deps;
  const revise = createRevise(deps);

  return {
    /** Error `not_found`. */
    async begin(tenant: Tenant, accountId: string, number: string, binding: string, from: From) {
      const user = await accounts.active(tenant, accountId);
      if (!user) throw notFound(`user "${accountId}"`);
      const locale = from.locale ?? user.claims.locale;
      return codes.send(tenant, {
        channel: 'sms',
        purpose: PURPOSE,
        binding,
        accountId,
        to: number,
        locale,
        origin: from,
      });
    },

    async confirm(tenant: Tenant, accountId: string, binding: string, code: string, from: From): Promise<EmailChanged> {
      const verified = await codes.verify(tenant, { purpose: PURPOSE, binding, code, origin: from });
      if (!verified.ok) return verified;
      if (verified.accountId !== accountId) return { ok: false, reason: 'expired' };
      const user = await revise(tenant, accountId, 'user.phone_changed', (now) => ({
        ...now,
        claims: { ...now.claims, phone_number: verified.to, phone_number_verified: true },
      }));
      await deps.mail.send(tenant, {
        template: 'phone_changed',
        ...addressee(user),
        data: { time: deps.clock() },
      });
      return { ok: true, user };
    },
  };
}

export type PhoneChange = ReturnType<typeof createPhoneChange>;
