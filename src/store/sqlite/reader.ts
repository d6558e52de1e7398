import { setTimeout as wait } from 'node:timers/promises';
import { isBusy, publicError } from './failures.ts';

const PATIENCE = 5000;

/** Runs a read at once. In WAL mode only recovery after a crash of another process makes it wait. */
export function read<T>(query: () => T): Promise<T> {
  try {
    return Promise.resolve(query());
  } catch (error) {
    return isBusy(error) ? readLater(query) : Promise.reject(publicError(error));
  }
}

async function readLater<T>(query: () => T): Promise<T> {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    await wait(10);
    try {
      return query();
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw publicError(error);
    }
  }
}
