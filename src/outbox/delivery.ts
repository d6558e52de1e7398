import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';
import { isError } from '../core/errors.ts';
import type { Stored } from '../store/records.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { Due, DueList } from './due.ts';
import type { Message, MessageType } from './message.ts';
import { blocked, type Outcome, refused } from './outcome.ts';
import type { Replace } from './replace.ts';
import { type Data, openData } from './sealed-data.ts';
import { dropped, isDue, isTaken, isTooLate, postponed, settled, taken } from './transitions.ts';

/** Hands one message over. `signal` ends what takes too long. What it throws counts as refused for good. */
export type Carry<T extends Message> = (
  tenant: Tenant,
  message: Stored<T>,
  data: Data,
  signal: AbortSignal,
) => Promise<Outcome>;

/** Milliseconds that an attempt may take, and for which a message is its taker's: much longer. */
const PATIENCE = 20_000;
const LEASE = 3 * PATIENCE;

export type DeliveryDeps<T extends Message> = {
  type: MessageType<T>;
  due: DueList;
  clock: Clock;
  replace: Replace<T>;
  tenantOf: (id: string) => Promise<Tenant | undefined>;
  carry: Carry<T>;
  random?: (() => number) | undefined;
};

/**
 * Delivers what is due. What goes to one receiver stands in one line, and goes in its order: when a message is due, those
 * before it in the line are tried first, whenever their own next attempt is. Any number of nodes may do this at once: a
 * message is taken by compare-and-swap, and a line is left to who has taken one of it.
 */
export function createDelivery<T extends Message>(deps: DeliveryDeps<T>): (due: Due) => Promise<void> {
  const { type, clock, replace, random = Math.random } = deps;
  const moment = () => ({ now: clock(), random });
  const records = (tenant: Tenant) => tenant.store.records(type.record);

  return async ({ at, tenantId, messageId }) => {
    const tenant = await deps.tenantOf(tenantId);
    const message = tenant && (await records(tenant).get(messageId));
    // Ended, or due at another time: for that there is another entry, made before the message said so.
    const isStale = !message?.line || message.nextAttemptAt !== at;
    if (!tenant || isStale) await deps.due.remove(at, tenantId, messageId);
    else await deliverLine(tenant, message.line!);
  };

  /** Until nothing in the line is due, or the way is closed, or it is another's. */
  async function deliverLine(tenant: Tenant, line: string): Promise<void> {
    const tried = new Set<string>();
    for (;;) {
      const { items } = await records(tenant).find({ where: { field: 'line', equals: line }, limit: 1000 });
      const now = clock();
      const last = items.findLastIndex((message) => isDue(message, now));
      const turn = items.slice(0, last + 1).filter(({ id }) => !tried.has(id));
      const [first, ...behind] = turn;
      if (!first || turn.some((message) => isTaken(message, now))) return;
      tried.add(first.id);
      const outcome = await attempt(tenant, first);
      if (!outcome) return;
      if (outcome.state !== 'blocked') continue;
      for (const message of behind) {
        if (isDue(message, now)) await replace(tenant, message, postponed(bare(message), outcome.reason, moment()));
      }
      return;
    }
  }

  /** Undefined when another node took it first: that one sees to the rest of the line. */
  async function attempt(tenant: Tenant, message: Stored<T>): Promise<Outcome | undefined> {
    const now = clock();
    if (isTooLate(message, now)) {
      return (await replace(tenant, message, dropped(bare(message)))) && refused('too late');
    }
    const wasDue = isDue(message, now);
    const mine = await replace(tenant, message, taken(bare(message), now, LEASE));
    if (!mine) return undefined;
    const outcome = await hand(tenant, mine, now + LEASE);
    await insist(now + LEASE, () => replace(tenant, mine, settled(bare(mine), outcome, wasDue, moment())));
    return outcome;
  }

  async function hand(tenant: Tenant, message: Stored<T>, leaseUntil: number): Promise<Outcome> {
    if (tenant.status !== 'active') return blocked('the tenant is suspended');
    // A process that slept for so long (stopped, swapped out) must not send what another has taken since.
    if (clock() + PATIENCE > leaseUntil) return blocked('this node was stopped for too long');
    try {
      const data = openData(tenant, type.secret, message.id, message.sealed ?? '');
      return await deps.carry(tenant, message, data, AbortSignal.timeout(PATIENCE));
    } catch (error) {
      return refused(`cannot be made: ${(error as Error).message}`);
    }
  }

  /**
   * A store that is away for a moment must not make two mails of one that went out: its taker tries to say so for as long
   * as it is his.
   */
  async function insist(until: number, write: () => Promise<unknown>): Promise<void> {
    for (;;) {
      try {
        return void (await write());
      } catch (error) {
        if (!isError(error, 'unavailable') || clock() >= until) throw error;
        await wait(500);
      }
    }
  }
}

function bare<T extends Message>({ id: _id, version: _version, ...message }: Stored<T>): T {
  return message as unknown as T;
}
