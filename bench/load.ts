import { CONCURRENCY } from './scenario.ts';
import { openTarget, type Target } from './target.ts';
import { PASSWORD_SIGN_IN, WORKLOADS } from './workloads.ts';

/**
 * The load generator, a process of its own: its CPU counts for nobody. It is told over IPC what to do next, and keeps
 * targets and prepared workloads (sessions, tokens) from one order to the next.
 */
export type Order = {
  id: number;
  issuer: string;
  workload: string;
  /** 0: only prepare. */
  ops: number;
};
export type Done = { id: number; error?: string };

const targets = new Map<string, Promise<Target>>();
const prepared = new Map<string, Promise<(worker: number) => Promise<unknown>>>();

process.on('message', (order: Order) => {
  carryOut(order).then(
    () => process.send!({ id: order.id } satisfies Done),
    (error: Error) =>
      process.send!({ id: order.id, error: `${order.workload} at ${order.issuer}: ${error.message}` } satisfies Done),
  );
});

async function carryOut({ issuer, workload, ops }: Order): Promise<void> {
  const operation = await remembered(prepared, `${issuer} ${workload}`, async () => {
    const target = await remembered(targets, issuer, () => openTarget(issuer));
    return [...WORKLOADS, PASSWORD_SIGN_IN].find(({ name }) => name === workload)!.prepare(target);
  });
  let started = 0;
  const work = async (worker: number) => {
    while (started < ops) {
      started += 1;
      await operation(worker);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, (_, worker) => work(worker)));
}

function remembered<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const found = known.get(key) ?? make();
  known.set(key, found);
  return found;
}
