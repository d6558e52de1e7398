import { interactionGone } from '../core/errors.ts';
import { randomSecret } from '../core/ids.ts';
import { oneTime } from '../factors/one-time.ts';
import type { Payload } from '../store/artifacts.ts';
import type { Tenant } from '../tenants/tenant.ts';

/**
 * What waits while a browser is elsewhere, by a random state that only its address has. `ttl` in seconds. `take` ends it, for
 * one of many that come; error `interaction_gone`.
 */
export function tickets<T extends Payload>(kind: string, ttl: number) {
  return {
    /** Nothing where it is not there any more. */
    async amend(tenant: Tenant, state: string, change: (content: T) => T): Promise<void> {
      const { idOf, find, put } = oneTime<T>(tenant, kind, ttl);
      const found = await find(idOf(state));
      if (found) await put(idOf(state), change(found.content));
    },

    async leave(tenant: Tenant, content: T): Promise<string> {
      const state = randomSecret();
      const { idOf, put } = oneTime<T>(tenant, kind, ttl);
      await put(idOf(state), content);
      return state;
    },

    async take(tenant: Tenant, state: unknown): Promise<T> {
      const { idOf, find, end } = oneTime<T>(tenant, kind, ttl);
      const id = idOf(String(state));
      const found = await find(id);
      if (!found || !(await end(id, found.version))) throw interactionGone();
      return found.content;
    },
  };
}
