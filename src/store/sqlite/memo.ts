import type { DatabaseSync } from 'node:sqlite';
import { LRUCache } from 'lru-cache';

export type Memo<T extends object> = {
  /** The row under this key as the file has it now, or undefined when it must be read. */
  recall(key: string): T | undefined;
  keep(key: string, row: T): void;
  /** Remembers that a row is also known by another name; what is under the id may not bear it any more. */
  alias(name: string, id: string): void;
  idOf(name: string): string | undefined;
  drop(key: string): void;
  clear(): void;
};

const MAX_ROWS = 20_000;

/**
 * Rows read lately: a request reads the session and grant that the one before has read, and a look into memory costs a
 * tenth of a query. Own writes drop what they touch. Whether another process has written is asked of SQLite once in a
 * turn of the event loop: what a request of this turn follows from was committed before the turn began.
 */
export function createMemo<T extends object>(db: DatabaseSync): Memo<T> {
  const rows = new LRUCache<string, T>({ max: MAX_ROWS });
  const ids = new LRUCache<string, string>({ max: MAX_ROWS });
  const dataVersion = db.prepare('PRAGMA data_version');
  let known: unknown;
  let isAsked = false;

  function ask(): void {
    isAsked = true;
    setImmediate(() => {
      isAsked = false;
    });
    const version = dataVersion.get()?.data_version;
    if (version !== known) rows.clear();
    known = version;
  }

  return {
    recall(key) {
      if (!isAsked) ask();
      return rows.get(key);
    },
    keep: (key, row) => void rows.set(key, row),
    alias: (name, id) => void ids.set(name, id),
    idOf: (name) => ids.get(name),
    drop: (key) => void rows.delete(key),
    clear: () => rows.clear(),
  };
}
