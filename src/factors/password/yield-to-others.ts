import { constants, getPriority, setPriority } from 'node:os';

/**
 * By Linux' weights, who has the priority of before gets some twenty times as much of a core. At 19, the most, it would be
 * seventy: where something else keeps all cores busy, nobody would get in any more.
 */
const STEP = 14;

/**
 * Lowers the priority of the calling thread for good. Only on Linux is it the thread's: elsewhere 0 means the whole process. Where
 * it is not allowed, by a seccomp filter say, all threads stay equal.
 */
export function yieldToOthers(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(0, Math.min(constants.priority.PRIORITY_LOW, getPriority(0) + STEP));
  } catch {
    // Slower answers of others while many sign in are no reason to let nobody in.
  }
}
