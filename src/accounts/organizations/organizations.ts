import { isDeepStrictEqual } from 'node:util';
import type { Audit } from '../../audit/audit.ts';
import type { Clock } from '../../core/clock.ts';
import { invalidInput, notFound } from '../../core/errors.ts';
import { checked } from '../../core/validate.ts';
import { every } from '../../store/every.ts';
import type { Page, Query, Stored } from '../../store/records.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { Accounts } from '../accounts.ts';
import type { User } from '../record.ts';
import type { Membership } from '../roles.ts';
import { claimDomain, ownerOfDomain, releaseDomain } from './domains.ts';
import {
  type Organization,
  type OrganizationInput,
  organizationId,
  organizationInput,
  organizationRecord,
} from './record.ts';

/**
 * Companies and the like among a tenant's users: each with its mail domains, policy and upstreams. Who is a member is with the
 * users. Every change is one write and one audit event. Errors: `invalid_input`, `already_exists`, `not_found`.
 */
export function createOrganizations(deps: { clock: Clock; audit: Audit; accounts: Accounts }) {
  const { accounts } = deps;
  const records = (tenant: Tenant) => tenant.store.records(organizationRecord);
  const record = (tenant: Tenant, type: string, target: string) => deps.audit.record(tenant.id, { type, target });

  /** Refuses upstreams that the tenant does not have, too. */
  function check(tenant: Pick<Tenant, 'settings'>, input: OrganizationInput) {
    const given = checked(organizationInput, input);
    const unknown = given.upstreams.filter((id) => !tenant.settings.upstreams.some((upstream) => upstream.id === id));
    if (unknown.length > 0)
      throw invalidInput(`the tenant has no upstream ${unknown.join(', ')}`, [
        { pointer: '/upstreams', message: `${unknown.join(', ')}: not an upstream of the tenant` },
      ]);
    return given;
  }

  /** Domains first: an organization never has one that is another's. */
  async function claim(tenant: Tenant, id: string, { domains }: Pick<Organization, 'domains'>): Promise<void> {
    for (const { name, verified } of domains) if (verified) await claimDomain(tenant, name, id, deps.clock());
  }

  async function release(tenant: Tenant, id: string, before: Organization, after?: Organization): Promise<void> {
    const kept = new Set(after?.domains.flatMap(({ name, verified }) => (verified ? name : [])));
    for (const { name } of before.domains) if (!kept.has(name)) await releaseDomain(tenant, name, id);
  }

  return {
    check,
    get: (tenant: Tenant, id: string): Promise<Stored<Organization> | undefined> => records(tenant).get(id),
    list: (tenant: Tenant, query?: Query): Promise<Page<Organization>> => records(tenant).find(query),

    async create(tenant: Tenant, id: string, input: OrganizationInput): Promise<Stored<Organization>> {
      checked(organizationId, id, '/id');
      const given = check(tenant, input);
      await claim(tenant, id, given);
      const now = deps.clock();
      const created = await records(tenant).insert(id, { ...given, createdAt: now, updatedAt: now });
      await record(tenant, 'organization.created', id);
      return created;
    },

    /** Replaces all of it. */
    async change(tenant: Tenant, id: string, input: OrganizationInput): Promise<Stored<Organization>> {
      const before = await records(tenant).get(id);
      if (!before) throw notFound(`organization "${id}"`);
      const given = check(tenant, input);
      await claim(tenant, id, given);
      const after = await records(tenant).update(id, (now) => {
        const { createdAt, updatedAt, ...fields } = now;
        return isDeepStrictEqual(fields, given) ? undefined : { ...given, createdAt, updatedAt: deps.clock() };
      });
      if (!after) throw notFound(`organization "${id}"`);
      if (after.version === before.version) return after;
      await release(tenant, id, before, after);
      await record(tenant, 'organization.changed', id);
      return after;
    },

    /** Members first: who comes into another of the same id later must not find them there. */
    async remove(tenant: Tenant, id: string): Promise<void> {
      const before = await records(tenant).get(id);
      if (!before) throw notFound(`organization "${id}"`);
      for await (const user of every((query) => accounts.list(tenant, query)))
        if (user.organizations.some((membership) => membership.id === id))
          await accounts.changeRoles(tenant, user.id, ({ organizations }) => ({
            organizations: organizations.filter((membership) => membership.id !== id),
          }));
      if (!(await records(tenant).delete(id))) throw notFound(`organization "${id}"`);
      await release(tenant, id, before);
      await record(tenant, 'organization.removed', id);
    },

    /** The organizations of a user, with what the user is there. */
    async of(
      tenant: Tenant,
      { organizations }: Pick<User, 'organizations'>,
    ): Promise<(Stored<Organization> & { roles: string[] })[]> {
      const found = await Promise.all(organizations.map(({ id }) => records(tenant).get(id)));
      return found.flatMap((one, i) => (one ? [{ ...one, roles: organizations[i]!.roles }] : []));
    },

    /** Whose people have addresses of this domain (as `emailKey` spells it). */
    ofDomain: ownerOfDomain,

    /** Error `invalid_input` where there is none of an id. */
    async checkMemberships(tenant: Tenant, memberships: readonly Membership[]): Promise<void> {
      for (const [i, { id }] of memberships.entries())
        if (!(await records(tenant).get(id)))
          throw invalidInput(`there is no organization "${id}"`, [
            { pointer: `/organizations/${i}/id`, message: 'is not there' },
          ]);
    },

    async addMember(tenant: Tenant, id: string, accountId: string, roles: string[]): Promise<Stored<User>> {
      if (!(await records(tenant).get(id))) throw notFound(`organization "${id}"`);
      return accounts.changeRoles(tenant, accountId, ({ organizations }) => ({
        organizations: [...organizations.filter((membership) => membership.id !== id), { id, roles }],
      }));
    },

    removeMember: (tenant: Tenant, id: string, accountId: string): Promise<Stored<User>> =>
      accounts.changeRoles(tenant, accountId, ({ organizations }) => ({
        organizations: organizations.filter((membership) => membership.id !== id),
      })),
  };
}

export type Organizations = ReturnType<typeof createOrganizations>;
