import Router from '@koa/router';
import { invalidInput, notFound } from '../core/errors.ts';
import { type ApiContext, byOf, type ClientApiDeps, createClientApi, refuseOtherMethods } from '../http/client-api.ts';
import type { RequestState } from '../http/context.ts';
import type { Grants } from '../privacy/grants.ts';
import { GRANT_SCOPES, grantsEndpoint } from '../tenants/settings/grant-management.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { viewOf } from './view.ts';

const [QUERY, REVOKE] = GRANT_SCOPES;
/** Accounts of one page. */
const LIMIT = 100;

const API = {
  audience: grantsEndpoint,
  isOn: ({ settings }: Tenant) => settings.protocol.grant_management,
  name: 'the API for grants',
  refused: 'grant.refused',
};

const METHODS: Record<string, string[]> = { '/grants': ['GET'], '/grants/:id': ['GET', 'DELETE'] };

/** Where clients see and end what users have allowed them (Grant Management for OAuth 2.0, 6). */
export function createGrantsRouter({
  grants,
  subOf,
  ...deps
}: ClientApiDeps & {
  grants: Grants;
  /** What the client calls an account. */
  subOf: (tenant: Tenant, clientId: string, accountId: string) => Promise<string>;
}): Router<RequestState> {
  const { callerOf, guard } = createClientApi(deps, API);
  const router = new Router<RequestState>();
  router.use(Object.keys(METHODS), guard);

  router.get('/grants', async (ctx) => {
    const clientId = await callerOf(ctx as ApiContext, [QUERY]);
    const { tenant } = ctx.state;
    const after = cursorOf(ctx.query.after);
    const page = await grants.ofClient(tenant, clientId, { limit: LIMIT, ...(after && { after }) });
    ctx.body = {
      grants: await Promise.all(
        page.grants.map(async ({ id, accountId, ...allowed }) => ({
          grant_id: id,
          sub: await subOf(tenant, clientId, accountId),
          ...viewOf(allowed),
        })),
      ),
      ...(page.next && { next: page.next }),
    };
  });

  router.get('/grants/:id', async (ctx) => {
    const clientId = await callerOf(ctx as ApiContext, [QUERY]);
    const found = await grants.find(ctx.state.tenant, clientId, String(ctx.params.id));
    if (!found) throw unknownGrant();
    ctx.body = viewOf(found);
  });

  router.delete('/grants/:id', async (ctx) => {
    const clientId = await callerOf(ctx as ApiContext, [REVOKE]);
    const { tenant } = ctx.state;
    if (!(await grants.end(tenant, clientId, String(ctx.params.id), byOf(ctx as ApiContext)))) throw unknownGrant();
    ctx.status = 204;
  });

  refuseOtherMethods(router, METHODS);
  return router;
}

const unknownGrant = () => notFound('a grant of this client by this id');

function cursorOf(given: string | string[] | undefined): string | undefined {
  if (given === undefined || (typeof given === 'string' && given !== '')) return given;
  throw invalidInput('after must be the next of the page before');
}
