import type { Audit } from '../audit/audit.ts';
import type { Clock } from '../core/clock.ts';
import { notFound } from '../core/errors.ts';
import type { Stored } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import { JWKS_MAX_AGE, rotate } from './keys.ts';
import { type TenantRecord, tenantRecord } from './record.ts';
import type { Resolver } from './resolver.ts';
import { type KeyAlg, keyAlgsOf } from './settings/signing.ts';
import { storedSettings } from './stored-settings.ts';
import { openDataKey } from './tenant.ts';

export type RotationDeps = { store: Store; masterKey: Buffer; clock: Clock; audit: Audit; resolver: Resolver };

/** New signing keys for tenants that are there. Each rotation is one write and one audit event. Error `not_found`. */
export function createRotation(deps: RotationDeps) {
  const records = deps.store.platform(tenantRecord);

  /** New keys for the algorithms, all of the tenant's unless named. Error also `version_conflict`. */
  async function replace(
    id: string,
    options: { now: boolean; algorithms?: readonly KeyAlg[]; revoke?: boolean },
  ): Promise<Stored<TenantRecord>> {
    const record = await records.get(id);
    if (!record) throw notFound(`tenant "${id}"`);
    const dataKey = openDataKey(deps.masterKey, id, record.dataKey);
    const settings = storedSettings(record);
    const { algorithms = keyAlgsOf(settings), revoke = false } = options;
    const now = deps.clock();
    const activeFrom = now + (options.now ? 0 : JWKS_MAX_AGE * 1000);
    const kept = revoke ? [] : record.keys;
    const keys = await rotate({ id, dataKey }, kept, settings, { algorithms, activeFrom, now });
    const known = new Set(kept.map((key) => key.kid));
    const made = keys.filter((key) => !known.has(key.kid)).map((key) => key.kid);
    const after = await records.update(id, (current) => ({ ...current, keys }), record.version);
    if (!after) throw notFound(`tenant "${id}"`);
    deps.resolver.drop(id, record.host);
    await deps.audit.record(id, {
      type: revoke ? 'key.revoked' : 'key.rotated',
      target: id,
      details: { kids: made, activeFrom },
    });
    return after;
  }

  return {
    replace,

    /** Keys for algorithms that the settings now name; those they no longer name end as in a rotation. */
    async adoptAlgorithms(id: string, wanted: readonly KeyAlg[]): Promise<void> {
      const record = await records.get(id);
      const missing = wanted.filter(
        (alg) => !record?.keys.some((key) => key.alg === alg && key.retiresAt === undefined),
      );
      if (missing.length > 0) await replace(id, { now: true, algorithms: missing });
    },
  };
}
