import { createBrowser } from './browser.ts';
import { signIn, type Way } from './flow.ts';
import { CONCURRENCY, USERS } from './scenario.ts';
import type { Target } from './target.ts';

/** One verified operation by one of the workers (0 to 15); throws when the answer is not right. */
export type Operation = (worker: number) => Promise<unknown>;

export type Workload = {
  name: string;
  /** Operations in one round. */
  ops: number;
  /** The CPU that Gatehouse may need, as a multiple of the bare library's. */
  goal: { embedded: number; distributed: number };
  /** The plain workload that is nearest: what is dearer than there is the feature's price. */
  beside?: string;
  prepare(target: Target): Promise<Operation> | Operation;
};

export const workers = <T>(make: (worker: number) => Promise<T>) =>
  Promise.all(Array.from({ length: CONCURRENCY }, (_, worker) => make(worker)));

/** A signed-in browser for each worker. */
export const sessions = (target: Target, way?: (worker: number) => Way) =>
  workers(async (worker) => {
    const browser = createBrowser(target.request);
    const tokens = await signIn(target, browser, USERS[worker]!, true, way?.(worker));
    return { browser, tokens };
  });
