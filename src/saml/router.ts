import Router from '@koa/router';
import type { Middleware } from 'koa';
import { homeOf } from '../clients/home.ts';
import { isError, methodNotAllowed } from '../core/errors.ts';
import { publicError, sendErrorPage } from '../http/error-page.ts';
import { callbackRoutes } from './callback.ts';
import type { SamlDeps } from './deps.ts';
import { writeMetadata } from './metadata/idp.ts';
import { recordRefusal } from './refusal.ts';
import { signOutRoutes } from './sign-out.ts';
import { sloRoutes } from './slo.ts';
import { ssoRoutes } from './sso.ts';
import type { SamlState } from './visit.ts';

/** A tenant as an identity provider of SAML 2.0, at `<issuer>/saml/...`. */
export function createRouter(deps: SamlDeps): Router<SamlState> {
  const router = new Router<SamlState>();
  router.use(answerRefusals(deps));
  router.use(refuseHead);

  router.get('/saml/metadata', (ctx) => {
    ctx.type = 'application/samlmetadata+xml';
    ctx.set('Cache-Control', 'public, max-age=300');
    ctx.body = writeMetadata(ctx.state.tenant);
  });

  const answering = { ...deps, answer: { pages: deps.pages, now: deps.clock } };
  for (const room of [ssoRoutes(answering), callbackRoutes(answering), sloRoutes(deps), signOutRoutes(deps)])
    router.use(room.routes());
  return router;
}

/** Scanners look at addresses before browsers do: no message is used up by a look at it. */
const refuseHead: Middleware<SamlState> = async (ctx, next) => {
  if (ctx.method === 'HEAD' && ctx.path !== '/saml/metadata') throw methodNotAllowed('HEAD', ['GET']);
  await next();
};

/** Answers what is refused with a page, and puts it on record. Faults of ours go on to the caller. */
function answerRefusals(deps: SamlDeps): Middleware<SamlState> {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      if (!isError(error) || error.status >= 500 || error.code === 'not_found') throw error;
      const { tenant, requestId, sp } = ctx.state;
      await recordRefusal(deps.audit, ctx, error.message);
      const home = sp && homeOf(tenant, sp.client);
      sendErrorPage(deps.pages, ctx, { tenant, requestId }, publicError(error), home);
    }
  };
}
