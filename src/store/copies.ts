/** An artifact as the durable part keeps it: the payload as JSON, times in milliseconds since the epoch (`consumed`: seconds). */
export type Row = { payload: string; version: number; consumed: number | undefined; expires: number };

/**
 * Copies of one tenant's durable artifacts, in a place that is quick to ask and may vanish. What is read through a copy is
 * what the truth would have answered: never a value older than a write that was acknowledged.
 *
 * At any time a place holds nothing, a value, a reader's lease, or a writer's marker.
 * - A reader who finds nothing takes a lease, reads the truth, and puts the value in place of its own lease only.
 * - A writer puts its marker in place of whatever is there, before it touches the truth; afterwards it takes away its own
 *   marker, or puts the new value there. Where it finds another's marker the two become one that is nobody's and stays.
 * So whatever stands there as a value was read or written with no write of others under way since: a write that began later
 * has taken the place of the lease or marker it depended on. A writer whose marker is not there any more (flushed, or expired)
 * invalidates again before it acknowledges. A writer that failed leaves its marker: what it did may be done yet.
 * A write that was never acknowledged and lost its marker as well can hide behind an older copy for as long as copies last.
 */
export interface Copies {
  /** The copy under this name, or what `read` finds, which is then kept. Without the place: what `read` finds. */
  through(name: string, read: () => Promise<Row | undefined>): Promise<Row | undefined>;

  /**
   * Runs a write of all that these names stand for. `row`, for one name only: what is there now. Error `unavailable`
   * before anything was written, when the place cannot be reached, and after it in the same way as for any lost answer.
   */
  around<T>(names: string[], write: () => Promise<Written<T>>): Promise<T>;
}

export type Written<T> = { result: T; row?: Row | undefined };

export const noCopies: Copies = {
  through: (_name, read) => read(),
  around: async (_names, write) => (await write()).result,
};
