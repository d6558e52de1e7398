import { randomBytes } from 'node:crypto';
import { Worker } from 'node:worker_threads';

/** From sources it is TypeScript, once built JavaScript. */
const FILE = new URL(`./hash-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

/** To make a hash by bcrypt of this cost, or to verify one. */
export type Job = { password: string } & ({ cost: number } | { hash: string });
export type Outcome = { value: string | boolean } | { error: string };

/**
 * Hashes in threads that yield to all others of this process: in the pool of libuv hashing would share its threads, and on any
 * thread of equal priority its cores, with what answers everybody else. A thread does one job at a time and is kept for the
 * next; there are as many as were ever asked at once, which the queue bounds. One that dies fails its job, and the next job
 * has a new one.
 */
export function createHashThreads() {
  const all = new Set<Worker>();
  const idle = new Set<Worker>();

  function start(): Worker {
    // The pool of libuv is started by its first task, by whose thread its threads take their priority: it must not be ours.
    if (all.size === 0) randomBytes(1, () => {});
    const worker = new Worker(FILE);
    all.add(worker);
    const forget = () => {
      all.delete(worker);
      idle.delete(worker);
    };
    // One that dies while it has nothing to do must not end the process.
    worker.on('error', forget).on('exit', forget);
    return worker;
  }

  function run(job: Job): Promise<string | boolean> {
    const [worker = start()] = idle;
    idle.delete(worker);
    worker.ref();
    return new Promise((resolve, reject) => {
      const done = (settle: () => void) => {
        worker.off('message', answered).off('error', failed).off('exit', ended);
        settle();
      };
      const answered = (outcome: Outcome) =>
        done(() => {
          // An idle thread keeps no process alive.
          worker.unref();
          idle.add(worker);
          if ('error' in outcome) reject(new Error(outcome.error));
          else resolve(outcome.value);
        });
      const failed = (error: Error) => done(() => reject(error));
      const ended = () => done(() => reject(new Error('the thread that hashed ended')));
      worker.on('message', answered).on('error', failed).on('exit', ended).postMessage(job);
    });
  }

  return {
    /** By bcrypt. */
    hash: (password: string, cost: number) => run({ password, cost }) as Promise<string>,
    /** By the scheme that the hash is of; false where it is of none. */
    verify: (hash: string, password: string) => run({ password, hash }) as Promise<boolean>,
    /** Ends the threads; jobs under way fail. */
    close: () => Promise.all([...all].map((worker) => worker.terminate())),
  };
}

export type HashThreads = ReturnType<typeof createHashThreads>;
