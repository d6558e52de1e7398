import type { Context } from 'koa';
import { cookieHeader, cookiesOf } from '../tenants/cookie.ts';
import type { Tenant } from '../tenants/tenant.ts';

const NAME = 'locale';
const A_YEAR = 366 * 86_400;

/** The language this browser was last shown by the tenant. */
export const readLocaleCookie = (ctx: Context, tenant: Tenant | undefined): string | undefined =>
  tenant && cookiesOf(tenant, ctx.get('Cookie'), NAME)[0];

export function writeLocaleCookie(ctx: Context, tenant: Tenant, locale: string): void {
  ctx.append('Set-Cookie', cookieHeader(tenant, NAME, locale, A_YEAR));
}
