import { setTimeout as wait } from 'node:timers/promises';

/**
 * Milliseconds, longer than the lease of a process that was killed while it sent something. Only what never comes is waited
 * for so long: how soon a machine can do it is no matter of a test.
 */
const PATIENCE = 120_000;

/** Resolves to the first truthy value of `ask`; throws what it threw last, or says that it never came. */
export async function eventually<T>(ask: () => Promise<T> | T): Promise<T> {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    const late = performance.now() > deadline;
    try {
      const value = await ask();
      if (value) return value;
    } catch (error) {
      if (late) throw error;
    }
    if (late) throw new Error(`did not come within ${PATIENCE} ms: ${ask}`);
    await wait(20);
  }
}
