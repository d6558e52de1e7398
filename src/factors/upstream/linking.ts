import { isDeepStrictEqual } from 'node:util';
import type { Accounts } from '../../accounts/accounts.ts';
import type { Claims } from '../../accounts/claims.ts';
import type { Audit } from '../../audit/audit.ts';
import type { Clock } from '../../core/clock.ts';
import { alreadyExists, forbidden, isError, notFound } from '../../core/errors.ts';
import type { Stored } from '../../store/records.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { journal } from '../journal.ts';
import type { Notify } from '../notices.ts';
import type { Origin } from '../origin.ts';
import { enabledConnection } from './connection.ts';
import { checkDomain, type UpstreamIdentity } from './identity.ts';
import { type Link, linkId, linkOf, linkRecords, linksOf } from './links.ts';
import { refreshed, refreshedRoles } from './refresh.ts';
import { Refusal } from './refusal.ts';

/** What is told of a link; times in milliseconds. `name`: of the upstream, as long as there is one. */
export type LinkInfo = Pick<Link, 'upstreamId' | 'email' | 'createdAt' | 'lastUsedAt'> & { id: string; name?: string };

export type LinkingDeps = { clock: Clock; audit: Audit; accounts: Accounts; notify: Notify };

/** Which identities of upstreams open an account. */
export function createLinking({ clock, audit, accounts, notify }: LinkingDeps) {
  const { record } = journal(audit, 'upstream');

  /** The link's account takes over what the upstream tells now. */
  async function refresh(tenant: Tenant, link: Stored<Link>, identity: UpstreamIdentity): Promise<void> {
    const user = await accounts.get(tenant, link.accountId);
    if (!user) return;
    const { roles, authoritative = false } =
      tenant.settings.upstreams.find(({ id }) => id === identity.upstreamId) ?? {};
    const changes = refreshed(user.claims, link.applied, identity.claims, authoritative);
    if (Object.keys(changes).length > 0) await accounts.amend(tenant, user.id, changes);
    if (roles && identity.roles) {
      const { roles: told } = identity;
      await accounts.changeRoles(tenant, user.id, (now) => ({
        roles: refreshedRoles(now.roles, Object.values(roles.map), told),
      }));
    }
    const stands = agreed(identity.claims, { ...user.claims, ...changes });
    await linkRecords(tenant).update(link.id, (before) => ({
      ...before,
      ...(identity.email && { email: identity.email }),
      applied: { ...before.applied, ...stands },
      lastUsedAt: clock(),
    }));
  }

  /** The identity's link: a new one, or that of this account which another request has made just now. */
  async function linkTo(tenant: Tenant, accountId: string, identity: UpstreamIdentity): Promise<Stored<Link>> {
    const { upstreamId, issuer, subject, email } = identity;
    const now = clock();
    const link = { accountId, upstreamId, issuer, subject, ...(email && { email }), applied: {} };
    try {
      return await linkRecords(tenant).insert(linkId(identity), { ...link, createdAt: now, lastUsedAt: now });
    } catch (error) {
      if (!isError(error, 'already_exists')) throw error;
      const existing = await linkOf(tenant, identity);
      if (existing?.accountId === accountId) return existing;
      throw alreadyExists('linked sign-ins', ['identity']);
    }
  }

  async function attach(tenant: Tenant, accountId: string, identity: UpstreamIdentity, origin: Origin): Promise<void> {
    refuseForbidden(tenant, identity);
    const link = await linkTo(tenant, accountId, identity);
    await refresh(tenant, link, identity);
    await record(tenant, 'factor.enrolled', accountId, origin, { id: link.id, upstream: identity.upstreamId });
  }

  return {
    /** After a sign-in by the link. */
    refresh,

    /** To an account that was made for it: nothing to be told of. */
    attach,

    /**
     * Links an identity to an account whose owner has proven to be there. Errors: `already_exists` where it is another
     * account's, `forbidden` where the upstream was switched off or the user's domain not allowed meanwhile.
     */
    async link(tenant: Tenant, accountId: string, identity: UpstreamIdentity, origin: Origin = {}): Promise<void> {
      await attach(tenant, accountId, identity, origin);
      await notify(tenant, accountId, { template: 'factor_added', factor: 'upstream' });
    },

    async list(tenant: Tenant, accountId: string): Promise<LinkInfo[]> {
      return (await linksOf(tenant, accountId)).map(({ id, upstreamId, email, createdAt, lastUsedAt }) => {
        const name = tenant.settings.upstreams.find((one) => one.id === upstreamId)?.name;
        return { id, upstreamId, ...(name && { name }), ...(email && { email }), createdAt, lastUsedAt };
      });
    },

    /** That it is not the last way in is for the caller to see to. Error `not_found`. */
    async unlink(tenant: Tenant, accountId: string, id: string, origin: Origin = {}): Promise<void> {
      const link = await linkRecords(tenant).get(id);
      if (link?.accountId !== accountId || !(await linkRecords(tenant).delete(id)))
        throw notFound(`linked sign-in "${id}"`);
      await record(tenant, 'factor.removed', accountId, origin, { id, upstream: link.upstreamId });
      await notify(tenant, accountId, { template: 'factor_removed', factor: 'upstream' });
    },

    /** For an account that ends or is reset: no notice. */
    async removeAll(tenant: Tenant, accountId: string, origin: Origin = {}): Promise<void> {
      for (const { id, upstreamId } of await linksOf(tenant, accountId)) {
        if (await linkRecords(tenant).delete(id))
          await record(tenant, 'factor.removed', accountId, origin, { id, upstream: upstreamId });
      }
    },
  };
}

export type Linking = ReturnType<typeof createLinking>;

/** What both have alike. */
const agreed = (told: Claims, stored: Claims): Claims =>
  Object.fromEntries(
    Object.entries(told).filter(([name, value]) => isDeepStrictEqual(stored[name as keyof Claims], value)),
  );

/** As the tenant has it now: much may have changed while the user proved the account. */
function refuseForbidden(tenant: Tenant, identity: UpstreamIdentity): void {
  try {
    checkDomain(enabledConnection(tenant, identity.upstreamId).upstream, identity);
  } catch (error) {
    throw error instanceof Refusal ? forbidden(`no sign-in by "${identity.upstreamId}": ${error.message}`) : error;
  }
}
