import { cookieHeader, cookiesOf } from '../tenants/cookie.ts';
import type { Tenant } from '../tenants/tenant.ts';

const NAME = 'trusted';

/** The token by which a browser shows that an account trusts it; undefined without one. */
export const trustedToken = (tenant: Tenant, header: string | undefined): string | undefined =>
  cookiesOf(tenant, header, NAME)[0];

/** The `Set-Cookie` header that keeps it. */
export const trustedCookie = (tenant: Tenant, token: string, days: number): string =>
  cookieHeader(tenant, NAME, token, days * 86_400);
