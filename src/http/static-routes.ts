import Router from '@koa/router';
import { notFound } from '../core/errors.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { Assets } from './assets.ts';
import { brandSheet } from './brand.ts';
import { sendCached } from './cached.ts';

/** What is the same for every visitor: `/assets/<name>`, for pages without a tenant too, and the tenant's `/brand.css`. */
export function staticRoutes(assets: Assets) {
  const router = new Router<{ tenant?: Tenant }>();
  router.get('/assets/:name', (ctx) => {
    const file = assets.get(ctx.params.name ?? '');
    if (!file) throw notFound('this file');
    sendCached(ctx, file);
  });
  router.get('/brand.css', (ctx) => {
    if (!ctx.state.tenant) throw notFound('this file');
    sendCached(ctx, brandSheet(ctx.state.tenant));
  });
  return router.routes();
}
