import type { Accounts } from '../accounts/accounts.ts';
import { type Clock, seconds } from '../core/clock.ts';
import type { Pages } from '../http/page.ts';
import type { Facts } from '../journey/facts.ts';
import { factsOf } from '../journey/facts-of.ts';
import { isOver } from '../journey/ground.ts';
import type { FindPerson } from '../journey/person.ts';
import { plan } from '../journey/plan.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { TrustedDevices } from '../sessions/trusted-devices.ts';
import type { PolicyPart } from '../tenants/settings/authentication.ts';
import { levelToChange, standingOf } from './standing.ts';
import type { PortalContext, PortalVisit } from './visit.ts';

/** Who comes, by the browser's session; undefined: nobody who is signed in. */
export type FindVisit = (ctx: PortalContext) => Promise<PortalVisit | undefined>;

export function createFindVisit(deps: {
  clock: Clock;
  pages: Pick<Pages, 'locale'>;
  accounts: Pick<Accounts, 'active'>;
  sessions: Pick<Sessions, 'get' | 'seen'>;
  trustedDevices: Pick<TrustedDevices, 'holds'>;
  findPerson: FindPerson;
}): FindVisit {
  return async (ctx) => {
    const { tenant, browserSessions, ip, requestId } = ctx.state;
    const session = await browserSessions.find(ctx.req, ctx.res);
    if (!session) return undefined;
    const { uid, accountId } = session;
    const [signIn, user, person] = await Promise.all([
      // As it is now: whose session was ended elsewhere changes nothing more.
      deps.sessions.get(tenant, uid, true),
      deps.accounts.active(tenant, accountId),
      deps.findPerson(tenant, accountId, { factors: true }),
    ]);
    if (signIn?.accountId !== accountId || !user || !person || isOver(signIn, person)) return undefined;
    const factsFor = (request: Facts['request'], clientPolicy?: PolicyPart) =>
      factsOf(tenant, {
        now: seconds(deps.clock),
        request,
        clientPolicy,
        session: signIn,
        journey: { proofs: [], passed: [] },
        trustedDevice: false,
        risk: 'allow',
        person,
      });
    const facts = factsFor({ acrValues: [] });
    const trustedDevice =
      signIn.trustedDevice !== undefined &&
      (await deps.trustedDevices.holds(tenant, signIn.trustedDevice, {
        accountId,
        since: user.passwordChangedAt,
        days: facts.policy.trustedDeviceDays,
      }));
    const standing = standingOf({ ...facts, trustedDevice });
    if (standing === 'out') return undefined;
    await deps.sessions.seen(tenant, uid, signIn);
    return {
      ctx,
      tenant,
      session: { uid, accountId, signIn },
      user,
      policy: facts.policy,
      factors: person.account.factors,
      standing,
      level: levelToChange(facts),
      async isStillIn() {
        const now = await deps.sessions.get(tenant, uid, true);
        const owner = await deps.findPerson(tenant, accountId);
        return now?.accountId === accountId && owner !== undefined && owner.account.active && !isOver(now, owner);
      },
      planFor: (request, clientPolicy) => plan({ ...factsFor(request, clientPolicy), trustedDevice }),
      from: { ip, requestId, locale: deps.pages.locale(ctx, { tenant }) },
      id: ctx.params?.id ?? '',
    };
  };
}
