import type { Middleware } from 'koa';
import type { Audit } from '../audit/audit.ts';
import { isError } from '../core/errors.ts';
import type { PortalState } from './visit.ts';

/** Puts each form that is refused on record; what factors refuse has an event of theirs. */
export const recordRefusals =
  (audit: Pick<Audit, 'record'>): Middleware<PortalState> =>
  async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      if (ctx.method === 'POST' && isError(error) && error.status < 500) {
        const { tenant, visit, ip, requestId } = ctx.state;
        const accountId = visit?.user.id;
        await audit.record(tenant.id, {
          type: 'account.refused',
          outcome: 'failure',
          actor: accountId,
          target: accountId,
          ip,
          requestId,
          details: { form: String(ctx._matchedRoute ?? ''), reason: error.code },
        });
      }
      throw error;
    }
  };
