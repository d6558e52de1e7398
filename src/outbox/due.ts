import { z } from 'zod';
import { isError } from '../core/errors.ts';
import { every } from '../store/every.ts';
import { defineRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';

const schema = z.strictObject({
  at: z.number().int(),
  tenantId: z.string(),
  messageId: z.string(),
  lane: z.string().optional(),
  expires: z.number().int(),
});

/** That an attempt for a message is due. `id` begins with the time, so that the list of all is in order of it. */
export type Due = { id: string; at: number; tenantId: string; messageId: string; lane?: string | undefined };

/** What a forgotten entry may stay, in milliseconds: longer than any message. */
const KEPT = 60 * 86_400_000;

const idOf = (at: number, tenantId: string, messageId: string) =>
  `${String(at).padStart(15, '0')}.${tenantId}.${messageId}`;

/** The messages of all tenants in order of when they are due: found without asking any tenant. `name`: of the record. */
export function dueList(store: Store, name: string) {
  const records = store.platform(
    defineRecord<z.infer<typeof schema>>({ name, scope: 'platform', schema, expires: 'expires' }),
  );
  return {
    async add(at: number, tenantId: string, messageId: string, lane?: string): Promise<void> {
      const entry = { at, tenantId, messageId, ...(lane !== undefined && { lane }), expires: at + KEPT };
      try {
        await records.insert(idOf(at, tenantId, messageId), entry);
      } catch (error) {
        // A second entry for the same attempt would be the same.
        if (!isError(error, 'already_exists')) throw error;
      }
    },

    /** What is due at `now`, the oldest first. */
    async *until(now: number): AsyncGenerator<Due, void> {
      for await (const due of every(records.find)) {
        if (due.at > now) return;
        yield due;
      }
    },

    /** How many wait, those that are not due yet among them. */
    count: (): Promise<number> => records.count(),

    remove: (at: number, tenantId: string, messageId: string): Promise<boolean> =>
      records.delete(idOf(at, tenantId, messageId)),
  };
}

export type DueList = ReturnType<typeof dueList>;
