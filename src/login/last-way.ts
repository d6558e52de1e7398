import type { FactorName, Proof } from '../factors/proof.ts';
import { cookieHeader, cookiesOf } from '../tenants/cookie.ts';
import type { Tenant } from '../tenants/tenant.ts';

const NAME = 'way';
const A_YEAR = 366 * 86_400;
/** Those with a button of their own. */
const WAYS: readonly FactorName[] = ['passkey', 'email_code', 'email_link', 'sms_code', 'upstream'];

/** How somebody signed in here the last time, as the buttons of the first page call it: a factor, or `upstream <id>`. */
export function lastWay(tenant: Tenant, header: string | undefined): string | undefined {
  const [value] = cookiesOf(tenant, header, NAME);
  return value?.replace('.', ' ');
}

/**
 * The `Set-Cookie` header that keeps it, for people who have several ways and forget which; undefined where there is nothing to
 * keep. It says nothing of who that was, and nothing is decided by it.
 */
export function lastWayCookie(tenant: Tenant, [first]: readonly Proof[]): string | undefined {
  if (!first) return undefined;
  if (first.factor === 'password') return cookieHeader(tenant, NAME, '', 0);
  if (!WAYS.includes(first.factor)) return undefined;
  const which = first.upstream ? `upstream.${first.upstream.id}` : first.factor;
  return cookieHeader(tenant, NAME, which, A_YEAR);
}
