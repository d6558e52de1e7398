import { protocolOf } from '../tenants/settings/protocol.ts';
import type { TenantSettings } from '../tenants/settings.ts';

/** The standard claims by the scope that asks for them (OpenID Connect Core 5.4). */
const CLAIMS_BY_SCOPE: Record<string, string[]> = {
  openid: ['sub', 'auth_time', 'acr', 'amr'],
  profile: [
    'name',
    'family_name',
    'given_name',
    'middle_name',
    'nickname',
    'preferred_username',
    'profile',
    'picture',
    'website',
    'gender',
    'birthdate',
    'zoneinfo',
    'locale',
    'updated_at',
  ],
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
};

/**
 * With the tenant's own. What is confidential comes with no scope: a client has to ask for it by name, in the `claims` parameter
 * (5.5), and the user is asked for it by name, too. `null` is how the core spells that.
 */
export function claimsByScope({
  profile,
  protocol,
}: Pick<TenantSettings, 'profile' | 'protocol'>): Record<string, string[] | null> {
  const mapped = Object.values(profile.attributes).flatMap(({ claim, sensitivity }) =>
    claim === undefined ? [] : [{ claim, isPlain: sensitivity === 'public' || sensitivity === 'internal' }],
  );
  const plain = mapped.filter(({ isPlain }) => isPlain).map(({ claim }) => claim);
  const byName = mapped.filter(({ isPlain }) => !isPlain).map(({ claim }) => [claim, null]);
  const { token_exchange, native_sso } = protocolOf({ protocol });
  const openid = [
    ...CLAIMS_BY_SCOPE.openid!,
    ...(token_exchange ? ['grant_ref', 'may_act'] : []),
    ...(native_sso ? ['ds_hash'] : []),
  ];
  return {
    ...CLAIMS_BY_SCOPE,
    openid,
    profile: [...CLAIMS_BY_SCOPE.profile!, ...plain],
    ...Object.fromEntries(byName),
  };
}

/** The parameters that ask for these claims: by scope where one gives it, else by name. */
export function requestFor(
  settings: Pick<TenantSettings, 'profile' | 'protocol'>,
  claims: readonly string[],
): Record<string, string> {
  const lists = Object.entries(claimsByScope(settings));
  const scopes = claims.flatMap((claim) => lists.find(([, list]) => list?.includes(claim))?.[0] ?? []);
  const byName = claims.filter((claim) => lists.some(([name, list]) => name === claim && list === null));
  return {
    scope: [...new Set(['openid', ...scopes])].join(' '),
    ...(byName.length > 0 && {
      claims: JSON.stringify({ userinfo: Object.fromEntries(byName.map((claim) => [claim, null])) }),
    }),
  };
}
