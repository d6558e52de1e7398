import type { Audit } from '../../audit/audit.ts';
import { alreadyExists, isError } from '../../core/errors.ts';
import type { Mail } from '../../mail/mail.ts';
import type { Stored } from '../../store/records.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { Accounts } from '../accounts.ts';
import type { From } from '../ports.ts';
import type { SignUp, User } from '../record.ts';
import type { Membership } from '../roles.ts';
import { registrationJournal } from './journal.ts';
import type { AcceptedTerms, Pending } from './record.ts';

export type AcceptTerms = (
  tenant: Tenant,
  accountId: string,
  terms: AcceptedTerms,
  context: { ip?: string | undefined; locale?: string | undefined },
) => Promise<unknown>;

export type Draft = Omit<Pending, 'expires' | 'emailProven' | 'sealedHash'> & {
  how: SignUp;
  roles?: string[];
  organizations?: Membership[];
};
export type Proven = { email: boolean; phone: boolean; passwordHash: string | undefined };

/** What the ways of signing up have in common: the account at their end. */
export function createMaker(deps: { audit: Audit; accounts: Accounts; mail: Mail; acceptTerms: AcceptTerms }) {
  const { accounts, mail } = deps;
  const record = registrationJournal(deps.audit);

  return {
    /** Error `already_exists`. Usernames are told apart by who chooses one: this is no secret. */
    async refuseTakenName(tenant: Tenant, username: string | undefined): Promise<void> {
      if (username !== undefined && (await accounts.findByIdentifier(tenant, username)))
        throw alreadyExists('users', ['username']);
    },

    /** Undefined where the address was taken meanwhile. Error `already_exists` for the username. */
    async make(tenant: Tenant, draft: Draft, proven: Proven, from: From): Promise<Stored<User> | undefined> {
      const { email, username, claims, attributes, terms, how, locale, roles = [], organizations = [] } = draft;
      const input = {
        ...claims,
        ...(proven.phone && { phone_number_verified: true }),
        ...(claims.locale === undefined && locale !== undefined && { locale }),
        attributes,
        email,
        email_verified: proven.email,
        ...(username !== undefined && { username }),
        roles,
        organizations,
        status: how === 'approval' ? ('pending' as const) : ('active' as const),
        signUp: how,
      };
      const user = await accounts.createWithHash(tenant, input, proven.passwordHash).catch((error) => {
        const isOurs = isError(error, 'already_exists') && error.problems.some(({ pointer }) => pointer === '/email');
        if (!isOurs) throw error;
        return undefined;
      });
      if (!user) return undefined;
      if (terms.length > 0) await deps.acceptTerms(tenant, user.id, terms, { ip: from.ip, locale: from.locale });
      await record(tenant, 'registration.completed', from, { target: user.id, details: { how } });
      if (how === 'approval')
        await mail.send(tenant, { template: 'approval_pending', to: email, locale, accountId: user.id, data: {} });
      return user;
    },
  };
}
