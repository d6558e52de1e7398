import type { Middleware } from 'koa';
import type { Pages } from '../http/page.ts';
import { seeOther } from '../http/see-other.ts';
import type { PortalState } from './visit.ts';

const WORDS = new Map([
  ['access_denied', 'portal.not_confirmed.cancelled'],
  ['unmet_authentication_requirements', 'portal.not_confirmed.unmet'],
]);

/**
 * Where sign-ins for these pages end. The code stays unused: the browser's session says who is signed in. `state` names one
 * of `paths`, whatever else it says leads to the first.
 */
export const callback =
  (deps: { pages: Pages; paths: readonly [string, ...string[]] }): Middleware<PortalState> =>
  async (ctx) => {
    const { tenant, requestId } = ctx.state;
    const { state, error } = ctx.query;
    const page = deps.paths.find((path) => path === state) ?? deps.paths[0];
    if (error === undefined) return seeOther(ctx, tenant.issuer + page);
    const text = WORDS.get(String(error)) ?? 'portal.not_confirmed.failed';
    deps.pages.send(ctx, { tenant, requestId }, { view: 'portal/not-confirmed', status: 403, data: { text, page } });
  };
