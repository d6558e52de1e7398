import type { Logger } from 'pino';
import { isError } from './core/errors.ts';
import type { Services } from './services.ts';
import { every } from './store/every.ts';
import type { Stored } from './store/records.ts';
import type { TenantRecord } from './tenants/record.ts';
import { storedSettings } from './tenants/stored-settings.ts';

const PURGE_EVERY = 60_000;
const KEYS_EVERY = 3_600_000;
const DAY = 86_400_000;

/**
 * What has to be done from time to time. Any number of nodes may do it: each step is safe to be done twice. Returns what
 * ends it.
 */
export function startMaintenance(services: Services, log: Logger): () => void {
  const run = (task: () => Promise<unknown>) => () =>
    void task().catch((err) => log.error({ err }, 'maintenance failed'));
  const timers = [
    setInterval(
      run(() => services.store.purge()),
      PURGE_EVERY,
    ),
    setInterval(
      run(() => rotateOldKeys(services, Date.now(), (tenant, err) => log.error({ tenant, err }, 'keys not rotated'))),
      KEYS_EVERY,
    ),
  ];
  for (const timer of timers) timer.unref();
  return () => timers.forEach(clearInterval);
}

/**
 * Publishes successors for signing keys that have reached the age in their tenant's settings. Returns whose, once for each
 * rotation. A tenant for which it fails is told to `fault`, and keeps no other from its keys.
 */
export async function rotateOldKeys(
  { tenants }: Services,
  now: number,
  fault: (tenantId: string, error: unknown) => void,
): Promise<string[]> {
  const rotated: string[] = [];
  for await (const tenant of every(tenants.list)) {
    const { id } = tenant;
    try {
      for (const rotate of due(tenants, tenant, now)) {
        await rotate(id);
        rotated.push(id);
      }
    } catch (error) {
      // Else another node was first.
      if (!isError(error, 'version_conflict')) fault(id, error);
    }
  }
  return rotated;
}

function due(tenants: Services['tenants'], tenant: Stored<TenantRecord>, now: number): ((id: string) => unknown)[] {
  if (tenant.status !== 'active') return [];
  const { signing, saml } = storedSettings(tenant);
  const isOld = (keys: TenantRecord['keys'], days = Infinity) =>
    Math.max(...keys.filter((key) => key.retiresAt === undefined).map((key) => key.activeFrom)) <= now - days * DAY;
  return [
    ...(isOld(tenant.keys, signing.rotate_after_days) ? [tenants.rotateKeys] : []),
    ...(saml.enabled && isOld(tenant.samlKeys ?? [], saml.rotate_after_days) ? [tenants.rotateSamlKey] : []),
  ];
}
