import type { Context } from 'koa';
import { csrfRefused } from '../core/errors.ts';
import { randomSecret } from '../core/ids.ts';
import { cookieHeader, cookiesOf } from '../tenants/cookie.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { csrfToken, refuseForeignToken } from './csrf.ts';

const NAME = 'form';

/** The token for forms outside of a sign-in, bound to a random cookie of this browser, which it gets with the first such page. */
export function browserToken(ctx: Context, tenant: Tenant): string {
  const known = browserOf(ctx, tenant);
  const browser = known ?? randomSecret();
  if (!known) ctx.append('Set-Cookie', cookieHeader(tenant, NAME, browser));
  return csrfToken(tenant, browser);
}

/** Error `csrf_refused` unless `token` is this browser's. */
export function refuseOtherBrowsers(ctx: Context, tenant: Tenant, token: string | undefined): void {
  const browser = browserOf(ctx, tenant);
  if (!browser) throw csrfRefused('the form came without its cookie');
  refuseForeignToken(tenant, browser, token);
}

const browserOf = (ctx: Context, tenant: Tenant): string | undefined =>
  cookiesOf(tenant, ctx.get('Cookie'), NAME).find((value) => /^[\w-]{43}$/.test(value));
