import type { DatabaseSync } from 'node:sqlite';
import type { RecordType } from '../records.ts';

const PREFIX = 'record_';

export const tableOf = (name: string): string => `${PREFIX}${name}`;

/** A field of the record as SQL. Type and field names are plain words (`checkType`). */
export const expressionOf = (field: string): string => `json_extract(data, '$.${field}')`;

type Index = { name: string; fields: string[]; unique: boolean };

/** Named by what they hold: a changed declaration makes a new index, and never takes an old one for it. */
export function indexesOf(type: RecordType): Index[] {
  const unique = (type.unique ?? []).map((fields) => index(type, fields, true));
  const alone = unique.filter(({ fields }) => fields.length === 1).map(({ fields }) => fields[0]);
  const plain = (type.indexes ?? []).filter((field) => !alone.includes(field));
  return [...unique, ...plain.map((field) => index(type, [field], false))];
}

const index = (type: RecordType, fields: string[], unique: boolean): Index => ({
  name: `${tableOf(type.name)}_${unique ? 'unique' : 'by'}__${fields.join('__')}`,
  fields,
  unique,
});

/** Whether table and indexes of this declaration are there; if so, nothing needs to be written. */
export function hasTable(db: DatabaseSync, type: RecordType): boolean {
  const names = [tableOf(type.name), ...indexesOf(type).map(({ name }) => name)];
  const known = db.prepare('SELECT count(*) AS n FROM sqlite_schema WHERE name IN (SELECT value FROM json_each(?))');
  return known.get(JSON.stringify(names))!.n === names.length;
}

export function createTable(db: DatabaseSync, type: RecordType): void {
  const table = tableOf(type.name);
  db.exec(`CREATE TABLE IF NOT EXISTS ${table} (
    tenant TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, expires INTEGER, data TEXT NOT NULL,
    UNIQUE (tenant, id)
  )`);
  db.exec(`CREATE INDEX IF NOT EXISTS ${table}_expires ON ${table} (expires) WHERE expires IS NOT NULL`);
  for (const { name, fields, unique } of indexesOf(type)) {
    const columns = fields.map(expressionOf);
    // Absent values neither collide nor take room.
    const present = columns.map((column) => `${column} IS NOT NULL`).join(' AND ');
    const keys = ['tenant', ...columns, ...(unique ? [] : ['id'])].join(', ');
    db.exec(`CREATE ${unique ? 'UNIQUE ' : ''}INDEX IF NOT EXISTS ${name} ON ${table} (${keys}) WHERE ${present}`);
  }
}

/** The tables of all record types, whoever declared them. */
export function recordTables(db: DatabaseSync): string[] {
  const rows = db.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB '${PREFIX}*'`).all();
  return rows.map(({ name }) => name as string);
}
