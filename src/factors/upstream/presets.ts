import type { MappedClaim, Upstream } from '../../tenants/settings/upstreams.ts';

/** What somebody is told to be, by names of the upstream. */
export type Told = Record<string, unknown>;

/** How we say at the token endpoint who we are; Apple's way is its own. */
export type AuthMethod = 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt' | 'apple';

export type Preset = {
  issuer?: string;
  endpoints?: NonNullable<Upstream['endpoints']>;
  scopes: string[];
  authMethod?: AuthMethod;
  /** The callback comes as a form, from there. */
  responseMode?: 'form_post';
  /** OAuth 2.0: the claim that names a user for ever. */
  subject?: string;
  attributes?: Partial<Record<MappedClaim, string>>;
  /** Everything is in the ID token. */
  skipUserinfo?: true;
  /** The name comes once, beside the code. */
  nameInCallback?: true;
  /** Where the addresses are, for a provider that has them apart. */
  emails?: string;
  /** Which issuers its documents may name, where that is not the one that is set. */
  announces?: (configured: string, announced: string) => boolean;
  /** Which `iss` an ID token may have, where that is not the issuer that was announced; the first is the issuer's name. */
  issuers?: (announced: string, claims: Told) => string[];
  /** Whether it says that the address is the user's own. */
  emailVerified?: (told: Told) => boolean;
};

const ANY_TENANT = '{tenantid}';
const TENANT = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What differs from provider to provider. Each part can be set otherwise by the tenant. */
export const presets: Record<NonNullable<Upstream['preset']>, Preset> = {
  // https://developers.google.com/identity/openid-connect/openid-connect
  google: {
    issuer: 'https://accounts.google.com',
    scopes: ['openid', 'email', 'profile'],
    authMethod: 'client_secret_post',
    skipUserinfo: true,
    issuers: (announced) => [announced, new URL(announced).host],
    // Who has an address of another domain as a private account may have left that domain since: Google answers for its
    // own addresses and, where `hd` is, for its customers'.
    emailVerified: (told) =>
      told.email_verified === true && (/@gmail\.com$/i.test(String(told.email)) || typeof told.hd === 'string'),
  },

  // https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
  microsoft: {
    issuer: 'https://login.microsoftonline.com/common/v2.0',
    scopes: ['openid', 'email', 'profile'],
    authMethod: 'client_secret_post',
    skipUserinfo: true,
    announces: (configured, announced) => {
      const [, origin, tenant = ''] = /^(.*)\/([^/]+)\/v2\.0$/.exec(announced) ?? [];
      return origin === new URL(configured).origin && (tenant === ANY_TENANT || TENANT.test(tenant));
    },
    issuers(announced, { tid }) {
      if (!announced.includes(ANY_TENANT)) return [announced];
      return TENANT.test(String(tid)) ? [announced.replace(ANY_TENANT, String(tid))] : [];
    },
    // The administrators of any tenant can write any address into `email`; this optional claim says that the domain is theirs.
    emailVerified: ({ xms_edov }) => [true, 1, '1', 'true'].includes(xms_edov as never),
  },

  // https://developer.apple.com/documentation/signinwithapplerestapi
  apple: {
    issuer: 'https://appleid.apple.com',
    scopes: ['openid', 'name', 'email'],
    authMethod: 'apple',
    responseMode: 'form_post',
    nameInCallback: true,
    skipUserinfo: true,
    emailVerified: ({ email_verified }) => [true, 'true'].includes(email_verified as never),
  },

  // https://learn.microsoft.com/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2
  linkedin: {
    issuer: 'https://www.linkedin.com/oauth',
    scopes: ['openid', 'profile', 'email'],
    authMethod: 'client_secret_post',
  },

  // https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
  github: {
    endpoints: {
      authorization: 'https://github.com/login/oauth/authorize',
      token: 'https://github.com/login/oauth/access_token',
      userinfo: 'https://api.github.com/user',
    },
    scopes: ['read:user', 'user:email'],
    authMethod: 'client_secret_post',
    subject: 'id',
    emails: '/emails',
    attributes: {
      email: 'email',
      name: 'name',
      nickname: 'login',
      picture: 'avatar_url',
      profile: 'html_url',
    },
  },

  // https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow
  facebook: {
    endpoints: {
      authorization: 'https://www.facebook.com/v23.0/dialog/oauth',
      token: 'https://graph.facebook.com/v23.0/oauth/access_token',
      userinfo: 'https://graph.facebook.com/v23.0/me?fields=id,name,first_name,last_name,email',
    },
    scopes: ['public_profile', 'email'],
    authMethod: 'client_secret_post',
    subject: 'id',
    attributes: { email: 'email', name: 'name', given_name: 'first_name', family_name: 'last_name' },
    // It does not say.
    emailVerified: () => false,
  },
};
