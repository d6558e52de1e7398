import { z } from 'zod';
import type { Audit } from '../audit/audit.ts';
import type { Clock } from '../core/clock.ts';
import { defineRecord } from '../store/records.ts';
import { upsert } from '../store/upsert.ts';
import type { Term } from '../tenants/settings/terms.ts';
import type { TenantSettings } from '../tenants/settings.ts';
import type { Tenant } from '../tenants/tenant.ts';

const acceptance = z.strictObject({
  id: z.string(),
  version: z.string(),
  at: z.number().int(),
  ip: z.string().optional(),
  locale: z.string().optional(),
});
export type Acceptance = z.infer<typeof acceptance>;
export type TermRef = Pick<Term, 'id' | 'version'>;

/** What a user, the id, has accepted, and when: the proof of it, to which one only adds. */
const acceptancesRecord = defineRecord({
  name: 'terms_acceptances',
  scope: 'tenant',
  schema: z.strictObject({ accepted: z.array(acceptance) }),
});

/** The documents that apply at a time (milliseconds): of each, the version that began last. */
export function termsAt({ settings }: { settings: Pick<TenantSettings, 'terms'> }, now: number): Term[] {
  const startOf = ({ since }: Term) => (since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(since));
  const newest = new Map<string, Term>();
  for (const term of settings.terms) {
    const other = newest.get(term.id);
    if (startOf(term) <= now && (!other || startOf(term) >= startOf(other))) newest.set(term.id, term);
  }
  return [...newest.values()];
}

/** What is to be put before a user who has accepted those: all that apply, save for what is accepted in this version. */
export const termsDue = (
  tenant: { settings: Pick<TenantSettings, 'terms'> },
  accepted: readonly TermRef[],
  now: number,
): Term[] =>
  termsAt(tenant, now).filter(
    ({ id, version }) => !accepted.some((term) => term.id === id && term.version === version),
  );

/** Acceptances of terms. They outlive the versions that they are of. */
export function createTerms(deps: { clock: Clock; audit: Audit }) {
  const records = (tenant: Tenant) => tenant.store.records(acceptancesRecord);

  return {
    /** In the order in which they were given. */
    accepted: async (tenant: Tenant, accountId: string): Promise<Acceptance[]> =>
      (await records(tenant).get(accountId))?.accepted ?? [],

    /** What nobody can sign up without, now. */
    required: (tenant: Tenant): Term[] => termsAt(tenant, deps.clock()).filter(({ required }) => required),

    /** What does not apply now is not recorded: a sign-up may have waited while the terms changed, and they are asked again. */
    async accept(
      tenant: Tenant,
      accountId: string,
      terms: readonly TermRef[],
      { ip, locale, requestId }: { ip?: string | undefined; locale?: string | undefined; requestId?: string } = {},
    ): Promise<void> {
      const at = deps.clock();
      const same = (a: TermRef) => (b: TermRef) => a.id === b.id && a.version === b.version;
      const apply = termsAt(tenant, at).filter((term) => terms.some(same(term)));
      let added: Acceptance[] = [];
      await upsert(records(tenant), accountId, (before) => {
        const accepted = before?.accepted ?? [];
        added = apply
          .filter((term) => !accepted.some(same(term)))
          .map(({ id, version }) => ({ id, version, at, ...(ip && { ip }), ...(locale && { locale }) }));
        return added.length > 0 ? { accepted: [...accepted, ...added] } : undefined;
      });
      for (const { id, version } of added)
        await deps.audit.record(tenant.id, {
          type: 'terms.accepted',
          target: accountId,
          ip,
          requestId,
          details: { id, version },
        });
    },
  };
}

export type Terms = ReturnType<typeof createTerms>;
