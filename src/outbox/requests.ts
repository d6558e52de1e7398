import { z } from 'zod';
import { defineRecord } from '../store/records.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { Carry } from './delivery.ts';
import { type MessageType, messageIndexes, messageShape } from './message.ts';
import { createOutbox } from './outbox.ts';
import { blocked, deferred, type Outcome, refused, SENT } from './outcome.ts';
import type { Queue } from './queue.ts';
import type { Worker } from './worker.ts';

/** To a client: a logout token, that its request to a user was answered, or a security event. */
const KINDS = ['logout', 'ping', 'signal'] as const;
type Kind = (typeof KINDS)[number];

const schema = z.strictObject({
  ...messageShape,
  kind: z.enum(KINDS),
  /** Who receives it, by the name that its kind has for them. */
  to: z.string(),
  /** Whom it is about: one receiver hears of one subject in order. */
  subject: z.string(),
});

/** A request by HTTP to somebody outside. */
export type Delivery = z.infer<typeof schema>;

const type: MessageType<Delivery> = {
  record: defineRecord<Delivery>({ name: 'deliveries', scope: 'tenant', schema, ...messageIndexes }),
  due: 'deliveries_due',
  noun: 'delivery',
  events: {
    sent: 'delivery.sent',
    failed: 'delivery.failed',
    dead: 'delivery.given_up',
    retried: 'delivery.retried',
  },
  secret: 'deliveries',
  lineOf: ({ kind, to, subject }) => `${kind} ${to} ${subject}`,
  laneOf: ({ kind, to }) => `${kind} ${to}`,
  about: ({ kind, to, subject }) => ({ target: subject, details: { kind, to } }),
};

export type Deliveries = Queue<Delivery> & {
  /** How requests of a kind are made; before that is said, they wait. */
  carryBy(kind: Kind, carry: Carry<Delivery>): void;
  /** Delivers, once it is started. */
  courier: Worker;
  /** How many wait, of all tenants. */
  pending(): Promise<number>;
};

/** The durable outbox of requests to others. */
export function createDeliveries(deps: Omit<Parameters<typeof createOutbox<Delivery>>[1], 'carry'>): Deliveries {
  const carriers = new Map<Kind, Carry<Delivery>>();
  const carry: Carry<Delivery> = async (tenant: Tenant, delivery, ...rest) =>
    carriers.get(delivery.kind)?.(tenant, delivery, ...rest) ?? blocked('nobody here makes such requests');
  const { queue, courier, pending } = createOutbox(type, { ...deps, carry });
  return { ...queue, courier, pending, carryBy: (kind, by) => void carriers.set(kind, by) };
}

/** Of receivers whose reasons are not known: what is wrong with one request may be right tomorrow, and is no other's fault. */
export function outcomeOfAnswer(status: number): Outcome {
  if (status >= 200 && status < 300) return SENT;
  const reason = `the receiver answered with status ${status}`;
  if (status === 410) return refused(reason);
  return status >= 400 && status < 500 && ![401, 403, 408, 425, 429].includes(status)
    ? deferred(reason)
    : blocked(reason);
}

/** Of a request that got no answer. */
export function outcomeOfFailure(error: unknown): Outcome {
  const { cause, message } = error as Error & { cause?: Error };
  return blocked(`the receiver cannot be reached: ${cause?.message ?? message}`);
}
