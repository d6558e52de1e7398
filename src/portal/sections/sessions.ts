import type { Accounts } from '../../accounts/accounts.ts';
import type { Audit } from '../../audit/audit.ts';
import type { Clients } from '../../clients/clients.ts';
import { notFound } from '../../core/errors.ts';
import { placeIn } from '../../http/place-in.ts';
import { ACCOUNT_CLIENT } from '../../oidc/account-client.ts';
import type { SignInRecord } from '../../sessions/record.ts';
import type { Sessions } from '../../sessions/sessions.ts';
import type { Stored } from '../../store/records.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { deviceAt } from '../device-at.ts';
import type { PortalVisit, Section } from '../visit.ts';

const PATH = '/account/sessions';

/** Where the account is signed in. Ending a session makes nothing less safe: that needs no new proof. */
export function sessionsSection(deps: {
  accounts: Pick<Accounts, 'signOutElsewhere'>;
  sessions: Pick<Sessions, 'list'>;
  clients: Pick<Clients, 'get'>;
  audit: Pick<Audit, 'record'>;
}): Section {
  async function nameOf(tenant: Tenant, clientId: string): Promise<string> {
    const name = (await deps.clients.get(tenant, clientId))?.metadata.client_name;
    return typeof name === 'string' ? name : clientId;
  }

  async function others({ tenant, user, session }: PortalVisit): Promise<Stored<SignInRecord>[]> {
    return (await deps.sessions.list(tenant, user.id)).filter(({ id }) => id !== session.uid);
  }

  async function describe(visit: PortalVisit, { id, origin, startedAt, lastSeenAt }: Stored<SignInRecord>) {
    const { tenant, ctx, from, session } = visit;
    const reached = await ctx.state.browserSessions.clientsOf(id);
    // What ended by another way, such as a reset of the password, leaves its record until that expires.
    if (!reached) return undefined;
    const clients = reached.map(({ clientId }) => clientId).filter((clientId) => clientId !== ACCOUNT_CLIENT);
    return {
      id,
      isCurrent: id === session.uid,
      device: deviceAt(origin),
      place: placeIn(origin, from.locale),
      startedAt: startedAt * 1000,
      lastSeenAt: lastSeenAt * 1000,
      clients: await Promise.all(clients.map((clientId) => nameOf(tenant, clientId))),
    };
  }

  async function end({ tenant, ctx, user, from }: PortalVisit, ids: string[]): Promise<void> {
    for (const id of ids) {
      await ctx.state.browserSessions.end(id);
      const { ip, requestId } = from;
      await deps.audit.record(tenant.id, {
        type: 'session.ended',
        actor: user.id,
        target: user.id,
        ip,
        requestId,
        details: { session: id },
      });
    }
  }

  return {
    path: PATH,
    isSensitive: false,
    pages: {
      async ''(visit) {
        const all = await deps.sessions.list(visit.tenant, visit.user.id);
        const sessions = (await Promise.all(all.map((one) => describe(visit, one)))).filter((one) => one !== undefined);
        // This browser's first.
        sessions.sort((a, b) => Number(b.isCurrent) - Number(a.isCurrent));
        return {
          view: 'portal/sessions',
          data: { title: 'portal.sessions.title', lead: 'portal.sessions.lead', sessions },
        };
      },
    },
    forms: {
      async '/end'(visit, form) {
        const id = form.get('session');
        if (!(await others(visit)).some((one) => one.id === id)) throw notFound('this session');
        await end(visit, [id!]);
        return { done: { message: 'portal.sessions.ended' }, at: PATH };
      },
      async '/end-others'(visit) {
        const { tenant, user, session } = visit;
        // First: what is under way elsewhere begins no session any more, then there is none that is not listed.
        await deps.accounts.signOutElsewhere(tenant, user.id, session.uid);
        // One list after the other: each is only so long.
        for (let left = await others(visit); left.length > 0; left = await others(visit))
          await end(
            visit,
            left.map(({ id }) => id),
          );
        return { done: { message: 'portal.sessions.ended_others' }, at: PATH };
      },
    },
  };
}
