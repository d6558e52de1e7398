import type { Middleware } from 'koa';
import { notFound } from '../core/errors.ts';
import type { RequestState } from '../http/context.ts';
import type { AfterSignOut } from '../oidc/after-sign-out.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { SamlDeps } from './deps.ts';
import { leaveFor } from './signing-out.ts';

/** Whether a tenant speaks SAML: where the operator allows it (`isAllowed`), and it wants to. */
const speaks = (isAllowed: boolean, { settings }: Tenant): boolean => isAllowed && settings.saml.enabled;

/** Those that were told of a session sign out, too, when it ends in this browser. */
export const signOutOfServiceProviders =
  (isAllowed: boolean): AfterSignOut =>
  async (tenant, { samlParties = [] }, goal) =>
    speaks(isAllowed, tenant) ? leaveFor(tenant, samlParties, { goal }) : undefined;

/**
 * SAML for those tenants that speak it; elsewhere there is nothing at its addresses. The XML libraries are loaded with the
 * first request that needs them.
 */
export function createSaml({ isAllowed, ...deps }: SamlDeps & { isAllowed: boolean }): Middleware<RequestState> {
  let loading: Promise<Middleware<RequestState>> | undefined;
  const load = () => {
    loading ??= import('./router.ts').then(
      ({ createRouter }) => createRouter(deps).routes() as unknown as Middleware<RequestState>,
    );
    return loading;
  };
  return async (ctx, next) => {
    if (!ctx.path.startsWith('/saml/')) return next();
    if (!speaks(isAllowed, ctx.state.tenant)) throw notFound('this page');
    return (await load())(ctx, next);
  };
}
