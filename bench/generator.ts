import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Done, Order } from './load.ts';

/** Starts the load generator; `run` resolves when all operations were verified, and throws at the first that was not. */
export function startGenerator() {
  const child = fork(new URL('./load.ts', import.meta.url));
  let id = 0;
  return {
    async run(order: Omit<Order, 'id'>): Promise<void> {
      id += 1;
      child.send({ ...order, id } satisfies Order);
      const [done] = (await once(child, 'message')) as [Done];
      if (done.error) throw new Error(done.error);
    },
    stop: () => child.kill(),
  };
}
