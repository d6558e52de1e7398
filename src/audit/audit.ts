import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { newId } from '../core/ids.ts';
import { defineRecord, type Page, type Query } from '../store/records.ts';
import type { Store } from '../store/store.ts';

const schema = z.strictObject({
  at: z.number().int(),
  type: z.string(),
  outcome: z.enum(['success', 'failure']),
  /** Who did it: a user's sub, a client id, or `cli`. */
  actor: z.string().optional(),
  target: z.string().optional(),
  clientId: z.string().optional(),
  ip: z.string().optional(),
  requestId: z.string().optional(),
  details: z.record(z.string(), z.unknown()).optional(),
});

export type Recorded = z.infer<typeof schema>;

/** One thing that happened. Never holds a secret. `type` is `<noun>.<past participle>`. */
export type AuditEvent = Omit<Recorded, 'at' | 'outcome'> & { outcome?: Recorded['outcome'] };

/** Append-only: there is no verb that changes or removes an event. */
const auditRecord = defineRecord<Recorded>({ name: 'audit', scope: 'tenant', schema, indexes: ['type'] });

export type Audit = {
  record(tenantId: string, event: AuditEvent): Promise<void>;
  find(tenantId: string, query?: Query): Promise<Page<Recorded>>;
};

/**
 * `actor`: who is meant where an event names nobody. `onEvent` hears of each event once it is stored; who records one waits
 * for `follow`, too: what it stores is there when the caller answers.
 */
export function createAudit(deps: {
  store: Store;
  clock: Clock;
  actor?: string | undefined;
  onEvent?: (tenantId: string, event: Recorded) => void;
  follow?: (tenantId: string, event: Recorded) => Promise<void> | void;
}): Audit {
  return {
    async record(tenantId, event) {
      const at = deps.clock();
      const recorded = { outcome: 'success' as const, actor: deps.actor, ...event, at };
      await deps.store.forTenant(tenantId).records(auditRecord).insert(newId(at), recorded);
      deps.onEvent?.(tenantId, recorded);
      await deps.follow?.(tenantId, recorded);
    },
    find: (tenantId, query) => deps.store.forTenant(tenantId).records(auditRecord).find(query),
  };
}
