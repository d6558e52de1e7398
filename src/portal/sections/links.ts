import { invalidInput, isError } from '../../core/errors.ts';
import type { Trips } from '../../factors/upstream/trips.ts';
import type { Upstreams } from '../../factors/upstream/upstreams.ts';
import { wordsFor } from '../../factors/upstream/words.ts';
import type { FieldError } from '../../http/fields.ts';
import { goOnPage } from '../../http/go-on-page.ts';
import type { createKept } from '../kept.ts';
import { mayAdd } from '../offers.ts';
import { created, used } from '../times.ts';
import type { Answer, PortalVisit, Section } from '../visit.ts';

const PATH = '/account/links';
const BACK = '/connected';

/** The sign-ins at other providers that open the account. */
export function linksSection(deps: {
  kept: ReturnType<typeof createKept>;
  trips: Pick<Trips, 'depart' | 'take'>;
  upstreams: Pick<Upstreams, 'list' | 'link' | 'unlink' | 'offered'>;
}): Section {
  const { upstreams, trips } = deps;
  const { pages, forms } = deps.kept({
    path: PATH,
    factor: 'upstream',
    icon: 'link',
    title: 'portal.links.title',
    lead: 'portal.links.lead',
    empty: 'portal.links.none',
    question: 'portal.links.question',
    removed: 'portal.links.removed',
    list: async (tenant, accountId) =>
      (await upstreams.list(tenant, accountId)).map((link) => ({
        id: link.id,
        name: link.name ?? link.upstreamId,
        isUsable: tenant.settings.upstreams.some(({ id, enabled }) => enabled && id === link.upstreamId),
        lines: [
          ...(link.email ? [{ message: 'portal.links.as', values: { email: link.email } }] : []),
          created(link.createdAt),
          used(link.lastUsedAt),
        ],
      })),
    remove: upstreams.unlink,
  });

  /** Providers with which nothing is linked yet. */
  async function offers(visit: PortalVisit): Promise<{ id: string; name: string }[]> {
    const { tenant, user } = visit;
    if (!mayAdd(visit, 'upstream')) return [];
    const linked = new Set((await upstreams.list(tenant, user.id)).map(({ upstreamId }) => upstreamId));
    const isOpen = ({ id }: { id: string }) =>
      !linked.has(id) && tenant.settings.upstreams.some((one) => one.id === id && one.linking !== 'never');
    return upstreams.offered(tenant).filter(isOpen);
  }

  async function list(visit: PortalVisit, errors: FieldError[] = [], status?: number) {
    const page = await pages['']!(visit);
    return { ...page, ...(status && { status }), data: { ...page.data, offers: await offers(visit), errors } };
  }

  return {
    path: PATH,
    isSensitive: true,
    pages: { ...pages, '': (visit) => list(visit) },

    forms: {
      ...forms,
      async '/connect'(visit, form) {
        const { ctx, tenant, from } = visit;
        const chosen = (await offers(visit)).find(({ id }) => id === form.get('upstream'));
        if (!chosen) throw invalidInput('the field "upstream" must name a provider that is offered');
        const trip = { upstreamId: chosen.id, ticket: ticketOf(visit), next: tenant.basePath + PATH + BACK };
        const departure = await trips.depart(tenant, ctx.get('Cookie'), trip, from);
        if (!departure.ok) return refused(visit, wordsFor(chosen.name, departure.reason), departure.reason);
        ctx.append('Set-Cookie', departure.cookie);
        return { page: goOnPage(ctx, 'upstream-go', { goal: departure.url, provider: chosen.name }) };
      },
    },

    back: {
      async [BACK](visit) {
        const { tenant, user, from } = visit;
        const arrival = await trips.take(tenant, ticketOf(visit));
        if (!arrival) return { goTo: tenant.issuer + PATH };
        if (!arrival.ok) {
          const { upstream, reason } = arrival;
          return refused(visit, wordsFor(upstream.name ?? upstream.id, reason), reason);
        }
        const { upstreamId } = arrival.identity;
        const provider = tenant.settings.upstreams.find(({ id }) => id === upstreamId)?.name ?? upstreamId;
        try {
          await upstreams.link(tenant, user.id, arrival.identity, from);
        } catch (error) {
          if (isError(error, 'forbidden')) return refused(visit, wordsFor(provider, 'disabled'));
          if (isError(error, 'already_exists'))
            return refused(visit, { field: '', message: 'portal.links.taken', values: { provider } });
          throw error;
        }
        return { done: { message: 'portal.links.added', values: { name: provider } }, at: PATH };
      },
    },
  };

  async function refused(visit: PortalVisit, error: FieldError, reason?: string): Promise<Answer> {
    return { page: await list(visit, [error], reason === 'unavailable' ? 503 : 400) };
  }
}

/** Who left in one session and comes back in another has linked nothing. */
const ticketOf = ({ session, user }: PortalVisit): string => JSON.stringify(['account', session.uid, user.id]);
