import Router from '@koa/router';
import { refuseOtherOrigins } from '../../http/csrf.ts';
import { type Form, readForm } from '../../http/form.ts';
import { browserToken, refuseOtherBrowsers } from '../../http/form-cookie.ts';
import type { Page } from '../../http/page.ts';
import { seeOther } from '../../http/see-other.ts';
import { answerRefusals } from '../refusals.ts';
import type { LoginContext, LoginState } from '../state.ts';

/** A page, or the address to go on to. */
type Answered = Page | string;

/** A page outside of a sign-in, at that path below the issuer. Only its form (POST) changes anything. */
export type Standalone = {
  path: string;
  show(ctx: LoginContext): Promise<Answered>;
  take?(ctx: LoginContext, form: Form): Promise<Answered>;
};

export function createStandalonePages(
  deps: Parameters<typeof answerRefusals>[0],
  standalone: readonly Standalone[],
): Router<LoginState> {
  const router = new Router<LoginState>();
  router.use(answerRefusals(deps));

  for (const { path, show: look, take } of standalone) {
    router.get(path, async (ctx) => answer(ctx, path, await look(ctx)));
    if (!take) continue;
    router.post(path, async (ctx) => {
      const { tenant } = ctx.state;
      refuseOtherOrigins(ctx, tenant);
      const form = await readForm(ctx.req);
      refuseOtherBrowsers(ctx, tenant, form.get('csrf'));
      answer(ctx, path, await take(ctx, form));
    });
  }

  function answer(ctx: LoginContext, path: string, answered: Answered): void {
    if (typeof answered === 'string') seeOther(ctx, answered);
    else show(ctx, path, answered);
  }

  function show(ctx: LoginContext, path: string, page: Page): void {
    const { tenant, requestId } = ctx.state;
    const data = { ...page.data, csrf: browserToken(ctx, tenant), here: tenant.basePath + path };
    deps.pages.send(ctx, { tenant, requestId }, { ...page, data });
  }

  return router;
}

/** The token of the link that led here. */
export const tokenOf = (ctx: LoginContext): string => (typeof ctx.query.token === 'string' ? ctx.query.token : '');
