import type { Audit } from '../../audit/audit.ts';
import type { Clock } from '../../core/clock.ts';
import { invalidInput, notFound } from '../../core/errors.ts';
import { newId } from '../../core/ids.ts';
import { upsert } from '../../store/upsert.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { CodeRefused, Codes } from '../code/codes.ts';
import type { Sent } from '../code/send.ts';
import { journal } from '../journal.ts';
import type { Notify } from '../notices.ts';
import type { Origin } from '../origin.ts';
import type { Verified } from '../verification.ts';
import { type Phone, phonesRecord } from './record.ts';

export const MAX_PHONES = 3;

/** Numbers that were verified by a code: text messages go to these alone. */
export function createPhones(deps: {
  clock: Clock;
  audit: Audit;
  notify: Notify;
  codes: Pick<Codes, 'send' | 'verify'>;
}) {
  const { record } = journal(deps.audit, 'sms_code');
  const records = (tenant: Tenant) => tenant.store.records(phonesRecord);
  const list = async (tenant: Tenant, accountId: string): Promise<Phone[]> =>
    (await records(tenant).get(accountId))?.phones ?? [];

  return {
    list,

    /** Sends a code to a new number. `binding`: what only the session that enrols has. Error `invalid_input` beyond the limit. */
    async begin(
      tenant: Tenant,
      accountId: string,
      given: { binding: string; number: string; locale?: string },
      origin: Origin & { ip: string },
    ): Promise<Sent> {
      if ((await list(tenant, accountId)).length >= MAX_PHONES) throw tooMany();
      const { number: to, locale } = given;
      const binding = boundTo(accountId, given.binding);
      return deps.codes.send(tenant, {
        channel: 'sms',
        purpose: 'verify_phone',
        binding,
        accountId,
        to,
        locale,
        origin,
      });
    },

    /** Error `invalid_input` beyond the limit. */
    async confirm(
      tenant: Tenant,
      accountId: string,
      given: { binding: string; code: string },
      origin: Origin = {},
    ): Promise<Verified<{ phone: Phone }> | CodeRefused> {
      const binding = boundTo(accountId, given.binding);
      const verified = await deps.codes.verify(tenant, { purpose: 'verify_phone', binding, code: given.code, origin });
      if (!verified.ok) return verified;
      const now = deps.clock();
      const phone = { id: newId(now), number: verified.to, verifiedAt: now };
      await upsert(records(tenant), accountId, (before) => {
        const others = (before?.phones ?? []).filter(({ number }) => number !== phone.number);
        if (others.length >= MAX_PHONES) throw tooMany();
        return { phones: [...others, phone] };
      });
      await record(tenant, 'factor.enrolled', accountId, origin, { id: phone.id });
      await deps.notify(tenant, accountId, { template: 'factor_added', factor: 'sms_code' });
      return { ok: true, proof: verified.proof, phone };
    },

    /** Error `not_found`. */
    async remove(tenant: Tenant, accountId: string, id: string, origin: Origin = {}): Promise<void> {
      let removed = false;
      await records(tenant).update(accountId, ({ phones }) => {
        const left = phones.filter((one) => one.id !== id);
        removed = left.length < phones.length;
        return removed ? { phones: left } : undefined;
      });
      if (!removed) throw notFound(`phone "${id}"`);
      await record(tenant, 'factor.removed', accountId, origin, { id });
      await deps.notify(tenant, accountId, { template: 'factor_removed', factor: 'sms_code' });
    },

    /** For an account that ends or starts anew: the caller tells its user. */
    async removeAll(tenant: Tenant, accountId: string, origin: Origin = {}): Promise<void> {
      if (await records(tenant).delete(accountId)) await record(tenant, 'factor.removed', accountId, origin);
    },
  };
}

export type Phones = ReturnType<typeof createPhones>;

const tooMany = () => invalidInput(`an account has at most ${MAX_PHONES} phone numbers`);

// A session may become another account's meanwhile.
const boundTo = (accountId: string, binding: string) => JSON.stringify([accountId, binding]);
