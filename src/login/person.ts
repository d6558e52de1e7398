import type { Accounts } from '../accounts/accounts.ts';
import type { Organizations } from '../accounts/organizations/organizations.ts';
import { missingAttributes } from '../accounts/profile/attributes.ts';
import type { User } from '../accounts/record.ts';
import type { Clock } from '../core/clock.ts';
import type { Passkeys } from '../factors/passkey/passkeys.ts';
import type { Phones } from '../factors/phone/phones.ts';
import type { FactorName } from '../factors/proof.ts';
import type { RecoveryCodes } from '../factors/recovery-codes/recovery-codes.ts';
import type { Totp } from '../factors/totp/totp.ts';
import type { Upstreams } from '../factors/upstream/upstreams.ts';
import type { AccountFacts } from '../journey/facts.ts';
import type { FindPerson } from '../journey/person.ts';
import { type Terms, termsDue } from '../privacy/terms.ts';
import type { Stored } from '../store/records.ts';
import type { Tenant } from '../tenants/tenant.ts';

const DAY = 86_400_000;

/** Reads what the plan of a sign-in needs to know of an account, from those who keep it. */
export function createFindPerson(deps: {
  clock: Clock;
  accounts: Pick<Accounts, 'get'>;
  terms: Pick<Terms, 'accepted'>;
  organizations: Pick<Organizations, 'of'>;
  passkeys: Pick<Passkeys, 'list' | 'isAvailable'>;
  totp: Pick<Totp, 'list'>;
  phones: Pick<Phones, 'list'>;
  recoveryCodes: Pick<RecoveryCodes, 'status'>;
  upstreams: Pick<Upstreams, 'list'>;
}): FindPerson {
  return async (tenant, accountId, { factors = false } = {}) => {
    const user = await deps.accounts.get(tenant, accountId);
    if (!user) return undefined;
    const { enrolmentDemandedAt: demanded } = user;
    return {
      account: {
        id: accountId,
        active: user.status === 'active',
        // A time of grace is for those alone who have no factor yet.
        factors: factors || demanded !== undefined ? await factorsOf(tenant, user) : [],
        ...(demanded !== undefined && { demandedAt: Math.floor(demanded / 1000) }),
        resetRequired: user.resetRequired,
        unverified: unverifiedOf(tenant, user),
        termsDue: await owesTerms(tenant, accountId),
        profileMissing: missingAttributes(tenant, user, 'later').length > 0,
        passkeyOffered: isPasskeyOffered(tenant, user),
      },
      roles: user.roles,
      organizations: (await deps.organizations.of(tenant, user)).map(({ policy }) => policy),
      passwordChangedAt: user.passwordChangedAt,
      signedOutAt: user.signedOutAt,
      signedOutExcept: user.signedOutExcept,
    };
  };

  function isPasskeyOffered(tenant: Tenant, { passkeyPutOffAt = -Infinity }: User): boolean {
    const { offer_after_password, offer_again_days } = tenant.settings.passkeys;
    const isDue = deps.clock() >= passkeyPutOffAt + offer_again_days * DAY;
    return offer_after_password && isDue && deps.passkeys.isAvailable(tenant);
  }

  /** What nobody has to accept is shown beside what they have to, and asks for no page of its own. */
  async function owesTerms(tenant: Tenant, accountId: string): Promise<boolean> {
    const required = tenant.settings.terms.some((term) => term.required);
    if (!required) return false;
    const accepted = await deps.terms.accepted(tenant, accountId);
    return termsDue(tenant, accepted, deps.clock()).some((term) => term.required);
  }

  async function factorsOf(tenant: Tenant, user: Stored<User>): Promise<FactorName[]> {
    const { id } = user;
    const [passkeys, authenticators, phones, codes, links] = await Promise.all([
      deps.passkeys.list(tenant, id),
      deps.totp.list(tenant, id),
      deps.phones.list(tenant, id),
      deps.recoveryCodes.status(tenant, id),
      tenant.settings.upstreams.length > 0 ? deps.upstreams.list(tenant, id) : [],
    ]);
    const has: Partial<Record<FactorName, boolean>> = {
      password: user.passwordHash !== undefined,
      passkey: passkeys.length > 0,
      totp: authenticators.length > 0,
      sms_code: phones.length > 0 && tenant.settings.sms.countries.length > 0,
      email_code: user.email_verified,
      email_link: user.email_verified,
      recovery_code: (codes?.left ?? 0) > 0,
      upstream: links.some((link) =>
        tenant.settings.upstreams.some(({ id, enabled }) => enabled && id === link.upstreamId),
      ),
    };
    return (Object.keys(has) as FactorName[]).filter((factor) => has[factor]);
  }
}

/** Of users who made their account themselves, while less was asked or elsewhere: those whom an administrator made are his to judge. */
function unverifiedOf({ settings }: Tenant, { signUp, email_verified, claims }: User): AccountFacts['unverified'] {
  const { verification } = settings.registration;
  if (!signUp || verification === 'none') return undefined;
  if (!email_verified) return 'email';
  return verification === 'phone' && !claims.phone_number_verified ? 'phone' : undefined;
}
