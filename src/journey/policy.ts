import { isAdministrator } from '../accounts/roles.ts';
import { MFA, type PolicyPart } from '../tenants/settings/authentication.ts';

/** What holds for one sign-in, after all who may have a say in it. */
export type Policy = {
  firstFactors: NonNullable<PolicyPart['first_factors']>;
  secondFactors: NonNullable<PolicyPart['second_factors']>;
  mfa: NonNullable<PolicyPart['mfa']>;
  enrolmentGraceDays: number;
  trustedDeviceDays: number;
};

type TenantPolicy = Required<Omit<PolicyPart, 'lifetimes'>> & { by_role: Record<string, PolicyPart> };

/** Who may have a say in a sign-in, besides the tenant. */
export type Say = {
  roles?: readonly string[] | undefined;
  organizations?: readonly PolicyPart[] | undefined;
  client?: PolicyPart | undefined;
};

/** The floor of the installation: who administers proves two factors, at once and on every device. */
const ADMINISTRATORS: PolicyPart = { mfa: 'required', enrolment_grace_days: 0, trusted_device_days: 0 };

/**
 * The strictest of what tenant, roles, organizations and client say: each can take away, none can give back. No factor
 * may be left in the end; then nobody can sign in that way, and the planner says so.
 */
export function policyFor(tenant: TenantPolicy, say: Say = {}): Policy {
  const base: Policy = {
    firstFactors: tenant.first_factors,
    secondFactors: tenant.second_factors,
    mfa: tenant.mfa,
    enrolmentGraceDays: tenant.enrolment_grace_days,
    trustedDeviceDays: tenant.trusted_device_days,
  };
  return partsOf(tenant, say).reduce<Policy>(stricter, base);
}

/** What each of them says. */
export function partsOf(tenant: Pick<TenantPolicy, 'by_role'>, say: Say): PolicyPart[] {
  const { roles = [], organizations = [], client } = say;
  const byRole = roles.map((role) => tenant.by_role[role] ?? {});
  const floor = isAdministrator({ roles }) ? [ADMINISTRATORS] : [];
  return [...byRole, ...organizations, ...(client ? [client] : []), ...floor];
}

function stricter(policy: Policy, part: PolicyPart): Policy {
  const { first_factors, second_factors, mfa = policy.mfa } = part;
  return {
    firstFactors: policy.firstFactors.filter((factor) => first_factors?.includes(factor) ?? true),
    secondFactors: policy.secondFactors.filter((factor) => second_factors?.includes(factor) ?? true),
    mfa: MFA.indexOf(mfa) > MFA.indexOf(policy.mfa) ? mfa : policy.mfa,
    enrolmentGraceDays: Math.min(policy.enrolmentGraceDays, part.enrolment_grace_days ?? Infinity),
    trustedDeviceDays: Math.min(policy.trustedDeviceDays, part.trusted_device_days ?? Infinity),
  };
}
