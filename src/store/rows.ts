import { setTimeout as wait } from 'node:timers/promises';
import { invalidInput, unavailable, versionConflict } from '../core/errors.ts';
import { checkId, isId } from './checks.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { checkWhere, type Draft, draft, type Row } from './record-type.ts';
import type { Query, Records, RecordType, Stored } from './records.ts';

/** What an engine does for one record type of one owner. Expired rows do not exist. */
export interface Rows {
  /** Version 1. Error `already_exists`. */
  insert(id: string, draft: Draft): Promise<void>;
  get(id: string): Promise<Row | undefined>;
  /** In order of id (by code point), after `after`. */
  find(where: Query['where'], after: string, limit: number): Promise<Row[]>;
  /** Writes `version + 1` where the row is at `version`; else false. Error `already_exists`. */
  replace(id: string, version: number, draft: Draft): Promise<boolean>;
  delete(id: string, version?: number): Promise<boolean>;
  count(where: Query['where']): Promise<number>;
}

/** Gives up an update that lost against others for so long (milliseconds). */
const PATIENCE = 10_000;

/**
 * The part of `Records` that is the same for every engine: schema, cursors, and update as a compare-and-swap loop.
 * `open` is asked at each call: it makes the table or collection, and tries again after it failed.
 */
export function recordsOver<T>(type: RecordType<T>, open: () => Promise<Rows>): Records<T> {
  const declared = type as RecordType;
  const recordOf = (row: Row): T => ({ ...type.defaults, ...JSON.parse(row.data) });
  const stored = (row: Row): Stored<T> => ({ ...recordOf(row), id: row.id, version: row.version });

  return {
    async insert(id, record) {
      checkId(id);
      const written = draft(type, record);
      await (await open()).insert(id, written);
      return stored({ id, version: 1, data: written.data });
    },

    async get(id) {
      const row = isId(id) ? await (await open()).get(id) : undefined;
      return row && stored(row);
    },

    async getBy(field, value) {
      if (!type.unique?.some((set) => set.length === 1 && set[0] === field)) {
        throw invalidInput(`${type.name}.${field} is not unique by itself`);
      }
      checkWhere(declared, { field, equals: value });
      const [row] = await (await open()).find({ field, equals: value }, '', 1);
      return row && stored(row);
    },

    async find({ where, after, limit = 100 } = {}) {
      checkWhere(declared, where);
      if (!Number.isInteger(limit) || limit < 1 || limit > 1000) throw invalidInput('limit must be 1 to 1000');
      const query = [type.name, where?.field, where?.equals];
      const start = after === undefined ? '' : readCursor(query, after);
      const found = await (await open()).find(where, start, limit + 1);
      const items = found.slice(0, limit);
      return {
        items: items.map(stored),
        next: found.length > limit ? writeCursor(query, items.at(-1)!.id) : undefined,
      };
    },

    async update(id, change, version) {
      if (!isId(id)) return undefined;
      const rows = await open();
      const giveUp = performance.now() + PATIENCE;
      for (let attempt = 0; ; attempt += 1) {
        const row = await rows.get(id);
        if (!row) return undefined;
        if (version !== undefined && row.version !== version) throw versionConflict(type.name);
        const next = change(recordOf(row));
        if (next === undefined) return stored(row);
        const written = draft(type, next);
        if (await rows.replace(id, row.version, written)) {
          return stored({ id, version: row.version + 1, data: written.data });
        }
        if (performance.now() > giveUp) throw unavailable(`${type.name} "${id}" under this load`);
        // Losers come back at different times, else they would meet again and again.
        await wait(Math.random() * Math.min(2 ** attempt, 50));
      }
    },

    async delete(id, version) {
      if (!isId(id)) return false;
      const rows = await open();
      if (await rows.delete(id, version)) return true;
      if (version !== undefined && (await rows.get(id))) throw versionConflict(type.name);
      return false;
    },

    async count({ where } = {}) {
      checkWhere(declared, where);
      return (await open()).count(where);
    },
  };
}
