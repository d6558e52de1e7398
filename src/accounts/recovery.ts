import type { Audit } from '../audit/audit.ts';
import type { Clock } from '../core/clock.ts';
import { linkGone } from '../core/errors.ts';
import { mac, sha256 } from '../core/hashing.ts';
import type { Mail } from '../mail/mail.ts';
import type { Stored } from '../store/records.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { Accounts } from './accounts.ts';
import { addressee } from './addressee.ts';
import { emailProblem } from './email.ts';
import { identifierKey } from './identifier.ts';
import { NOBODY, OVER } from './nobody.ts';
import { pageUrl } from './pages.ts';
import type { ForgetHistory, ForgiveGuesses, From, LinkTokens, RemoveFactors } from './ports.ts';
import type { User } from './record.ts';
import { isOpen } from './registration/input.ts';
import { createRevise } from './revise.ts';
import { withPassword } from './with-password.ts';

/** Requests for one mailbox in an hour that are answered by a mail. */
const MAX_MAILS = 5;
const HOUR = 3600;

/** What a link is for: it dies when the password or the address changes. */
const stateOf = ({ emailKey, passwordChangedAt = 0 }: User) => sha256(`${emailKey} ${passwordChangedAt}`);

/** A new password, or an account brought back, by way of the mailbox. */
export function createRecovery(deps: {
  clock: Clock;
  audit: Audit;
  accounts: Accounts;
  mail: Mail;
  links: LinkTokens;
  removeFactors: RemoveFactors;
  forgiveGuesses: ForgiveGuesses;
  forgetHistory: ForgetHistory;
}) {
  const { accounts, mail, links } = deps;
  const revise = createRevise(deps);

  const record = (tenant: Tenant, type: string, target: string | undefined, from: Partial<From>, reason?: string) =>
    deps.audit.record(tenant.id, {
      type,
      outcome: reason === undefined ? 'success' : 'failure',
      target,
      ip: from.ip,
      requestId: from.requestId,
      ...(reason !== undefined && { details: { reason } }),
    });

  /** Whose password the link would set, if it is still good. */
  async function ownerOf(tenant: Tenant, link: { subject: string; data: Record<string, unknown> } | undefined) {
    const user = link && (await accounts.get(tenant, link.subject));
    return user && mayRecover(user) && stateOf(user) === link.data.state ? user : undefined;
  }

  const issue = (tenant: Tenant, subject: string, state: string) =>
    links.issue(tenant, {
      purpose: 'reset',
      subject,
      ttl: tenant.settings.recovery.reset_minutes * 60,
      data: { state },
    });

  /** The mail with a link to a new password, to the stored address; it ends the link before it. */
  async function sendReset(tenant: Tenant, user: Stored<User>, locale?: string): Promise<void> {
    const token = await issue(tenant, user.id, stateOf(user));
    await mail.send(tenant, {
      template: 'reset_password',
      ...addressee(user),
      locale: locale ?? user.claims.locale,
      data: { link: pageUrl(tenant, 'reset', token), minutes: tenant.settings.recovery.reset_minutes },
    });
  }

  /** As `sendReset`, for nobody: the same work, so that time tells nothing. The mailbox typed, if one, hears that there is no account. */
  async function sendNothing(tenant: Tenant, identifier: string, found?: User, locale?: string): Promise<void> {
    await issue(tenant, mac(tenant.secretFor('nobody'), identifierKey(identifier)), '');
    const typed = identifier.trim();
    // The stored address of who may not come in: another spelling of it may be another's mailbox.
    const mailbox = found?.email ?? (emailProblem(typed) === undefined ? typed : undefined);
    const to = tenant.settings.mail.tell_unknown ? mailbox : undefined;
    await mail.send(tenant, {
      template: 'no_account',
      to: to ?? NOBODY,
      locale,
      data: { ...(isOpen(tenant) && { signUpLink: pageUrl(tenant, 'sign_up') }), ...(to === undefined && OVER) },
    });
  }

  return {
    sendReset,

    /** For whoever says to be somebody: one answer, after the same work, whether there is such a user or not. */
    async requestReset(tenant: Tenant, identifier: string, from: From): Promise<void> {
      const found = await accounts.findByIdentifier(tenant, identifier);
      const user = found && mayRecover(found) ? found : undefined;
      const mailbox = mac(tenant.secretFor('throttle'), found?.emailKey ?? identifierKey(identifier));
      const { count } = await tenant.store.artifacts.increment(`recovery mails ${mailbox}`, HOUR);
      const reason = count > MAX_MAILS ? 'throttled' : user ? undefined : 'nobody';
      if (count <= MAX_MAILS)
        await (user ? sendReset(tenant, user, from.locale) : sendNothing(tenant, identifier, found, from.locale));
      await record(tenant, 'recovery.requested', found?.id, from, reason);
    },

    /** Whose password a link would set, undefined where it can be used no more; uses it up not. */
    async look(tenant: Tenant, token: string): Promise<{ email: string } | undefined> {
      const user = await ownerOf(tenant, await links.peek(tenant, 'reset', token));
      return user && { email: user.email };
    },

    /**
     * Sets the password and ends every session; who had put the account to rest has it back. Second factors stay: they are
     * asked at the next sign-in. Errors: `link_gone`, `invalid_input` (the link can be used again), `unavailable`.
     */
    async reset(tenant: Tenant, token: string, password: string, from: From): Promise<Stored<User>> {
      const user = await ownerOf(tenant, await links.peek(tenant, 'reset', token));
      if (!user) return refuse(tenant, from);
      const passwordHash = await accounts.hashPassword(tenant, password, user);
      const link = await links.consume(tenant, 'reset', token);
      if (!link) return refuse(tenant, from);
      // A stranger may have made the account before its owner came: what he left to come back by goes.
      if (isUnproven(user)) await deps.removeFactors(tenant, user.id, 'all');
      const after = await revise(tenant, user.id, 'user.password_changed', (now) => {
        if (!mayRecover(now) || stateOf(now) !== link.data.state) throw linkGone();
        return { ...withPassword(now, passwordHash, deps.clock()), email_verified: true, status: 'active' };
      });
      await accounts.endSessions(tenant, user.id);
      await links.endOf(tenant, user.id, ['reset']);
      await deps.forgiveGuesses(tenant, user.id, from);
      await record(tenant, 'recovery.completed', user.id, from);
      const time = deps.clock();
      await mail.send(tenant, { template: 'password_changed', ...addressee(after, from.locale), data: { time } });
      return after;
    },

    /** The token for a "this wasn't me" link; `slot` names what it is about, so that several live beside each other. */
    notMeToken: (tenant: Tenant, accountId: string, slot: string): Promise<string> =>
      links.issue(tenant, { purpose: 'not_me', subject: accountId, slot, ttl: 7 * 24 * HOUR }),

    /** Whether such a link can be used; uses it up not. */
    canReport: async (tenant: Tenant, token: string): Promise<boolean> =>
      (await links.peek(tenant, 'not_me', token)) !== undefined,

    /** Ends every session, makes the password useless, and mails a link to a new one. Error `link_gone`. */
    async reportNotMe(tenant: Tenant, token: string, from: From): Promise<void> {
      const link = await links.consume(tenant, 'not_me', token);
      const user = link && (await accounts.get(tenant, link.subject));
      if (!user) return refuse(tenant, from);
      const after = await accounts.requireReset(tenant, user.id);
      await deps.forgetHistory(tenant, user.id);
      await record(tenant, 'recovery.not_me', user.id, from);
      await sendReset(tenant, after, from.locale);
    },
  };

  async function refuse(tenant: Tenant, from: From): Promise<never> {
    await record(tenant, 'recovery.refused', undefined, from, 'link gone');
    throw linkGone();
  }
}

export type Recovery = ReturnType<typeof createRecovery>;

/** Who was shut out by an administrator, or waits for one, does not get in by way of the mailbox. */
const mayRecover = ({ status }: User) => status === 'active' || status === 'deactivated';

/** Made by somebody who never showed that the mailbox is theirs. */
const isUnproven = ({ email_verified, signUp }: User) => !email_verified && signUp !== undefined;
