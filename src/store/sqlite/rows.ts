import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../core/clock.ts';
import { alreadyExists } from '../../core/errors.ts';
import type { Draft, Row } from '../record-type.ts';
import type { RecordType } from '../records.ts';
import type { Rows } from '../rows.ts';
import { isConstraint } from './failures.ts';
import { read } from './reader.ts';
import { expressionOf, indexesOf, tableOf } from './record-tables.ts';
import type { Writer } from './writer.ts';

/** The rows that an owner (a tenant; '' for the platform) has of one type, whose table is there. */
export function prepareRows(db: DatabaseSync, writer: Writer, clock: Clock, type: RecordType): (owner: string) => Rows {
  const table = tableOf(type.name);
  const live = '(expires IS NULL OR expires > :now)';
  const select = `SELECT id, version, data FROM ${table} WHERE tenant = :owner AND ${live}`;
  const insert = db.prepare(
    `INSERT INTO ${table} (tenant, id, version, expires, data) VALUES (:owner, :id, 1, :expires, :data)`,
  );
  const replace = db.prepare(
    `UPDATE ${table} SET version = version + 1, expires = :expires, data = :data
     WHERE tenant = :owner AND id = :id AND version = :version AND ${live}`,
  );
  const remove = db.prepare(
    `DELETE FROM ${table}
     WHERE tenant = :owner AND id = :id AND (:version IS NULL OR version = :version) AND ${live} RETURNING 1`,
  );
  const get = db.prepare(`${select} AND id = :id`);
  const prepared = new Map<string, ReturnType<DatabaseSync['prepare']>>();
  const statement = (sql: string) => {
    const known = prepared.get(sql) ?? db.prepare(sql);
    prepared.set(sql, known);
    return known;
  };
  const equality = (field: string | undefined) => (field ? ` AND ${expressionOf(field)} = :equals` : '');

  return (owner) => {
    /** Runs a statement that unique indexes may refuse; what has expired but is not purged is no reason to. */
    const guarded = (draft: Draft, id: string, run: () => number | bigint): boolean => {
      try {
        return Number(run()) === 1;
      } catch (error) {
        if (!isConstraint(error)) throw error;
        if (!dropExpired(draft, id)) throw alreadyExists(type.name, takenFields(error));
        return guarded(draft, id, run);
      }
    };

    const dropExpired = (draft: Draft, id: string): boolean => {
      if (!type.expires) return false;
      const gone = `DELETE FROM ${table} WHERE tenant = :owner AND expires <= :now`;
      const at = { owner, now: clock() };
      let dropped = Number(statement(`${gone} AND id = :id`).run({ ...at, id }).changes);
      for (const set of type.unique ?? []) {
        if (set.some((field) => draft.fields[field] === undefined)) continue;
        const same = set.map((field, i) => ` AND ${expressionOf(field)} = :v${i}`).join('');
        const values = Object.fromEntries(set.map((field, i) => [`v${i}`, draft.fields[field]!]));
        dropped += Number(statement(gone + same).run({ ...at, ...values }).changes);
      }
      return dropped > 0;
    };

    const takenFields = (error: unknown): string[] =>
      indexesOf(type).find(({ name }) => (error as Error).message.includes(`'${name}'`))?.fields ?? ['id'];

    return {
      insert: (id, draft) =>
        writer.write(() => {
          const { data, expires = null } = draft;
          guarded(draft, id, () => insert.run({ owner, id, expires, data }).changes);
        }),

      get: (id) => read(() => get.get({ owner, id, now: clock() }) as Row | undefined),

      find: (where, after, limit) =>
        read(() => {
          const sql = `${select} AND id > :after${equality(where?.field)} ORDER BY id LIMIT :limit`;
          const equals = where && { equals: where.equals };
          return statement(sql).all({ owner, now: clock(), after, limit, ...equals }) as Row[];
        }),

      replace: (id, version, draft) =>
        writer.write(() => {
          const { data, expires = null } = draft;
          const values = { owner, id, version, expires, data, now: clock() };
          return guarded(draft, id, () => replace.run(values).changes);
        }),

      delete: (id, version) =>
        writer.write(() => remove.get({ owner, id, version: version ?? null, now: clock() }) !== undefined),

      count: (where) =>
        read(() => {
          const sql = `SELECT count(*) AS n FROM ${table} WHERE tenant = :owner AND ${live}${equality(where?.field)}`;
          const equals = where && { equals: where.equals };
          return statement(sql).get({ owner, now: clock(), ...equals })!.n as number;
        }),
    };
  };
}
