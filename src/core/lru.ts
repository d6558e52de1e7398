import { LRUCache } from 'lru-cache';

/**
 * Keeps the `max` entries that were used last. It grows with what it holds: by its plain `max` the library takes the memory
 * of a full cache at once, and many of these are made, some for each tenant.
 */
export const lru = <V extends NonNullable<unknown>>(max: number) =>
  new LRUCache<string, V>({ maxSize: max, sizeCalculation: () => 1 });
