import type { BrowserSessions } from '../oidc/browser-sessions.ts';
import type { BackchannelRequests } from '../oidc/ciba/answers.ts';
import type { Interactions } from '../oidc/interaction.ts';
import type { Tenant } from '../tenants/tenant.ts';

/** What every request carries when a handler of ours sees it. `ctx.url` is the path below the issuer. */
export type RequestState = {
  requestId: string;
  /** The client's address, forwarded headers counted only from trusted proxies. */
  ip: string;
  tenant: Tenant;
  interactions: Interactions;
  browserSessions: BrowserSessions;
  backchannelRequests: BackchannelRequests;
};
