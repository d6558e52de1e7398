import type { IncomingMessage, ServerResponse } from 'node:http';
import Koa, { type Middleware } from 'koa';
import { notFound, tenantSuspended } from '../core/errors.ts';
import type { Oidc } from '../oidc/oidc.ts';
import type { RequestState } from './context.ts';
import { sendError } from './error-page.ts';
import type { Pages } from './page.ts';
import { protocolForms } from './protocol-forms.ts';
import { wellKnown } from './well-known.ts';

export type PagesApp = (req: IncomingMessage, res: ServerResponse, state: PageState) => void;

/** The tenant is missing where the address belongs to none. `refusal` is what the entry found wrong already. */
export type PageState = Omit<RequestState, 'tenant' | 'interactions' | 'browserSessions' | 'backchannelRequests'> &
  Partial<RequestState> & { refusal?: Error };

/** The Koa application of all pages: whatever is not a bare protocol request. */
export function createPagesApp(deps: {
  pages: Pages;
  oidc: Oidc;
  statics: Middleware;
  /** The rooms with pages, each of which answers its own addresses. */
  rooms: Middleware[];
  fault: (error: Error, requestId: string) => void;
}): PagesApp {
  const states = new WeakMap<IncomingMessage, PageState>();
  const app = new Koa<PageState>();
  // Everything is caught and shown below; what Koa itself reports are broken connections.
  app.silent = true;

  app.use(async (ctx, next) => {
    ctx.state = states.get(ctx.req)!;
    const { tenant, requestId, refusal } = ctx.state;
    try {
      if (refusal) throw refusal;
      await next();
      if (ctx.status === 404 && ctx.body === undefined && ctx.respond !== false) throw notFound('this page');
    } catch (error) {
      const status = (error as { status?: number }).status ?? 500;
      if (status >= 500) deps.fault(error as Error, requestId);
      sendError(deps.pages, ctx, { tenant, requestId }, error);
    }
  });
  app.use(deps.statics);
  app.use(async (ctx, next) => {
    if (!ctx.state.tenant) throw notFound('this page');
    if (ctx.state.tenant.status === 'suspended') throw tenantSuspended();
    await next();
  });
  app.use(wellKnown() as unknown as Middleware);
  app.use(protocolForms(deps.oidc) as Middleware);
  for (const room of deps.rooms) app.use(room);

  const handle = app.callback();
  return (req, res, state) => {
    states.set(req, state);
    void handle(req, res);
  };
}
