import type { z } from 'zod';
import type { Audit } from '../../audit/audit.ts';
import type { Clock } from '../../core/clock.ts';
import { linkGone, notFound } from '../../core/errors.ts';
import { newId } from '../../core/ids.ts';
import { checked } from '../../core/validate.ts';
import type { Mail } from '../../mail/mail.ts';
import type { Page, Query, Stored } from '../../store/records.ts';
import { brandOf, type Tenant } from '../../tenants/tenant.ts';
import type { Accounts } from '../accounts.ts';
import { emailKey } from '../email.ts';
import { pageUrl } from '../pages.ts';
import type { From, LinkTokens } from '../ports.ts';
import type { User } from '../record.ts';
import { type Membership, memberships, roleNames } from '../roles.ts';
import { checkedSignUp, type SignUpInput, type SignUpRules } from './input.ts';
import { type Invitation, invitationRecord } from './invitation-record.ts';
import { type AcceptTerms, createMaker } from './maker.ts';

export type NewInvitation = {
  email: string;
  roles?: string[];
  organizations?: z.input<typeof memberships>;
  locale?: string;
};

const DAY = 86_400;
const PURPOSE = 'invitation';

/**
 * Invitations by mail, whoever else may sign up. The link proves the mailbox, so who accepts chooses a password and is in;
 * whoever invites never learns it.
 */
export function createInvitations(
  deps: SignUpRules & {
    clock: Clock;
    audit: Audit;
    accounts: Accounts;
    mail: Mail;
    links: LinkTokens;
    acceptTerms: AcceptTerms;
    /** Error `invalid_input` for an organization that there is not. */
    checkOrganizations: (tenant: Tenant, memberships: readonly Membership[]) => Promise<void>;
  },
) {
  const { accounts, links } = deps;
  const { make, refuseTakenName } = createMaker(deps);
  const records = (tenant: Tenant) => tenant.store.records(invitationRecord);
  const record = (tenant: Tenant, type: string, target: string, details: Record<string, unknown> = {}) =>
    deps.audit.record(tenant.id, { type, target, details });

  const peek = async (tenant: Tenant, token: string): Promise<Stored<Invitation> | undefined> => {
    const link = await links.peek(tenant, PURPOSE, token);
    return link && records(tenant).get(link.subject);
  };

  async function end(tenant: Tenant, id: string): Promise<boolean> {
    const there = await records(tenant).delete(id);
    await links.endOf(tenant, id);
    return there;
  }

  /** The invitation, for one caller of many. Error `link_gone`. */
  async function use(tenant: Tenant, token: string): Promise<Stored<Invitation>> {
    const invitation = await peek(tenant, token);
    if (!invitation || !(await links.consume(tenant, PURPOSE, token))) throw linkGone();
    await end(tenant, invitation.id);
    return invitation;
  }

  return {
    /** Error `invalid_input`. An older invitation of the same address ends. */
    async invite(tenant: Tenant, given: NewInvitation): Promise<Stored<Invitation>> {
      const { email, locale } = given;
      const key = emailKey(email);
      const roles = checked(roleNames, given.roles ?? [], '/roles');
      const organizations = checked(memberships, given.organizations ?? [], '/organizations');
      await deps.checkOrganizations(tenant, organizations);
      const now = deps.clock();
      const days = tenant.settings.recovery.invitation_days;
      const older = await records(tenant).find({ where: { field: 'emailKey', equals: key } });
      for (const { id } of older.items) await end(tenant, id);
      const invitation = await records(tenant).insert(newId(now), {
        email,
        emailKey: key,
        roles,
        organizations,
        ...(locale !== undefined && { locale }),
        createdAt: now,
        expires: now + days * DAY * 1000,
      });
      const token = await links.issue(tenant, { purpose: PURPOSE, subject: invitation.id, ttl: days * DAY });
      const link = pageUrl(tenant, 'invitation', token);
      await deps.mail.send(tenant, {
        template: 'invitation',
        to: email,
        locale,
        data: { link, tenantName: brandOf(tenant), days },
      });
      await record(tenant, 'invitation.created', invitation.id, {
        roles,
        organizations: organizations.map(({ id }) => id),
      });
      return invitation;
    },

    list: (tenant: Tenant, query?: Query): Promise<Page<Invitation>> => records(tenant).find(query),

    /** Error `not_found`. */
    async revoke(tenant: Tenant, id: string): Promise<void> {
      if (!(await end(tenant, id))) throw notFound(`invitation "${id}"`);
      await record(tenant, 'invitation.revoked', id);
    },

    /** For the page that the link opens; `accountId` of who has that address already. */
    async look(tenant: Tenant, token: string): Promise<{ email: string; accountId: string | undefined } | undefined> {
      const invitation = await peek(tenant, token);
      if (!invitation) return undefined;
      return { email: invitation.email, accountId: (await accounts.findByIdentifier(tenant, invitation.email))?.id };
    },

    /**
     * Makes the account. Errors: `link_gone`; `invalid_input` and `already_exists` (username), after which the link can be
     * used again. Undefined where the address has an account meanwhile.
     */
    async accept(
      tenant: Tenant,
      token: string,
      input: Omit<SignUpInput, 'email'>,
      from: From,
    ): Promise<Stored<User> | undefined> {
      const invitation = await peek(tenant, token);
      if (!invitation) throw linkGone();
      const { email } = invitation;
      const given = checkedSignUp(tenant, { ...input, email }, 'invited', deps);
      const { claims, attributes, username } = given;
      const named = { ...claims, email, ...(username !== undefined && { username }) };
      await accounts.check(tenant, { ...named, attributes });
      await refuseTakenName(tenant, username);
      const { password } = input;
      const passwordHash = password === undefined ? undefined : await accounts.hashPassword(tenant, password, named);
      const { roles, organizations, id } = await use(tenant, token);
      const locale = invitation.locale ?? from.locale;
      const draft = {
        ...given,
        how: 'invited' as const,
        roles,
        organizations,
        ...(locale !== undefined && { locale }),
      };
      const user = await make(tenant, draft, { email: true, phone: false, passwordHash }, from);
      if (user) await record(tenant, 'invitation.accepted', id, { accountId: user.id });
      return user;
    },

    /** For a user who has signed in and whose address it names: gives what it promises. Error `link_gone`. */
    async acceptAs(tenant: Tenant, token: string, accountId: string): Promise<Stored<User>> {
      const [invitation, user] = await Promise.all([peek(tenant, token), accounts.get(tenant, accountId)]);
      if (!invitation || !user || invitation.emailKey !== user.emailKey) throw linkGone();
      const { id, roles, organizations } = await use(tenant, token);
      const after = await accounts.changeRoles(tenant, accountId, (before) => ({
        roles: [...new Set([...before.roles, ...roles])],
        organizations: joined(before.organizations, organizations),
      }));
      await record(tenant, 'invitation.accepted', id, { accountId });
      return after;
    },
  };
}

export type Invitations = ReturnType<typeof createInvitations>;

const joined = (before: readonly Membership[], more: readonly Membership[]): Membership[] => [
  ...before.map(({ id, roles }) => {
    const added = more.find((one) => one.id === id)?.roles ?? [];
    return { id, roles: [...new Set([...roles, ...added])] };
  }),
  ...more.filter(({ id }) => !before.some((one) => one.id === id)),
];
