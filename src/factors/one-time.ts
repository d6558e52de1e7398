import { mac } from '../core/hashing.ts';
import type { Payload } from '../store/artifacts.ts';
import type { Tenant } from '../tenants/tenant.ts';

/**
 * What waits, for `ttl` seconds, to be used once. Ended is exactly what was read: not what has replaced it meanwhile, and by
 * one caller of many.
 */
export function oneTime<T extends Payload>(tenant: Tenant, kind: string, ttl: number) {
  const { artifacts } = tenant.store;
  return {
    /** The place of what belongs to these together; tells none of them. */
    idOf: (...parts: string[]): string => mac(tenant.secretFor('one-time'), JSON.stringify([kind, ...parts])),

    /** Ends what was there. */
    put: (id: string, content: T): Promise<void> => artifacts.put(kind, id, content, ttl),

    async find(id: string): Promise<{ content: T; version: number } | undefined> {
      const found = await artifacts.find(kind, id);
      if (!found || found.payload.ended) return undefined;
      return { content: found.payload as T, version: found.version };
    },

    /** True for one caller, as long as nothing else was put there. */
    end: (id: string, version: number): Promise<boolean> => artifacts.swap(kind, id, version, { ended: true }, 1),
  };
}
