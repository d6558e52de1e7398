import Router from '@koa/router';
import { randomSecret } from '../../core/ids.ts';
import { oneTime } from '../../factors/one-time.ts';
import type { Upstreams } from '../../factors/upstream/upstreams.ts';
import type { RequestState } from '../../http/context.ts';
import { goOnPage } from '../../http/go-on-page.ts';
import type { Pages } from '../../http/page.ts';
import { seeOther } from '../../http/see-other.ts';
import type { AfterSignOut } from '../../oidc/after-sign-out.ts';
import type { SignInRecord } from '../../sessions/record.ts';
import type { Tenant } from '../../tenants/tenant.ts';

/** Seconds: the upstream may ask its user. */
const TTL = 15 * 60;

/** Who has signed out here, is to sign out there, and goes on to `goal` then. */
type SigningOut = { upstream: NonNullable<SignInRecord['upstream']>; goal: string };

const store = (tenant: Tenant) => oneTime<SigningOut>(tenant, 'UpstreamSignOut', TTL);

/** Undefined where the tenant does not want it: the sign-out ends here. */
export const signOutOfUpstream: AfterSignOut = async (tenant, { upstream }, goal) => {
  const { enabled, logout } = tenant.settings.upstreams.find(({ id }) => id === upstream?.id) ?? {};
  if (!upstream || !enabled || !logout) return undefined;
  const state = randomSecret();
  const { idOf, put } = store(tenant);
  await put(idOf(state), { upstream, goal });
  return `${tenant.basePath}/upstream/${upstream.id}/sign-out?${new URLSearchParams({ state })}`;
};

/** To the upstream's own sign-out, and back to where ours was to lead. */
export function createSignOutRoutes(deps: { pages: Pages; upstreams: Pick<Upstreams, 'logoutUrl'> }) {
  const router = new Router<RequestState>();

  router.get('/upstream/:id/sign-out', async (ctx) => {
    const { tenant, requestId } = ctx.state;
    const { id = '' } = ctx.params;
    const { state, goal, upstream } = await signingOut(tenant, id, ctx.query.state);
    const url =
      upstream &&
      (await deps.upstreams.logoutUrl(tenant, {
        upstreamId: id,
        ...(upstream.idToken && { idToken: upstream.idToken }),
        postLogoutRedirectUri: `${tenant.issuer}/upstream/${id}/signed-out`,
        state,
      }));
    if (!url) return seeOther(ctx, goal);
    const provider = tenant.settings.upstreams.find((one) => one.id === id)?.name ?? id;
    deps.pages.send(ctx, { tenant, requestId }, goOnPage(ctx, 'upstream-sign-out', { goal: url, provider }));
  });

  router.get('/upstream/:id/signed-out', async (ctx) => {
    seeOther(ctx, (await signingOut(ctx.state.tenant, ctx.params.id ?? '', ctx.query.state)).goal);
  });

  return router;
}

/** The goal is one that the protocol core has checked; without it, the page that says that it is done. */
async function signingOut(
  tenant: Tenant,
  id: string,
  given: unknown,
): Promise<{ state: string; goal: string; upstream?: SigningOut['upstream'] }> {
  const state = typeof given === 'string' ? given : '';
  const { idOf, find } = store(tenant);
  const found = (await find(idOf(state)))?.content;
  if (found?.upstream.id !== id) return { state, goal: `${tenant.basePath}/session/end/success` };
  return { state, ...found };
}
