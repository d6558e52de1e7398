import { calculateJwkThumbprint } from 'jose';
import type { Audit } from '../audit/audit.ts';
import type { Clock } from '../core/clock.ts';
import { notFound } from '../core/errors.ts';
import type { Stored } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import { type ImportedKey, type ImportOptions, importedKey, refused } from './imported-key.ts';
import { JWKS_MAX_AGE, openKeys, rotate, type SigningKey, sealedKey, succeed } from './keys.ts';
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

  /** A key that was made elsewhere, as the next one of its algorithm. Errors also `invalid_input`, `version_conflict`. */
  async function takeIn(
    id: string,
    text: string,
    { now: atOnce, ...options }: ImportOptions & { now: boolean },
  ): Promise<Stored<TenantRecord>> {
    const record = await records.get(id);
    if (!record) throw notFound(`tenant "${id}"`);
    const settings = storedSettings(record);
    const imported = await importedKey(text, keyAlgsOf(settings), options);
    const owner = { id, dataKey: openDataKey(deps.masterKey, id, record.dataKey) };
    const now = deps.clock();
    await refuseKnown(openKeys(owner, record.keys, keyAlgsOf(settings), now), imported);
    const activeFrom = now + (atOnce ? 0 : JWKS_MAX_AGE * 1000);
    const keys = succeed(record.keys, [sealedKey(owner, imported, activeFrom)], settings, { activeFrom, now });
    const after = await records.update(id, (current) => ({ ...current, keys }), record.version);
    if (!after) throw notFound(`tenant "${id}"`);
    deps.resolver.drop(id, record.host);
    const { kid, alg } = imported;
    await deps.audit.record(id, { type: 'key.imported', target: id, details: { kids: [kid], alg, activeFrom } });
    return after;
  }

  return {
    replace,
    takeIn,

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

/** One name for one key, and one key by one name: a key that serves two algorithms is weaker in both. */
async function refuseKnown(keys: SigningKey[], { kid, thumbprint }: ImportedKey): Promise<void> {
  if (keys.some((key) => key.kid === kid)) throw refused(`has the kid of another key of the tenant: ${kid}`);
  for (const { jwk, kid: known } of keys)
    if ((await calculateJwkThumbprint(jwk)) === thumbprint) throw refused(`is there already, as ${known}`);
}
