import type { Tenant } from '../tenants/tenant.ts';
import type { Status } from './messages/status.ts';
import { SIGN_OUT_TTL } from './signing-out.ts';
import { tickets } from './ticket.ts';

/** A request for a sign-out, and what to answer once all is done. */
export type LogoutAnswer = { clientId: string; requestId: string; relayState?: string; status: Status };

export const logoutAnswers = tickets<LogoutAnswer>('SamlLogoutAnswer', SIGN_OUT_TTL);

/** Somebody else is signed in yet, where the session was known, too. */
export const answerIsPartial = (tenant: Tenant, state: string): Promise<void> =>
  logoutAnswers.amend(tenant, state, (answer) => ({
    ...answer,
    status: { ...answer.status, detail: 'PartialLogout' },
  }));
