import { Worker } from 'node:worker_threads';

/** From sources it is TypeScript, once built JavaScript. */
const FILE = new URL(`./verifier-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

export type Verdict = { valid: boolean } | { error: string };
export type VerifyInThread = (hash: string, password: string) => Promise<boolean>;

/**
 * Verifies in a thread what would block this one. A thread does one at a time and is kept for the next; there are as many
 * as were ever asked at once, which the queue bounds.
 */
export function createVerifierThreads(): VerifyInThread {
  const idle = new Set<Worker>();

  function start(): Worker {
    const worker = new Worker(FILE);
    // One that dies while it has nothing to do must not end the process.
    worker.on('error', () => idle.delete(worker));
    worker.on('exit', () => idle.delete(worker));
    return worker;
  }

  return (hash, password) => {
    const [worker = start()] = idle;
    idle.delete(worker);
    worker.ref();
    return new Promise((resolve, reject) => {
      const done = (settle: () => void) => {
        worker.off('message', answered).off('error', failed).off('exit', ended);
        settle();
      };
      const answered = (verdict: Verdict) =>
        done(() => {
          // An idle thread keeps no process alive.
          worker.unref();
          idle.add(worker);
          if ('error' in verdict) reject(new Error(verdict.error));
          else resolve(verdict.valid);
        });
      const failed = (error: Error) => done(() => reject(error));
      const ended = () => done(() => reject(new Error('the thread ended')));
      worker.on('message', answered).on('error', failed).on('exit', ended).postMessage({ hash, password });
    });
  };
}
