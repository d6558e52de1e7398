import { cookieValues } from '../core/cookie-header.ts';
import type { Tenant } from './tenant.ts';

type Place = Pick<Tenant, 'issuer' | 'basePath'>;

/** What a browser sent under a name: several, where others of the host have one of that name too; the closest first. */
export const cookiesOf = (tenant: Place, header: string | undefined, name: string): string[] =>
  cookieValues(header, fullName(tenant, name));

/**
 * The `Set-Cookie` header of a cookie for the pages of one tenant, which scripts do not see. `maxAge` in seconds; without, it
 * goes when the browser is closed. Written by hand: behind a proxy that ends TLS, Koa takes the connection for a plain one
 * and refuses `Secure`.
 */
export function cookieHeader(tenant: Place, name: string, value: string, maxAge?: number): string {
  const life = maxAge === undefined ? '' : `; Max-Age=${maxAge}`;
  const secure = isSecure(tenant) ? '; Secure' : '';
  return `${fullName(tenant, name)}=${value}; Path=${tenant.basePath || '/'}${life}; HttpOnly; SameSite=Lax${secure}`;
}

const isSecure = ({ issuer }: Place) => issuer.startsWith('https:');

/** `__Host-` demands the path `/`, which tenants of one host would share. */
function fullName(tenant: Place, name: string): string {
  if (!isSecure(tenant)) return name;
  return tenant.basePath ? `__Secure-${name}` : `__Host-${name}`;
}
