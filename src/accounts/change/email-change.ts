import type { Audit } from '../../audit/audit.ts';
import type { Clock } from '../../core/clock.ts';
import { isError, linkGone, notFound } from '../../core/errors.ts';
import { newId } from '../../core/ids.ts';
import type { Mail } from '../../mail/mail.ts';
import type { Stored } from '../../store/records.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { Accounts } from '../accounts.ts';
import { addressee } from '../addressee.ts';
import { emailKey } from '../email.ts';
import { createMailboxProof } from '../mailbox-proof.ts';
import { pageUrl } from '../pages.ts';
import type { Answer, Codes, From, LinkTo, LinkTokens } from '../ports.ts';
import type { User } from '../record.ts';
import type { Recovery } from '../recovery.ts';
import { createRevise } from '../revise.ts';
import { remember, takeBack } from './history.ts';

export type EmailChanged = { ok: true; user: Stored<User> } | { ok: false; reason: string; retryAfter?: number };

const PURPOSE = 'email_change';
const DAY = 86_400;

/**
 * Another e-mail address. It counts once it is proven; the one before is told, with a link that undoes it. Whoever calls has
 * seen a fresh sign-in of the user (`binding`: what only that session has).
 */
export function createEmailChange(deps: {
  clock: Clock;
  audit: Audit;
  accounts: Accounts;
  mail: Mail;
  codes: Codes;
  links: LinkTokens;
  recovery: Pick<Recovery, 'sendReset'>;
}) {
  const { accounts, links, mail } = deps;
  const mailbox = createMailboxProof(deps);
  const revise = createRevise(deps);

  async function userOf(tenant: Tenant, accountId: string): Promise<Stored<User>> {
    const user = await accounts.active(tenant, accountId);
    if (!user) throw notFound(`user "${accountId}"`);
    return user;
  }

  return {
    /**
     * Sends a code and a link to the new address; the user's own, to prove it. One that is another's gets a note instead: who
     * asks is not told. Errors `invalid_input`, `not_found`.
     */
    async begin(
      tenant: Tenant,
      accountId: string,
      email: string,
      binding: string,
      from: From,
      linkTo: LinkTo = (token) => pageUrl(tenant, 'email_change', token),
    ) {
      const user = await userOf(tenant, accountId);
      const key = emailKey(email);
      const owner = key === user.emailKey ? undefined : await accounts.findByIdentifier(tenant, email);
      return mailbox.send(tenant, {
        purpose: PURPOSE,
        binding,
        accountId,
        email,
        owner,
        locale: from.locale ?? user.claims.locale,
        origin: from,
        url: linkTo,
      });
    },

    /** `taken`: another user has proven the address meanwhile. */
    async confirm(
      tenant: Tenant,
      accountId: string,
      binding: string,
      answer: Answer,
      from: From,
    ): Promise<EmailChanged> {
      const verified = await mailbox.verify(tenant, { purpose: PURPOSE, binding, origin: from }, answer);
      if (!verified.ok) return verified;
      // The code of a session that belonged to another meanwhile.
      if (verified.accountId !== accountId) return { ok: false, reason: 'expired' };
      const user = await userOf(tenant, accountId);
      try {
        return { ok: true, user: await setEmail(tenant, user, verified.to) };
      } catch (error) {
        if (!isError(error, 'already_exists')) throw error;
        return { ok: false, reason: 'taken' };
      }
    },

    /** Whether the link of a mail to an old address can be used; uses it up not. */
    canUndo: async (tenant: Tenant, token: string): Promise<boolean> =>
      (await links.peek(tenant, 'email_undo', token)) !== undefined,

    /**
     * The address before is the user's again, every session ends, and the password has to be reset by way of it. Errors:
     * `link_gone`; `already_exists` where another user has it now.
     */
    async undo(tenant: Tenant, token: string, from: From): Promise<Stored<User>> {
      const link = await links.consume(tenant, 'email_undo', token);
      const before = link && (await takeBack(tenant, link.subject, String(link.data.change)));
      if (!link || !before) throw linkGone();
      const { subject: id } = link;
      // First of all nobody gets any further with what they know.
      await accounts.requireReset(tenant, id);
      const { email, email_verified } = before;
      const user = await revise(tenant, id, 'user.email_restored', (now) => ({
        ...now,
        email,
        emailKey: emailKey(email),
        email_verified,
      }));
      await deps.recovery.sendReset(tenant, user, from.locale);
      return user;
    },
  };

  async function setEmail(tenant: Tenant, user: Stored<User>, email: string): Promise<Stored<User>> {
    const key = emailKey(email);
    let before: User = user;
    const type = key === user.emailKey ? 'user.email_verified' : 'user.email_changed';
    const after = await revise(tenant, user.id, type, (now) => {
      before = now;
      return { ...now, email, emailKey: key, email_verified: true };
    });
    if (before.emailKey === key) return after;
    const at = deps.clock();
    const change = newId(at);
    const days = tenant.settings.recovery.undo_days;
    const { email: old, email_verified } = before;
    await remember(tenant, user.id, { change, email: old, email_verified, at }, days);
    const token = await links.issue(tenant, {
      purpose: 'email_undo',
      subject: user.id,
      slot: change,
      ttl: days * DAY,
      data: { change },
    });
    await links.endOf(tenant, user.id, ['reset']);
    await mail.send(tenant, {
      template: 'email_changed_old',
      ...addressee({ ...user, email: old }),
      data: { newEmail: email, undoLink: pageUrl(tenant, 'email_undo', token), time: at },
    });
    return after;
  }
}

export type EmailChange = ReturnType<typeof createEmailChange>;
