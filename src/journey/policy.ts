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

/** The floor of the installation: who administers proves two factors, at once and on every device. */
const ADMINISTRATORS: PolicyPart = { mfa: 'required', enrolment_grace_days: 0, trusted_device_days: 0 };

/**
 * The strictest of what tenant, roles, organizations and client say: each can take away, none can give back. No factor
 * may be left in the end; then nobody can sign in that way, and the planner says so.
 */
export function policyFor(
  tenant: Required<PolicyPart> & { by_role: Record<string, PolicyPart> },
  parts: {
    roles?: readonly string[] | undefined;
    organizations?: readonly PolicyPart[] | undefined;
    client?: PolicyPart | undefined;
  } = {},
): Policy {
  const { roles = [], organizations = [], client } = parts;
  const byRole = roles.map((role) => tenant.by_role[role] ?? {});
  const floor = isAdministrator({ roles }) ? [ADMINISTRATORS] : [];
  const base: Policy = {
    firstFactors: tenant.first_factors,
    secondFactors: tenant.second_factors,
    mfa: tenant.mfa,
    enrolmentGraceDays: tenant.enrolment_grace_days,
    trustedDeviceDays: tenant.trusted_device_days,
  };
  return [...byRole, ...organizations, ...(client ? [client] : []), ...floor].reduce<Policy>(stricter, base);
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
