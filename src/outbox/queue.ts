import type { Audit } from '../audit/audit.ts';
import type { Clock } from '../core/clock.ts';
import { invalidInput, notFound } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import type { Page, Query, Stored } from '../store/records.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { DueList } from './due.ts';
import { messageEvent } from './events.ts';
import type { Message, MessageType } from './message.ts';
import { type Data, sealData } from './sealed-data.ts';
import { without } from './transitions.ts';

/** For how long it is known what became of a message, in milliseconds. */
const KEPT = 30 * 86_400_000;

/** A message as it is queued: the fields of its own kind, what it says, and until when (milliseconds) that is of use. */
export type Draft<T extends Message> = {
  fields: Omit<T, keyof Message>;
  data: Data;
  validUntil?: number | undefined;
};

/** The durable queue of one kind of message. `wake` is called when there is something to deliver. */
export function createQueue<T extends Message>(
  type: MessageType<T>,
  deps: { due: DueList; clock: Clock; audit: Audit; wake: () => void },
) {
  let last = 0;

  return {
    /** Resolves to the id of the message once it is stored and due. */
    async add(tenant: Tenant, { fields, data, validUntil }: Draft<T>): Promise<string> {
      const now = deps.clock();
      // Ids are the order in which a receiver gets what this process sends: no two at the same millisecond.
      last = Math.max(now, last + 1);
      const id = newId(last);
      const message = {
        ...fields,
        state: 'queued',
        attempts: 0,
        sealed: sealData(tenant, type.secret, id, data),
        createdAt: now,
        nextAttemptAt: now,
        ...(validUntil !== undefined && { validUntil }),
        expires: now + KEPT,
      } as unknown as T;
      await tenant.store.records(type.record).insert(id, { ...message, line: type.lineOf(message) });
      // After the message: an entry without one is thrown away. What a crash leaves in between, nobody was told of.
      await deps.due.add(now, tenant.id, id, type.laneOf?.(message));
      deps.wake();
      return id;
    },

    list: (tenant: Tenant, query?: Query): Promise<Page<T>> => tenant.store.records(type.record).find(query),

    /** Sends what failed, or waits, once more from the first attempt on. Errors: `not_found`, `invalid_input`. */
    async retry(tenant: Tenant, id: string): Promise<Stored<T>> {
      const { noun } = type;
      const now = deps.clock();
      const message = await tenant.store.records(type.record).update(id, (given) => {
        if (given.state === 'sent' || given.state === 'sending') throw invalidInput(`the ${noun} is ${given.state}`);
        if (given.sealed === undefined) throw invalidInput(`what the ${noun} was for is over: it is not kept any more`);
        const line = type.lineOf(given);
        const again = { state: 'queued', attempts: 0, line, nextAttemptAt: now, expires: now + KEPT } as const;
        return { ...without(given, 'reason'), ...again };
      });
      if (!message) throw notFound(`${noun} "${id}"`);
      await deps.due.add(now, tenant.id, id, type.laneOf?.(message));
      await deps.audit.record(tenant.id, messageEvent(type, 'retried', message));
      deps.wake();
      return message;
    },
  };
}

export type Queue<T extends Message> = ReturnType<typeof createQueue<T>>;
