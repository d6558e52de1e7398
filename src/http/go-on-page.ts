import type { Context } from 'koa';
import type { Page } from './page.ts';

/**
 * A page that goes on to another site by itself, without script, or by its button. No redirect: browsers hold all that
 * follow a form against our `form-action`, and how many there will be is not ours to know.
 */
export function goOnPage(
  ctx: Pick<Context, 'set'>,
  view: string,
  data: { goal: string; [name: string]: unknown },
): Page {
  ctx.set('Refresh', `0; url=${data.goal}`);
  return { view, data };
}
