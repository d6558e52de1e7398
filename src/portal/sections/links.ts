import type { Upstreams } from '../../factors/upstream/upstreams.ts';
import type { createKept } from '../kept.ts';
import { created, used } from '../times.ts';
import type { Section } from '../visit.ts';

const PATH = '/account/links';

/** The sign-ins at other providers that open the account. */
export function linksSection(deps: {
  kept: ReturnType<typeof createKept>;
  upstreams: Pick<Upstreams, 'list' | 'unlink'>;
}): Section {
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
      (await deps.upstreams.list(tenant, accountId)).map((link) => ({
        id: link.id,
        name: link.name ?? link.upstreamId,
        isUsable: tenant.settings.upstreams.some(({ id, enabled }) => enabled && id === link.upstreamId),
        lines: [
          ...(link.email ? [{ message: 'portal.links.as', values: { email: link.email } }] : []),
          created(link.createdAt),
          used(link.lastUsedAt),
        ],
      })),
    remove: deps.upstreams.unlink,
  });
  return { path: PATH, isSensitive: true, pages, forms };
}
