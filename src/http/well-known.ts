import Router from '@koa/router';
import { notFound } from '../core/errors.ts';
import { rpIdOf, rpOriginsOf } from '../tenants/relying-party.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { seeOther } from './see-other.ts';

/** Paths below the issuer. */
const PASSWORD_PAGE = '/account/password';
const PASSKEYS_PAGE = '/account/passkeys';

/** What browsers and password managers look for. They look at the root of a host: found where the tenant has its own. */
export function wellKnown() {
  const router = new Router<{ tenant: Tenant }>({ prefix: '/.well-known' });

  // WebAuthn L3 5.11.1: at the host that is the RP ID, and nowhere else.
  router.get('/webauthn', (ctx) => {
    const { tenant } = ctx.state;
    const { related_origins } = tenant.settings.passkeys;
    if (related_origins.length === 0 || rpIdOf(tenant) !== new URL(tenant.issuer).hostname) throw notFound('this file');
    ctx.body = { origins: related_origins };
  });

  // W3C "A Well-Known URL for Relying Party Passkey Endpoints".
  router.get('/passkey-endpoints', (ctx) => {
    const { tenant } = ctx.state;
    if (rpOriginsOf(tenant).length === 0) throw notFound('this file');
    const page = tenant.issuer + PASSKEYS_PAGE;
    ctx.body = { enroll: page, manage: page };
  });

  // W3C "A Well-Known URL for Changing Passwords".
  router.get('/change-password', (ctx) => seeOther(ctx, ctx.state.tenant.issuer + PASSWORD_PAGE));

  return router.routes();
}
