import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Frame, LogoutFrames } from '../logout/frames.ts';
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

/** `stays`: the user has left one client, and is signed in yet. */
export type FramesAfterSignOut = { frames: string[]; goal: string; stays: boolean };

export type AfterSignOutDeps = {
  afterSignOut: AfterSignOut;
  logoutFrames: LogoutFrames;
  /** Answers with a page that has the frames in it, and goes on to `goal`. */
  showFrames: (ctx: KoaContextWithOIDC, page: FramesAfterSignOut) => Promise<void> | void;
};

/** OpenID Connect RP-Initiated Logout 1.0 2: the user may have to sign out elsewhere before the client has them back. */
export function goOnAfterSignOut(tenant: Tenant, sessions: BrowserSessions, deps: AfterSignOutDeps) {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    if (ctx.path !== '/session/end/confirm') return next();
    // Before the core ends it: then nobody knows any more whose it was, and what cannot be told now is not ended.
    const session = await sessions.find(ctx.req, ctx.res);
    const reached = session && (await sessions.clientsOf(session.uid));
    const frames = await deps.logoutFrames(tenant, reached ?? []);
    await next();
    if (!session || ctx.status !== 303) return;
    const { session: ended, client } = ctx.oidc;
    const isEnded = (ended as { destroyed?: boolean } | undefined)?.destroyed === true;
    const checked = ctx.response.get('location');
    const goal = (isEnded && (await deps.afterSignOut(tenant, session.signIn, checked))) || checked;
    // Who stays signed in here has left one client alone.
    const left = isEnded ? frames : frames.filter(({ clientId }) => clientId === client?.clientId);
    if (left.length === 0) return ctx.set('location', goal);
    ctx.remove('location');
    // An answer to the form that was sent, with no address of its own: who was sent one could be led anywhere by it.
    await deps.showFrames(ctx, { frames: urisOf(left), goal, stays: !isEnded });
  };
}

/** Clients that share an address need it loaded once. */
export const urisOf = (frames: readonly Frame[]): string[] => [...new Set(frames.map(({ uri }) => uri))];
