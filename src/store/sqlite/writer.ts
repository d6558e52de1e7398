import type { DatabaseSync } from 'node:sqlite';
import { unavailable } from '../../core/errors.ts';
import { isBusy, isOutage, publicError } from './failures.ts';

export type Writer = {
  /**
   * Runs `job` in a transaction shared with all writes of the moment, and resolves to its result once that is on disk.
   * A job may throw for itself alone, if it does so before it changed anything: one statement, or checks before statements.
   */
  write<T>(job: () => T): Promise<T>;
  /** Refuses new writes; resolves when those taken are settled. */
  close(): Promise<void>;
};

type Task = {
  job: () => unknown;
  resolve: (value: never) => void;
  reject: (error: unknown) => void;
  /** When to stop waiting for another process's lock (performance.now()). */
  deadline: number;
};

/** Milliseconds a write waits for the lock of another process. */
const PATIENCE = 5000;
/** Milliseconds of jobs in one transaction: what waits besides is served in between. */
const SLICE = 10;
const QUEUE = 10_000;

/**
 * Group commit: one fsync serves every write that came in the same turn of the event loop. The lock of another process is
 * waited for by timer and not inside SQLite, which would hold up all that needs no store.
 */
export function openWriter(db: DatabaseSync): Writer {
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  const rollback = db.prepare('ROLLBACK');
  let queue: Task[] = [];
  let scheduled = false;
  let retries = 0;
  let closed: (() => void) | undefined;

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    if (retries === 0) setImmediate(flush);
    else setTimeout(flush, Math.min(2 ** retries, 25) * (0.5 + Math.random()));
  }

  function flush(): void {
    scheduled = false;
    const tasks = queue;
    queue = [];
    try {
      begin.run();
      retries = 0;
    } catch (error) {
      retries += 1;
      const now = performance.now();
      for (const task of tasks) {
        if (isBusy(error) && now < task.deadline) queue.push(task);
        else task.reject(publicError(error));
      }
      next();
      return;
    }

    const settle: (() => void)[] = [];
    let done = 0;
    try {
      const until = performance.now() + SLICE;
      do settle.push(attempt(tasks[done++]!));
      while (done < tasks.length && performance.now() < until);
      commit.run();
      for (const tell of settle) tell();
    } catch (error) {
      undo();
      for (const task of tasks.slice(0, done)) task.reject(unavailable('the embedded store', error));
    }
    if (done < tasks.length) queue = tasks.slice(done).concat(queue);
    next();
  }

  /** SQLite may have rolled back by itself (disk full, I/O error); what fails here, fails again at the next BEGIN. */
  function undo(): void {
    try {
      if (db.isTransaction) rollback.run();
    } catch {}
  }

  function next(): void {
    if (queue.length > 0) schedule();
    else closed?.();
  }

  return {
    write<T>(job: () => T): Promise<T> {
      if (closed || queue.length >= QUEUE) return Promise.reject(unavailable('the embedded store'));
      return new Promise<T>((resolve, reject) => {
        queue.push({ job, resolve, reject, deadline: performance.now() + PATIENCE });
        schedule();
      });
    },
    close: () =>
      new Promise((resolve) => {
        closed = resolve;
        if (queue.length === 0) resolve();
      }),
  };
}

/** Runs the job; its outcome, good or bad, may rest on a neighbour's write, so it is told after COMMIT only. */
function attempt({ job, resolve, reject }: Task): () => void {
  try {
    const value = job();
    return () => resolve(value as never);
  } catch (error) {
    if (isOutage(error)) throw error;
    return () => reject(error);
  }
}
