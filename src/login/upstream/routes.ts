import Router from '@koa/router';
import { interactionGone, notFound } from '../../core/errors.ts';
import { keepPosted } from '../../factors/upstream/posted.ts';
import type { Trips } from '../../factors/upstream/trips.ts';
import type { Upstreams } from '../../factors/upstream/upstreams.ts';
import type { RequestState } from '../../http/context.ts';
import { readFormBody } from '../../http/form.ts';
import { seeOther } from '../../http/see-other.ts';

/** Where upstreams send browsers, and what they read of us. No form here is one of ours: the state of each answer is its own proof. */
export function createUpstreamRoutes({
  upstreams,
  trips,
}: {
  upstreams: Pick<Upstreams, 'samlMetadata'>;
  trips: Pick<Trips, 'arrive'>;
}): Router<RequestState> {
  const router = new Router<RequestState>();

  router.get('/upstream/:id/callback', async (ctx) => {
    const { tenant, ip, requestId } = ctx.state;
    const answer = { upstreamId: ctx.params.id ?? '', query: new URLSearchParams(ctx.querystring) };
    const next = await trips.arrive(tenant, ctx.get('Cookie'), answer, { ip, requestId });
    // Another browser's, or over: there is no sign-in here to go on with.
    if (next === undefined) throw interactionGone();
    seeOther(ctx, next);
  });

  router.post('/upstream/:id/callback', async (ctx) => {
    const { tenant } = ctx.state;
    const id = ctx.params.id ?? '';
    const form = new URLSearchParams((await readFormBody(ctx.req)).toString());
    const query = await keepPosted(tenant, id, form);
    seeOther(ctx, `${tenant.basePath}/upstream/${encodeURIComponent(id)}/callback?${query}`);
  });

  router.get('/upstream/:id/metadata', async (ctx) => {
    const metadata = await upstreams.samlMetadata(ctx.state.tenant, ctx.params.id ?? '');
    if (metadata === undefined) throw notFound('this upstream');
    ctx.type = 'application/samlmetadata+xml';
    ctx.body = metadata;
  });

  return router;
}
