import type { Trips } from '../../factors/upstream/trips.ts';
import { goOnPage } from '../../http/go-on-page.ts';
import { interactionPath } from '../../oidc/interaction-path.ts';
import { type Answer, isChoosing, stepOf, type Visit } from '../visit.ts';
import { refusedBy } from './words.ts';

/** Where the browser comes back into the sign-in. */
export const BACK = 'from-upstream';

/** Sends the browser to an upstream. `loginHint`: what was typed. */
export type GoToUpstream = (
  visit: Visit,
  upstream: { id: string; name: string },
  loginHint?: string,
) => Promise<NonNullable<Answer>>;

export const createGoToUpstream =
  ({ trips }: { trips: Pick<Trips, 'depart'> }): GoToUpstream =>
  async (visit, { id, name }, loginHint) => {
    const { ctx, tenant, interaction } = visit;
    const { ip, requestId } = ctx.state;
    const { uid, client } = interaction;
    const maxAge = maxAgeOf(visit);
    const trip = {
      upstreamId: id,
      ticket: uid,
      next: interactionPath(tenant, uid, { client: client.id }, BACK),
      ...(loginHint && { loginHint }),
      ...(maxAge !== undefined && { maxAge }),
    };
    const departure = await trips.depart(tenant, ctx.get('Cookie'), trip, { ip, requestId });
    if (!departure.ok) return refusedBy(name, departure.reason);
    ctx.append('Set-Cookie', departure.cookie);
    return { page: goOnPage(ctx, 'upstream-go', { goal: departure.url, provider: name }) };
  };

/**
 * Seconds that a sign-in at the upstream may be old. Who is signed in here and is asked once more is asked there once more:
 * a session of theirs proves nothing new.
 */
function maxAgeOf(visit: Visit): number | undefined {
  const isAskedAgain = stepOf(visit)?.ask === 'verify' && !isChoosing(visit);
  return isAskedAgain ? 0 : visit.interaction.request.maxAge;
}
