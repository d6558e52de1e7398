import type { Audit } from '../../audit/audit.ts';
import { notFound } from '../../core/errors.ts';
import { checked } from '../../core/validate.ts';
import { shownName } from '../../tenants/settings/shown-name.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { journal } from '../journal.ts';
import type { Notify } from '../notices.ts';
import type { Origin } from '../origin.ts';
import { type Passkey, passkeysOf, recordsOf, shown } from './record.ts';

/** What users do with the passkeys they have. */
export function createKeeping({ audit, notify }: { audit: Audit; notify: Notify }) {
  const { record } = journal(audit, 'passkey');

  async function checkOwner(tenant: Tenant, accountId: string, id: string): Promise<void> {
    if ((await recordsOf(tenant).get(id))?.accountId !== accountId) throw notFound(`passkey "${id}"`);
  }

  return {
    list: async (tenant: Tenant, accountId: string): Promise<Passkey[]> =>
      (await passkeysOf(tenant, accountId)).map(shown),

    /** Errors `invalid_input`, `not_found`. */
    async rename(tenant: Tenant, accountId: string, id: string, name: string, origin: Origin = {}): Promise<void> {
      const shownAs = checked(shownName, name.trim(), '/name');
      await checkOwner(tenant, accountId, id);
      const renamed = await recordsOf(tenant).update(id, (before) => ({ ...before, name: shownAs }));
      if (!renamed) throw notFound(`passkey "${id}"`);
      const { ip, requestId } = origin;
      await audit.record(tenant.id, { type: 'passkey.renamed', target: accountId, ip, requestId, details: { id } });
    },

    /** Error `not_found`. */
    async remove(tenant: Tenant, accountId: string, id: string, origin: Origin = {}): Promise<void> {
      await checkOwner(tenant, accountId, id);
      if (!(await recordsOf(tenant).delete(id))) throw notFound(`passkey "${id}"`);
      await record(tenant, 'factor.removed', accountId, origin, { id });
      await notify(tenant, accountId, { template: 'factor_removed', factor: 'passkey' });
    },

    /** For an account that ends or starts anew: the caller tells its user. */
    async removeAll(tenant: Tenant, accountId: string, origin: Origin = {}): Promise<void> {
      for (const { id } of await passkeysOf(tenant, accountId)) {
        if (await recordsOf(tenant).delete(id)) await record(tenant, 'factor.removed', accountId, origin, { id });
      }
    },
  };
}
