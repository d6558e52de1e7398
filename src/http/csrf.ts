import type { Context } from 'koa';
import { csrfRefused } from '../core/errors.ts';
import { equal, mac } from '../core/hashing.ts';
import type { Tenant } from '../tenants/tenant.ts';

/** The synchroniser token of the forms of one interaction. */
export const csrfToken = (tenant: Tenant, uid: string): string => mac(tenant.secretFor('csrf'), uid);

/**
 * Refuses a form that another site had sent, before its body is read. Error `csrf_refused`.
 * Our `Referrer-Policy: no-referrer` makes browsers send `Origin: null` with our own forms (Fetch, "append a request Origin header"), so that says no
 * more than its absence: then Sec-Fetch-Site decides where the browser sends it, and the token in any case.
 */
export function refuseOtherOrigins(ctx: Pick<Context, 'get'>, tenant: Tenant): void {
  const origin = ctx.get('Origin');
  if (origin && origin !== 'null') {
    if (origin !== new URL(tenant.issuer).origin) throw csrfRefused('the form was sent from another origin');
    return;
  }
  const site = ctx.get('Sec-Fetch-Site');
  if (site && site !== 'same-origin' && site !== 'none') throw csrfRefused('the form was sent from another site');
}

/** Error `csrf_refused` unless `token` is the one of this interaction of this tenant. */
export function refuseForeignToken(tenant: Tenant, uid: string, token: string | undefined): void {
  if (!equal(token ?? '', csrfToken(tenant, uid))) throw csrfRefused('the form lacks the token of this sign-in');
}
