import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';
import type { Due, DueList } from './due.ts';

/** How many deliveries a node has under way at once: in all, for one tenant, and for one receiver, which may be slow. */
const WIDTH = 16;
const WIDTH_OF_TENANT = 12;
const WIDTH_OF_LANE = 4;
/** How many of one tenant, and of one lane of it, are read ahead. */
const AHEAD = 100;
/** Milliseconds between looks at what other nodes have left, and what has become due. */
const POLL = 2000;
/**
 * Milliseconds before a message is looked at: the request that queued it is answered by then. To compose a mail takes time,
 * which would tell in the answer whether there is one to somebody (T094).
 */
const LAG = 250;

export type Worker = {
  /** From now on delivers by itself. */
  start(): void;
  /** There is something to deliver. Does nothing before `start`. */
  wake(): void;
  /** Delivers all that is due now, whether it was started or not. */
  settle(): Promise<void>;
  /** Begins nothing more; resolves when what is under way is done. */
  stop(): Promise<void>;
};

/** Goes through what is due, again and again. Any number of nodes may do so at once. */
export function createWorker(deps: {
  due: DueList;
  clock: Clock;
  deliver: (due: Due) => Promise<void>;
  fault: (error: unknown) => void;
}): Worker {
  const running = new Map<string, { due: Due; done: Promise<void> }>();
  let waiting: Due[] = [];
  /** What was begun since the last poll: what is still due then was left to another node, and is not begun over and over. */
  let begun = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let isWoken = false;
  const stopping = new AbortController();

  async function look(): Promise<void> {
    const ahead = new Map<string, number>();
    const found: Due[] = [];
    for await (const due of deps.due.until(deps.clock())) {
      const lane = laneOf(due);
      const count = ahead.get(lane) ?? 0;
      if (begun.has(due.id) || count >= AHEAD) continue;
      ahead.set(lane, count + 1);
      found.push(due);
    }
    waiting = found.filter(({ id }) => !begun.has(id));
    begin();
  }

  function begin(): void {
    while (running.size < WIDTH && !stopping.signal.aborted) {
      const next = waiting.findIndex(hasRoom);
      if (next < 0) return;
      const [due] = waiting.splice(next, 1) as [Due];
      begun.add(due.id);
      const done = deps
        .deliver(due)
        .catch(deps.fault)
        .then(() => {
          running.delete(due.id);
          begin();
        });
      running.set(due.id, { due, done });
    }
  }

  function hasRoom(next: Due): boolean {
    const ofTenant = [...running.values()].filter(({ due }) => due.tenantId === next.tenantId);
    if (ofTenant.length >= WIDTH_OF_TENANT) return false;
    return next.lane === undefined || ofTenant.filter(({ due }) => due.lane === next.lane).length < WIDTH_OF_LANE;
  }

  async function lookWhileWoken(): Promise<void> {
    while (isWoken && !stopping.signal.aborted) {
      await delay(LAG, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) break;
      isWoken = false;
      await look().catch(deps.fault);
    }
    looking = undefined;
  }

  function wake(): void {
    isWoken = true;
    if (timer) looking ??= lookWhileWoken();
  }

  return {
    wake,
    start() {
      timer ??= setInterval(() => {
        begun = new Set(running.keys());
        wake();
      }, POLL);
      timer.unref();
      wake();
    },
    async settle() {
      begun = new Set(running.keys());
      do {
        await look();
        while (running.size > 0) await Promise.all([...running.values()].map(({ done }) => done));
      } while (!stopping.signal.aborted && (await hasMore()));
    },
    async stop() {
      stopping.abort();
      clearInterval(timer);
      await looking;
      while (running.size > 0) await Promise.all([...running.values()].map(({ done }) => done));
    },
  };

  async function hasMore(): Promise<boolean> {
    for await (const { id } of deps.due.until(deps.clock())) if (!begun.has(id)) return true;
    return false;
  }
}

const laneOf = ({ tenantId, lane = '' }: Due) => `${tenantId} ${lane}`;
