import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { open, seal } from '../core/sealing.ts';
import { defineRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';

/** A message as its reader would see it. */
export type InboxMessage = {
  channel: 'mail' | 'sms';
  tenant: string;
  to: string;
  template: string;
  subject: string;
  text: string;
  /** Of mail. */
  html?: string | undefined;
};
export type Kept = InboxMessage & { id: string; at: number };

const record = defineRecord({
  name: 'inbox',
  scope: 'platform',
  schema: z.strictObject({ at: z.number().int(), sealed: z.string(), expires: z.number().int() }),
  expires: 'expires',
});

/** Milliseconds. */
const KEPT = 86_400_000;
const SHOWN = 200;

export type Inbox = {
  keep(id: string, message: InboxMessage): Promise<void>;
  /** The newest first. */
  list(): Promise<Kept[]>;
  get(id: string): Promise<Kept | undefined>;
};

/**
 * What was sent, or would have been, for those who develop: kept for a day, by all nodes, sealed with `key`. Never in
 * production, where nobody may read the mail of users.
 */
export function createInbox({ store, key, clock }: { store: Store; key: Buffer; clock: Clock }): Inbox {
  const records = store.platform(record);
  const contextOf = (id: string) => `inbox ${id}`;
  const opened = (id: string, at: number, sealed: string): Kept => ({
    ...(JSON.parse(open(key, sealed, contextOf(id)).toString()) as InboxMessage),
    id,
    at,
  });
  return {
    async keep(id, message) {
      const at = clock();
      // Records come in order of their ids: the later, the smaller.
      const place = `${String(9e14 - at).padStart(15, '0')}.${id}`;
      await records.insert(place, {
        at,
        sealed: seal(key, JSON.stringify(message), contextOf(place)),
        expires: at + KEPT,
      });
    },
    async list() {
      const { items } = await records.find({ limit: SHOWN });
      // Of one millisecond they come in the order in which they were queued.
      const newestFirst = items.toSorted((one, other) => other.at - one.at || (one.id < other.id ? 1 : -1));
      return newestFirst.map(({ id, at, sealed }) => opened(id, at, sealed));
    },
    async get(id) {
      const found = await records.get(id);
      return found && opened(id, found.at, found.sealed);
    },
  };
}
