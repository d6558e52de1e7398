import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';

/** How the answer gets to the client when the user wants it to: by a link, or by a form (`form_post`). */
export type WayBack = { host: string; href?: string; action?: string; fields?: Record<string, string> };

/**
 * No open redirector (RFC 9700 4.11.2): an error of a client that nobody vouches for sends no one on who has not even signed
 * in. A link to us would else be a link to anywhere. The core then shows the error as a page, with the way back on it.
 */
export function keepFromBouncing(provider: Provider): void {
  provider.on('authorization.error', (ctx, error) => {
    const { route, client, session } = ctx.oidc;
    if (route === 'authorization' && client?.untrusted && !session?.accountId) error.allow_redirect = false;
  });
}

/**
 * The same at the end of a sign-out (RP-Initiated Logout 1.0 2): where nobody is signed in, the core asks nobody and goes on to
 * the client at once.
 */
export function keepAfterSignOut(show: (ctx: KoaContextWithOIDC, back: WayBack) => Promise<void> | void) {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    await next();
    if (ctx.path !== '/session/end' || ctx.status !== 200) return;
    const { client, session, params } = ctx.oidc;
    const { post_logout_redirect_uri: uri, state } = params ?? {};
    if (!client?.untrusted || session?.accountId || typeof uri !== 'string') return;
    const url = new URL(uri);
    if (typeof state === 'string') url.searchParams.set('state', state);
    await show(ctx, { host: hostOf(url), href: url.href });
  };
}

/** For an error page of the core's: the way that it would have gone by itself, if it was kept from that. */
export function wayBack({ oidc }: KoaContextWithOIDC, out: object): WayBack | undefined {
  const { route, client, session, params } = oidc;
  const { redirect_uri: uri, response_mode, response_type } = params ?? {};
  if (route !== 'authorization' || !client?.untrusted || session?.accountId) return undefined;
  if (typeof uri !== 'string' || !client.redirectUriAllowed(uri)) return undefined;
  const url = new URL(uri);
  const host = hostOf(url);
  const fields = Object.fromEntries(
    Object.entries(out).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
  const mode = response_mode ?? (response_type === 'code' || response_type === 'none' ? 'query' : 'fragment');
  if (mode === 'form_post') return { host, action: uri, fields };
  if (mode === 'fragment') return { host, href: `${uri}#${new URLSearchParams(fields)}` };
  if (mode !== 'query') return { host };
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
  return { host, href: url.href };
}

/** The scheme of an app that has no host. */
const hostOf = ({ host, protocol }: URL) => host || protocol;
