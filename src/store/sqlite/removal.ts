import type { DatabaseSync } from 'node:sqlite';
import { read } from './reader.ts';
import { recordTables } from './record-tables.ts';
import type { Writer } from './writer.ts';

/** Rows that go in one job: about a millisecond, so that requests are served in between. */
const BATCH = 200;

/** Removes what has expired, from every table; resolves to the number of rows. */
export const purge = (db: DatabaseSync, writer: Writer, now: number): Promise<number> =>
  removeAll(db, writer, 'expires <= ?', now);

export async function removeTenant(db: DatabaseSync, writer: Writer, tenant: string): Promise<void> {
  await removeAll(db, writer, 'tenant = ?', tenant);
}

async function removeAll(db: DatabaseSync, writer: Writer, condition: string, value: string | number): Promise<number> {
  let removed = await removeFrom(db, writer, 'marks', 'tenant, name', condition, value);
  for (const table of ['artifacts', ...(await read(() => recordTables(db)))]) {
    removed += await removeFrom(db, writer, table, 'rowid', condition, value);
  }
  return removed;
}

async function removeFrom(
  db: DatabaseSync,
  writer: Writer,
  table: string,
  key: string,
  condition: string,
  value: string | number,
): Promise<number> {
  const batch = db.prepare(
    `DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} FROM ${table} WHERE ${condition} LIMIT ${BATCH})`,
  );
  for (let removed = 0; ; ) {
    const changes = await writer.write(() => Number(batch.run(value).changes));
    removed += changes;
    if (changes < BATCH) return removed;
  }
}
