import { z } from 'zod';
import type { Audit } from '../audit/audit.ts';
import type { Clock } from '../core/clock.ts';
import { invalidInput, isError, linkGone, notFound } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import type { Mail } from '../mail/mail.ts';
import { defineRecord } from '../store/records.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { Accounts } from './accounts.ts';
import { addressee } from './addressee.ts';
import { pageUrl } from './pages.ts';
import type { From, LinkTokens, RemoveFactors } from './ports.ts';
import type { User } from './record.ts';
import type { Recovery } from './recovery.ts';

const schema = z.strictObject({
  requestedAt: z.number().int(),
  dueAt: z.number().int(),
  expires: z.number().int(),
});

/** That a user has lost the second factors and waits; the id is the user's. */
const resetRecord = defineRecord({ name: 'factor_resets', scope: 'tenant', schema, expires: 'expires' });

const HOUR = 3_600_000;
/** For how long it can be made use of once it is due. */
const USABLE = 7 * 24 * HOUR;
const PURPOSE = 'factor_reset';

/**
 * Lost second factors. Who has proven a first factor and the mailbox waits, while every address is told and may say no; only
 * then they are removed. An administrator may do it at once, for a reason that stays on record, and never silently.
 */
export function createFactorReset(deps: {
  clock: Clock;
  audit: Audit;
  accounts: Accounts;
  mail: Mail;
  links: LinkTokens;
  removeFactors: RemoveFactors;
  recovery: Pick<Recovery, 'sendReset'>;
}) {
  const { accounts, links, mail } = deps;
  const records = (tenant: Tenant) => tenant.store.records(resetRecord);

  const record = (
    tenant: Tenant,
    type: string,
    target: string,
    details: Record<string, unknown>,
    { ip, requestId }: Partial<From> = {},
  ) => deps.audit.record(tenant.id, { type, target, ip, requestId, details });

  async function remove(tenant: Tenant, user: User & { id: string }): Promise<string[]> {
    const factors = await deps.removeFactors(tenant, user.id, 'second');
    await accounts.endSessions(tenant, user.id);
    await forget(tenant, user.id);
    const time = deps.clock();
    for (const factor of factors)
      await mail.send(tenant, { template: 'factor_removed', ...addressee(user), data: { factor, time } });
    return factors;
  }

  /** True for one caller of many. */
  async function forget(tenant: Tenant, accountId: string): Promise<boolean> {
    const there = await records(tenant).delete(accountId);
    await links.endOf(tenant, accountId, [PURPOSE]);
    return there;
  }

  return {
    /**
     * Begins the wait; does nothing where one is under way. Whoever calls has seen a first factor and the mailbox proven just
     * now. Milliseconds since the epoch of its end. Error `not_found`.
     */
    async request(tenant: Tenant, accountId: string, from: From): Promise<number> {
      const user = await accounts.active(tenant, accountId);
      if (!user) throw notFound(`user "${accountId}"`);
      const now = deps.clock();
      const delay = tenant.settings.recovery.delay_hours * HOUR;
      const dueAt = now + delay;
      try {
        await records(tenant).insert(accountId, { requestedAt: now, dueAt, expires: dueAt + USABLE });
      } catch (error) {
        if (!isError(error, 'already_exists')) throw error;
        return (await records(tenant).get(accountId))?.dueAt ?? dueAt;
      }
      await record(tenant, 'recovery.factor_reset_requested', accountId, { dueAt }, from);
      const token = await links.issue(tenant, {
        purpose: PURPOSE,
        subject: accountId,
        slot: newId(now),
        ttl: (delay + USABLE) / 1000,
      });
      await mail.send(tenant, {
        template: 'delayed_reset',
        ...addressee(user, from.locale),
        data: { when: dueAt, cancelLink: pageUrl(tenant, 'cancel_factor_reset', token) },
      });
      return dueAt;
    },

    /** Of a wait under way: when it ends, and whether it has. */
    async state(tenant: Tenant, accountId: string): Promise<{ dueAt: number; isDue: boolean } | undefined> {
      const waiting = await records(tenant).get(accountId);
      return waiting && { dueAt: waiting.dueAt, isDue: waiting.dueAt <= deps.clock() };
    },

    /**
     * The wait is over: removes the second factors of a user who has just proven a first one. Undefined where it is not, or
     * another request was first.
     */
    async finish(tenant: Tenant, accountId: string, from: From): Promise<string[] | undefined> {
      const [user, waiting] = await Promise.all([accounts.active(tenant, accountId), records(tenant).get(accountId)]);
      if (!user || !waiting || waiting.dueAt > deps.clock() || !(await forget(tenant, accountId))) return undefined;
      const factors = await remove(tenant, user);
      await record(tenant, 'recovery.factors_reset', accountId, { factors, by: 'delay' }, from);
      return factors;
    },

    /** Whether the link of a notice can be used; uses it up not. */
    canCancel: async (tenant: Tenant, token: string): Promise<boolean> =>
      (await links.peek(tenant, PURPOSE, token)) !== undefined,

    /** The owner says no. Whoever asked knew the password: it is of no use any more. Error `link_gone`. */
    async cancel(tenant: Tenant, token: string, from: From): Promise<void> {
      const link = await links.consume(tenant, PURPOSE, token);
      if (!link || !(await forget(tenant, link.subject))) throw linkGone();
      await record(tenant, 'recovery.factor_reset_cancelled', link.subject, {}, from);
      await deps.recovery.sendReset(tenant, await accounts.requireReset(tenant, link.subject), from.locale);
    },

    /** By an administrator, at once. Errors: `invalid_input` without a reason, `not_found`. */
    async resetNow(tenant: Tenant, accountId: string, reason: string): Promise<string[]> {
      if (reason.trim().length < 3 || reason.length > 500)
        throw invalidInput('a reason of 3 to 500 characters must be given', [
          { pointer: '/reason', message: 'must have 3 to 500 characters' },
        ]);
      const user = await accounts.get(tenant, accountId);
      if (!user) throw notFound(`user "${accountId}"`);
      const factors = await remove(tenant, user);
      await record(tenant, 'recovery.factors_reset', accountId, { factors, by: 'administrator', reason });
      return factors;
    },
  };
}

export type FactorReset = ReturnType<typeof createFactorReset>;
