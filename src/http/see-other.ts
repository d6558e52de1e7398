import type { Context } from 'koa';

/** 303, never 307: what was posted, a password perhaps, stays here (RFC 9700 4.12). */
export function seeOther(ctx: Pick<Context, 'status' | 'body' | 'set'>, url: string): void {
  ctx.set('Cache-Control', 'no-store');
  ctx.set('Location', url);
  // Koa makes "no body" a 204: the status comes last.
  ctx.body = null;
  ctx.status = 303;
}
