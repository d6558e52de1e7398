import type { Audit } from '../audit/audit.ts';
import { isError } from '../core/errors.ts';
import type { Stored } from '../store/records.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { DueList } from './due.ts';
import { messageEvent } from './events.ts';
import type { Message, MessageType } from './message.ts';

export type Replace<T extends Message> = (tenant: Tenant, from: Stored<T>, to: T) => Promise<Stored<T> | undefined>;

/**
 * Replaces a message, and with it its entry among those that are due; what has ended is told to the audit trail. Undefined
 * when it was changed meanwhile. First the new entry, then the message, then the old entry: a crash in between leaves an
 * entry too many, which is thrown away when its time comes, and never one too few.
 */
export function createReplace<T extends Message>(
  type: MessageType<T>,
  deps: { due: DueList; audit: Audit },
): Replace<T> {
  return async (tenant, { id, version, nextAttemptAt: before }, to) => {
    const { nextAttemptAt: after } = to;
    if (after !== undefined && after !== before) await deps.due.add(after, tenant.id, id, type.laneOf?.(to));
    const stored = await swap(tenant, id, version, to);
    if (!stored) return undefined;
    if (before !== undefined && after !== before) await deps.due.remove(before, tenant.id, id);
    const { state } = stored;
    if (state !== 'queued' && state !== 'sending')
      await deps.audit.record(tenant.id, messageEvent(type, state, stored));
    return stored;
  };

  async function swap(tenant: Tenant, id: string, version: number, to: T) {
    try {
      return await tenant.store.records(type.record).update(id, () => to, version);
    } catch (error) {
      if (isError(error, 'version_conflict')) return undefined;
      throw error;
    }
  }
}
