import type { Audit } from '../../audit/audit.ts';
import { type Clock, seconds } from '../../core/clock.ts';
import { equal } from '../../core/hashing.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { journal } from '../journal.ts';
import type { Origin } from '../origin.ts';
import type { Refused, Verified } from '../verification.ts';
import { type Context, challenges, codeOf, hashOf } from './challenge.ts';
import type { Purpose } from './purposes.ts';

/**
 * `binding`: of the browser that opens the link; undefined where it has none. `purpose`: what the page that the link leads to
 * is for.
 */
export type LinkOpened = { purpose: Purpose; binding: string | undefined; token: string; origin: Origin };

/** What another browser than the one that began may show: who began, and the code to type there. */
export type Elsewhere = { code: string; context: Context | undefined };

/** Undefined: expired, used, ended by a newer one, or never was. */
export type LinkSeen = ({ sameBrowser: true } | ({ sameBrowser: false } & Elsewhere)) | undefined;

export type Owner = { accountId: string | undefined; to: string };

/** Links out of mails. Looking changes nothing, so that mail scanners may; only the browser that began can use one. */
export function createLinks(deps: { clock: Clock; audit: Audit }) {
  const { refuse } = journal(deps.audit, 'email_link');

  async function open(tenant: Tenant, { purpose, binding, token }: LinkOpened) {
    const waiting = challenges(tenant);
    const [place = '', secret = ''] = token.split('.');
    const found = await waiting.find(place);
    if (!found) return undefined;
    const { subject, link, to, accountId, context } = found.content;
    const isRight = link !== undefined && equal(link, hashOf(tenant, place, subject, secret));
    if (!isRight || to === undefined || found.content.purpose !== purpose) return undefined;
    return {
      sameBrowser: binding !== undefined && equal(place, waiting.idOf(purpose, binding)),
      elsewhere: { code: codeOf(tenant, purpose, secret), context },
      owner: { accountId, to },
      end: () => waiting.end(place, found.version),
    };
  }

  return {
    /** For GET. */
    async peekLink(tenant: Tenant, opened: LinkOpened): Promise<LinkSeen> {
      const link = await open(tenant, opened);
      return link && (link.sameBrowser ? { sameBrowser: true } : { sameBrowser: false, ...link.elsewhere });
    },

    /** For POST, by one caller of many. */
    async useLink(
      tenant: Tenant,
      opened: LinkOpened,
    ): Promise<Verified<Owner> | Refused<'expired'> | (Refused<'other_browser'> & Elsewhere)> {
      const link = await open(tenant, opened);
      if (!link) return refuse(tenant, undefined, opened.origin, 'expired');
      const { accountId } = link.owner;
      if (!link.sameBrowser)
        return { ...(await refuse(tenant, accountId, opened.origin, 'other_browser')), ...link.elsewhere };
      if (!(await link.end())) return refuse(tenant, accountId, opened.origin, 'expired');
      return { ok: true, proof: { factor: 'email_link', at: seconds(deps.clock) }, ...link.owner };
    },
  };
}
