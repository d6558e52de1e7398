import { type Artifacts, DURABLE_KINDS, type DurableArtifacts } from './artifacts.ts';
import type { ArtifactStore, Store } from './store.ts';

/**
 * One store of two: records and what must outlive everything in `durable`, what may vanish without harm in `volatile`
 * (DURABLE_KINDS). Losing all of `volatile` signs nobody out.
 */
export function distribute(durable: Store, volatile: ArtifactStore): Store {
  return {
    forTenant(tenantId) {
      const lasting = durable.forTenant(tenantId);
      return { ...lasting, artifacts: placed(lasting.artifacts, volatile.forTenant(tenantId).artifacts) };
    },
    platform: (type) => durable.platform(type),
    async deleteTenant(tenantId) {
      // Copies of what is deleted in `durable` lie in `volatile`, and may come there until then.
      await durable.deleteTenant(tenantId);
      await volatile.deleteTenant(tenantId);
    },
    health: async () => Object.assign({}, ...(await Promise.all([durable.health(), volatile.health()]))),
    purge: () => durable.purge(),
    async close() {
      await Promise.all([durable.close(), volatile.close()]);
    },
  };
}

function placed(durable: DurableArtifacts, volatile: Artifacts): DurableArtifacts {
  const of = (kind: string) => (DURABLE_KINDS.has(kind) ? durable : volatile);
  return {
    put: (kind, ...rest) => of(kind).put(kind, ...rest),
    swap: (kind, ...rest) => of(kind).swap(kind, ...rest),
    find: (kind, id) => of(kind).find(kind, id),
    findBy: (kind, ...rest) => of(kind).findBy(kind, ...rest),
    consume: (kind, id) => of(kind).consume(kind, id),
    destroy: (kind, id) => of(kind).destroy(kind, id),
    /** A grant's artifacts lie in both; each part refuses what comes later to it. */
    async revokeGrant(grantId, ttl) {
      await Promise.all([durable.revokeGrant(grantId, ttl), volatile.revokeGrant(grantId, ttl)]);
    },
    destroyOfAccount: durable.destroyOfAccount,
    ofAccount: durable.ofAccount,
    increment: volatile.increment,
    count: volatile.count,
    reset: volatile.reset,
    once: volatile.once,
  };
}
