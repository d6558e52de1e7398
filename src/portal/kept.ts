import { notFound } from '../core/errors.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { LockOut } from './lock-out.ts';
import type { Notice } from './notice.ts';
import type { Removal, Several } from './removal.ts';
import type { PortalVisit, Section, ShowPage } from './visit.ts';

/** One of the things that a page lists. `tag`: a key of the catalogues. */
export type Thing = {
  id: string;
  name: string;
  lines: Notice[];
  tag?: string | undefined;
  /** Left out: one can sign in with it. */
  isUsable?: boolean;
};

export type Kept = Pick<Several, 'factor' | 'remove'> & {
  path: string;
  icon: string;
  title: string;
  lead: string;
  /** Where there is none yet. */
  empty: string;
  /** What happens when it goes, and that `{name}` has gone. */
  question: string;
  removed: string;
  list(tenant: Tenant, accountId: string): Promise<Thing[]>;
  /** The link to the page where one is added; undefined: none can be. */
  add?(visit: PortalVisit, things: readonly Thing[]): { label: string; href: string } | undefined;
  canRename?: boolean;
};

const REASONS: Record<LockOut, string> = {
  last_first: 'portal.lock_out.last_first',
  last_second: 'portal.lock_out.last_second',
};

/** A list, and for each thing of it a page where it can be removed, which says what is against it. */
export function createKept(removal: Removal) {
  return (kept: Kept): Pick<Section, 'pages' | 'forms'> & { thing: ShowPage } => {
    const { path, icon, title, lead, empty } = kept;
    const several: Several = {
      ...kept,
      usable: async (tenant, accountId) =>
        (await kept.list(tenant, accountId)).filter(({ isUsable }) => isUsable !== false),
    };

    async function find({ tenant, user, id }: PortalVisit): Promise<Thing> {
      const found = (await kept.list(tenant, user.id)).find((thing) => thing.id === id);
      if (!found) throw notFound('this page');
      return found;
    }

    const thing: ShowPage = async (visit) => {
      const found = await find(visit);
      const reason = await removal.reasonAgainst(visit, several);
      return {
        view: 'portal/thing',
        data: {
          title,
          question: kept.question,
          thing: found,
          canRename: kept.canRename ?? false,
          against: reason && REASONS[reason],
        },
      };
    };

    return {
      thing,
      pages: {
        async ''(visit) {
          const things = await kept.list(visit.tenant, visit.user.id);
          const add = kept.add?.(visit, things);
          return { view: 'portal/things', data: { symbol: icon, title, lead, empty, things, add } };
        },
        '/:id': thing,
      },
      forms: {
        async '/:id/remove'(visit) {
          const found = await find(visit);
          await removal.remove(visit, several);
          return { done: { message: kept.removed, values: { name: found.name } }, at: path };
        },
      },
    };
  };
}
