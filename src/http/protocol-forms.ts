import Router from '@koa/router';
import type { Middleware, ParameterizedContext } from 'koa';
import { methodNotAllowed, uriTooLong } from '../core/errors.ts';
import type { Oidc } from '../oidc/oidc.ts';
import type { RequestState } from './context.ts';
import { refuseOtherOrigins } from './csrf.ts';
import { readFormBody } from './form.ts';
import { MAX_URL, protocolMethods } from './protocol-routes.ts';
import { seeOther } from './see-other.ts';

/** What the protocol core must not be given as it comes: forms that a browser posts to it. */
export function protocolForms(oidc: Oidc): Middleware<RequestState> {
  const router = new Router<RequestState>();

  // OpenID Connect Core 3.1.2.1 and RP-Initiated Logout 2 want GET and POST. A POST from a client's page comes without
  // our SameSite=Lax cookies; sent on to the same address by 303 it becomes a navigation, which brings them.
  router.post(['/auth', '/session/end'], async (ctx) => {
    const form = new URLSearchParams((await readFormBody(ctx.req)).toString());
    const location = `${ctx.state.tenant.basePath}${ctx.path}?${form}`;
    if (location.length > MAX_URL) throw uriTooLong(MAX_URL);
    seeOther(ctx, location);
  });

  // The core has a token of its own in these forms; another site's try need not come so far.
  router.post('/session/end/confirm', toCore);
  router.post('/device', (ctx, next) => (protocolMethods(ctx.path, ctx.state.tenant) ? toCore(ctx) : next()));

  router.all(/.*/, async (ctx, next) => {
    const allowed = protocolMethods(ctx.path, ctx.state.tenant);
    if (!allowed) return next();
    ctx.set('Allow', allowed.join(', '));
    throw methodNotAllowed(ctx.method, allowed);
  });
  async function toCore(ctx: ParameterizedContext<RequestState>): Promise<void> {
    refuseOtherOrigins(ctx, ctx.state.tenant);
    ctx.respond = false;
    await oidc.of(ctx.state.tenant).handle(ctx.req, ctx.res);
  }

  return router.routes() as unknown as Middleware<RequestState>;
}
