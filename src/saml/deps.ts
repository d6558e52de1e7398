import type { Audit } from '../audit/audit.ts';
import type { Clients } from '../clients/clients.ts';
import type { Clock } from '../core/clock.ts';
import type { Pages } from '../http/page.ts';
import type { LogoutFrames } from '../logout/frames.ts';
import type { AfterSignOut } from '../oidc/after-sign-out.ts';
import type { CodeFlow } from '../oidc/code-flow.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Tenant } from '../tenants/tenant.ts';

export type SamlDeps = {
  clock: Clock;
  audit: Pick<Audit, 'record'>;
  pages: Pages;
  clients: Pick<Clients, 'get' | 'serviceProvider'>;
  sessions: Pick<Sessions, 'get' | 'addSamlParty'>;
  codeFlowOf: (tenant: Tenant) => CodeFlow;
  /** Where else a session has to be ended that a service provider wants to end. */
  afterSignOut: AfterSignOut;
  logoutFrames: LogoutFrames;
};
