import type { Audit } from '../audit/audit.ts';
import type { Clock } from '../core/clock.ts';
import type { Store } from '../store/store.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { type Carry, createDelivery } from './delivery.ts';
import { dueList } from './due.ts';
import type { Message, MessageType } from './message.ts';
import { createQueue, type Queue } from './queue.ts';
import { createReplace } from './replace.ts';
import { createWorker, type Worker } from './worker.ts';

/** The durable outbox of one kind of message: at least once, in order line by line, with retries over days. */
export function createOutbox<T extends Message>(
  type: MessageType<T>,
  deps: {
    store: Store;
    clock: Clock;
    audit: Audit;
    tenantOf: (id: string) => Promise<Tenant | undefined>;
    carry: Carry<T>;
    fault: (error: unknown) => void;
    random?: () => number;
  },
): { queue: Queue<T>; courier: Worker; pending: () => Promise<number> } {
  const { clock, audit, fault, tenantOf, carry, random } = deps;
  const due = dueList(deps.store, type.due);
  const replace = createReplace(type, { due, audit });
  const deliver = createDelivery({ type, due, clock, replace, tenantOf, carry, random });
  const courier = createWorker({ due, clock, deliver, fault });
  const queue = createQueue(type, { due, clock, audit, wake: courier.wake });
  return { queue, courier, pending: due.count };
}
