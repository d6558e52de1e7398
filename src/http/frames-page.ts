import type { Context } from 'koa';
import type { Page } from './page.ts';

/**
 * A page that loads others in frames, and goes on to `goal` then: by its script, which does not wait for what never comes;
 * without script by the header, which counts from when all is loaded; or by its link. `client`: the user has left no other.
 */
export function framesPage(
  ctx: Pick<Context, 'set'>,
  { frames, goal, client }: { frames: string[]; goal: string; client?: string | undefined },
): Page {
  ctx.set('Refresh', `1; url=${goal}`);
  return { view: 'signing-out', frames, data: { frames, goal, client } };
}
