import { invalidInput, notFound } from '../core/errors.ts';
import type { Stored } from '../store/records.ts';
import { type TenantRecord, tenantRecord } from './record.ts';
import type { RotationDeps } from './rotation.ts';
import { rotateSamlKeys } from './saml-keys.ts';
import { storedSettings } from './stored-settings.ts';
import { openDataKey } from './tenant.ts';

const DAY = 86_400_000;

/** The keys of tenants as identity providers of SAML. Each rotation is one write and one audit event. */
export function createSamlRotation(deps: RotationDeps) {
  const records = deps.store.platform(tenantRecord);

  /** Errors `not_found`, `version_conflict`, and `invalid_input` where the tenant does not speak SAML. */
  async function replace(id: string, options: { now: boolean; revoke?: boolean }): Promise<Stored<TenantRecord>> {
    const record = await records.get(id);
    if (!record) throw notFound(`tenant "${id}"`);
    const { saml } = storedSettings(record);
    if (!saml.enabled) throw invalidInput(`the tenant "${id}" does not speak SAML: saml.enabled is false`);
    const { revoke = false } = options;
    const now = deps.clock();
    const activeFrom = now + (options.now ? 0 : saml.publish_ahead_days * DAY);
    const owner = { id, dataKey: openDataKey(deps.masterKey, id, record.dataKey) };
    const samlKeys = await rotateSamlKeys(owner, record.samlKeys ?? [], { activeFrom, now, revoke });
    const after = await records.update(id, (current) => ({ ...current, samlKeys }), record.version);
    if (!after) throw notFound(`tenant "${id}"`);
    deps.resolver.drop(id, record.host);
    await deps.audit.record(id, {
      type: revoke ? 'key.revoked' : 'key.rotated',
      target: id,
      details: { kids: [samlKeys.at(-1)!.kid], activeFrom, use: 'saml' },
    });
    return after;
  }

  return {
    replace,

    /** The first key of a tenant that begins to speak SAML. */
    async adopt(id: string): Promise<void> {
      const record = await records.get(id);
      if (record && !record.samlKeys?.length) await replace(id, { now: true });
    },
  };
}
