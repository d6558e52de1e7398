import { lru } from './lru.ts';

export type Cache<T> = {
  /** The value, at most `freshFor` old; `undefined` when there is none. Concurrent loads of one key are one load. */
  get(key: string): Promise<T | undefined>;
  /** The value when a fresh one is at hand, without a promise: for the hot path. `null` says: known to be absent. */
  peek(key: string): T | null | undefined;
  /** Forgets a key that this process has just changed. */
  drop(key: string): void;
};

type Entry<T> = { value: T | undefined; loadedAt: number; loading: Promise<T | undefined> | undefined };

/**
 * A read-through cache whose entries are asked for again after `freshFor` milliseconds, so that another process's
 * change is seen within that time. Absence is cached too. When the load fails a known value is served on, stale,
 * so that what needs no store goes on while the store is down (unless `staleOnError` is false).
 * `load` gets the stale value, and returns it itself when nothing changed: whatever hangs on its identity stays.
 */
export function readThrough<T extends object>(options: {
  load: (key: string, stale: T | undefined) => Promise<T | undefined>;
  max: number;
  freshFor: number;
  /** False where a stale value is worse than an error: what may have been revoked. Default true. */
  staleOnError?: boolean;
}): Cache<T> {
  const staleOnError = options.staleOnError ?? true;
  const entries = lru<Entry<T>>(options.max);
  const isFresh = (entry: Entry<T>) => performance.now() - entry.loadedAt < options.freshFor;

  function load(key: string, entry: Entry<T> | undefined): Promise<T | undefined> {
    const startedAt = performance.now();
    const next: Entry<T> = { value: entry?.value, loadedAt: entry?.loadedAt ?? -Infinity, loading: undefined };
    next.loading = options.load(key, entry?.value).then(
      (value) => {
        next.loading = undefined;
        next.value = value;
        next.loadedAt = startedAt;
        return value;
      },
      (error) => {
        next.loading = undefined;
        if (!staleOnError || entry?.value === undefined) {
          if (entries.peek(key) === next) entries.delete(key);
          throw error;
        }
        next.loadedAt = startedAt;
        return entry.value;
      },
    );
    entries.set(key, next);
    return next.loading;
  }

  return {
    async get(key) {
      const entry = entries.get(key);
      if (entry?.loading) return entry.loading;
      return entry && isFresh(entry) ? entry.value : load(key, entry);
    },
    peek(key) {
      const entry = entries.get(key);
      if (!entry || entry.loading || !isFresh(entry)) return undefined;
      return entry.value ?? null;
    },
    drop: (key) => void entries.delete(key),
  };
}
