import { interactionPath } from '../../oidc/interaction-path.ts';
import { cookieHeader, cookiesOf } from '../../tenants/cookie.ts';
import type { LoginContext } from '../state.ts';

const NAME = 'way_back';
/** Seconds; a sign-in lives no longer. */
const LIFE = 3600;
const UID = /^[\w-]{1,64}$/;
const FORM = /^([\w-]{1,64})\.(.+)$/;

/**
 * Remembers the sign-in that somebody left for these pages, to go on there afterwards. It names a sign-in and opens none: that
 * one's own cookie does.
 */
export function keepWayBack(ctx: LoginContext): void {
  const { tenant } = ctx.state;
  const { interaction, client } = ctx.query;
  if (typeof interaction !== 'string' || !UID.test(interaction) || typeof client !== 'string') return;
  ctx.append('Set-Cookie', cookieHeader(tenant, NAME, `${interaction}.${encodeURIComponent(client)}`, LIFE));
}

/** Where to sign in now: where it was begun, or at the user's own pages. */
export function wayBack(ctx: LoginContext): string {
  const { tenant } = ctx.state;
  const [, uid, client] = FORM.exec(cookiesOf(tenant, ctx.get('Cookie'), NAME)[0] ?? '') ?? [];
  if (!uid || !client) return `${tenant.basePath}/account`;
  return interactionPath(tenant, uid, { client: decoded(client) });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
