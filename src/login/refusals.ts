import type { Middleware } from 'koa';
import type { Audit } from '../audit/audit.ts';
import { isError } from '../core/errors.ts';
import { type Home, publicError, sendErrorPage } from '../http/error-page.ts';
import type { Pages } from '../http/page.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { LoginState } from './state.ts';

/** The site of a client where a sign-in can be begun anew, if it has one. */
export type ClientHome = (tenant: Tenant, clientId: string) => Promise<Home | undefined>;

/** What refused forms are called in the audit trail. Refused passwords have their own event, where they are checked. */
const EVENTS: Record<string, string> = {
  invalid_input: 'form.refused',
  payload_too_large: 'form.refused',
  unsupported_media_type: 'form.refused',
  csrf_refused: 'csrf.refused',
  step_refused: 'step.refused',
  interaction_gone: 'interaction.refused',
};

/** Answers what is refused with a page, and puts each refused form on record. Faults of ours go on to the caller. */
export function answerRefusals(deps: {
  pages: Pages;
  audit: Pick<Audit, 'record'>;
  clientHome: ClientHome;
}): Middleware<LoginState> {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      if (!isError(error) || error.status >= 500) throw error;
      const { tenant, requestId, ip, interaction } = ctx.state;
      const type = EVENTS[error.code];
      if (type && ctx.method === 'POST') {
        await deps.audit.record(tenant.id, {
          type,
          outcome: 'failure',
          clientId: interaction?.client.id,
          ip,
          requestId,
          details: { step: ctx.path.split('/').at(-1), reason: error.message },
        });
      }
      const { client } = ctx.query;
      const isLost = ['interaction_gone', 'link_gone'].includes(error.code) && typeof client === 'string';
      const home = isLost ? await deps.clientHome(tenant, client) : undefined;
      const uiLocales = interaction?.params.ui_locales;
      sendErrorPage(deps.pages, ctx, { tenant, requestId, uiLocales }, publicError(error), home);
    }
  };
}
