import { insufficientAuthentication } from '../core/errors.ts';
import { seeOther } from '../http/see-other.ts';
import { FRESH } from '../journey/standing.ts';
import { nameOfLevel2, signInUrl } from './sign-in-url.ts';
import type { PortalContext, PortalVisit, Section } from './visit.ts';
import type { FindVisit } from './visits.ts';

/**
 * Lets through who is signed in and, to what is sensitive, has proven it anew. Others are sent to do so, for the page at
 * `back`, where that loses nothing; else error `insufficient_user_authentication` (RFC 9470 3).
 */
export const createGate =
  (findVisit: FindVisit) =>
  async (ctx: PortalContext, { isSensitive }: Section, back: string): Promise<PortalVisit | undefined> => {
    const { tenant } = ctx.state;
    const visit = await findVisit(ctx);
    if (visit) ctx.state.visit = visit;
    if (visit && (!isSensitive || visit.standing === 'fresh')) return visit;

    const isForm = ctx.method === 'POST';
    // A form that nobody sent is not done: after the sign-in they meet its page again.
    if (isPage(ctx) && !(isForm && visit)) {
      seeOther(ctx, signInUrl(tenant, back, isSensitive ? { level: visit?.level ?? 1 } : undefined));
      return undefined;
    }
    const acr = visit?.level === 2 ? nameOfLevel2(tenant) : undefined;
    ctx.set(
      'WWW-Authenticate',
      `Bearer error="insufficient_user_authentication", max_age="${FRESH}"${acr ? `, acr_values="${acr}"` : ''}`,
    );
    throw insufficientAuthentication('sign in anew, the last proof is too old or not enough');
  };

const isPage = (ctx: PortalContext) => ctx.accepts('json', 'html') === 'html';
