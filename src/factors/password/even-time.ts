import { lru } from '../../core/lru.ts';

/** Milliseconds for which what was slower is kept in mind. */
const KEPT = 600_000;
/** Of the time of a usual one: what is less is no difference. */
const SMALLEST = 1 / 16;

/** `rest`: milliseconds to wait still before a refusal is told. */
export type Evenly = <T>(tenantId: string, isUsual: boolean, verify: () => Promise<T>) => Promise<[T, rest: number]>;

/**
 * How long a verification takes would tell whose hash it was, and so who was imported or is not here at all. A quicker one
 * than the usual is followed by the work that is missing; where one was slower, refusals of the tenant wait for as long.
 * `work`: hashes something at a cost of bcrypt, each one more twice as long; `cost`: the usual one.
 */
export function createEvenly(deps: {
  cost: number;
  work: (cost: number) => Promise<unknown>;
  now?: () => number;
}): Evenly {
  const { cost, work, now = () => performance.now() } = deps;
  /** Milliseconds that the usual ones take of late. */
  let usual: number | undefined;
  /** By tenant: by how many milliseconds the last slower one was. */
  const slower = lru<{ by: number; at: number }>(1000);

  async function timed<T>(task: () => Promise<T>): Promise<[T, number]> {
    const startedAt = now();
    const result = await task();
    return [result, now() - startedAt];
  }

  /** Halves, quarters, ... of a usual one: real work, which a busy machine slows down as it does the others. */
  async function workFor(part: number): Promise<void> {
    let missing = part;
    for (let share = 1, at = cost; share >= SMALLEST && at >= 4; share /= 2, at -= 1) {
      if (missing < share - SMALLEST / 2) continue;
      await work(at);
      missing -= share;
    }
  }

  function restOf(tenantId: string): number {
    const known = slower.get(tenantId);
    return known && now() - known.at < KEPT ? known.by : 0;
  }

  return async (tenantId, isUsual, verify) => {
    if (!isUsual) usual ??= (await timed(() => work(cost)))[1];
    const [result, took] = await timed(verify);
    if (isUsual) {
      usual = usual === undefined ? took : usual * 0.8 + took * 0.2;
      return [result, restOf(tenantId)];
    }
    const more = took / usual! - 1;
    if (more <= SMALLEST) {
      if (more < -SMALLEST) await workFor(-more);
      return [result, restOf(tenantId)];
    }
    slower.set(tenantId, { by: took - usual!, at: now() });
    return [result, 0];
  };
}
