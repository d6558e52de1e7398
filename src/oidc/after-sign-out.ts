import type { KoaContextWithOIDC } from 'oidc-provider';
import type { SignInRecord } from '../sessions/record.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { BrowserSessions } from './browser-sessions.ts';

/**
 * Where a browser goes after it has signed out, on its way to `goal` (an address that the core has checked); undefined:
 * straight there. `signIn`: of the session that was ended.
 */
export type AfterSignOut = (tenant: Tenant, signIn: SignInRecord, goal: string) => Promise<string | undefined>;

/** All of them, one after the other. */
export const inTurn =
  (...steps: AfterSignOut[]): AfterSignOut =>
  async (tenant, signIn, goal) => {
    let first: string | undefined;
    for (const step of steps.toReversed()) first = (await step(tenant, signIn, first ?? goal)) ?? first;
    return first;
  };

/** OpenID Connect RP-Initiated Logout 1.0 2: the user may have to sign out elsewhere before the client has them back. */
export function goOnAfterSignOut(tenant: Tenant, sessions: BrowserSessions, after: AfterSignOut) {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    if (ctx.path !== '/session/end/confirm') return next();
    // Before the core ends it: then nobody knows any more whose it was.
    const session = await sessions.find(ctx.req, ctx.res);
    await next();
    const isEnded = (ctx.oidc?.session as { destroyed?: boolean } | undefined)?.destroyed;
    if (!session || !isEnded || ctx.status !== 303) return;
    const url = await after(tenant, session.signIn, ctx.response.get('location'));
    if (url) ctx.set('location', url);
  };
}
