import { availableParallelism } from 'node:os';
import { unavailable } from '../../core/errors.ts';

/** Runs a task when it is its turn; tenants take turns. Error `unavailable` when too many wait already. */
export type Queue = <T>(tenantId: string, task: () => Promise<T>) => Promise<T>;

/** A hash of another system may take 128 MiB: where there are more cores, there are more processes (`GATEHOUSE_WORKERS`). */
const hashConcurrency = (): number => Math.min(availableParallelism(), 4);

/**
 * At most `concurrency` run, at most `maxWaiting` wait, of one tenant at most half of that. A tenant's own tasks run
 * first in, first out; between tenants the turn goes round, so that a flood at one costs another one task at a time.
 */
export function createQueue({ concurrency = hashConcurrency(), maxWaiting = 500 } = {}): Queue {
  // In the order of whose turn is next.
  const lines = new Map<string, (() => void)[]>();
  let running = 0;
  let waiting = 0;

  function wait(tenantId: string): Promise<void> {
    const line = lines.get(tenantId) ?? [];
    if (waiting >= maxWaiting || line.length >= Math.ceil(maxWaiting / 2)) throw unavailable('sign-in', undefined, 5);
    lines.set(tenantId, line);
    waiting += 1;
    return new Promise((resolve) => line.push(resolve));
  }

  function next(): (() => void) | undefined {
    const first = lines.entries().next().value;
    if (!first) return undefined;
    const [tenantId, line] = first;
    lines.delete(tenantId);
    const turn = line.shift();
    if (line.length > 0) lines.set(tenantId, line);
    waiting -= 1;
    return turn;
  }

  return async (tenantId, task) => {
    if (running < concurrency) running += 1;
    // The turn is handed over: `running` does not fall in between, so nobody who comes now can overtake.
    else await wait(tenantId);
    try {
      return await task();
    } finally {
      const turn = next();
      if (turn) turn();
      else running -= 1;
    }
  };
}
