import type { Configuration } from 'oidc-provider';
import type { OidcPages } from '../configuration.ts';

type Features = NonNullable<Configuration['features']>;

/** OpenID Connect Front-Channel Logout 1.0 3: ours, the core has none (`after-sign-out.ts`). */
export const saidOfLogout = {
  frontchannel_logout_supported: true,
  frontchannel_logout_session_supported: true,
};

/** OpenID Connect RP-Initiated Logout 1.0 and Back-Channel Logout 1.0. */
export const logoutFeatures = (pages: OidcPages): Pick<Features, 'rpInitiatedLogout' | 'backchannelLogout'> => ({
  backchannelLogout: { enabled: true },
  rpInitiatedLogout: {
    enabled: true,
    logoutSource: pages.logoutSource,
    postLogoutSuccessSource: pages.postLogoutSuccessSource,
  },
});
