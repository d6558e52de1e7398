import type { Configuration } from 'oidc-provider';
import type { OidcPages } from '../configuration.ts';

type Features = NonNullable<Configuration['features']>;

/** OpenID Connect RP-Initiated Logout 1.0 and Back-Channel Logout 1.0. */
export const logoutFeatures = (pages: OidcPages): Pick<Features, 'rpInitiatedLogout' | 'backchannelLogout'> => ({
  backchannelLogout: { enabled: true },
  rpInitiatedLogout: {
    enabled: true,
    logoutSource: pages.logoutSource,
    postLogoutSuccessSource: pages.postLogoutSuccessSource,
  },
});
