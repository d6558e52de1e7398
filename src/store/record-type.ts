import { invalidInput } from '../core/errors.ts';
import { checked } from '../core/validate.ts';
import type { Query, RecordType } from './records.ts';

/** One stored record as the engines see it: `data` is the record as JSON. */
export type Row = { id: string; version: number; data: string };

/** A record ready to be written. `expires`: milliseconds since the epoch. */
export type Draft = { data: string; fields: Record<string, string | number>; expires: number | undefined };

/** Every field that an index names, once. */
export const indexedFields = (type: RecordType): string[] => [
  ...new Set([...(type.unique ?? []).flat(), ...(type.indexes ?? [])]),
];

/** Names of fields and types become names of tables and indexes: anything but plain words is a mistake in the code. */
export function checkType(type: RecordType, scope: RecordType['scope']): void {
  if (!/^[a-z_]{1,40}$/.test(type.name)) throw new TypeError(`record type "${type.name}": the name must be ^[a-z_]+$`);
  if (type.scope !== scope) {
    throw new TypeError(`record type "${type.name}" has scope ${type.scope} and is not reached by way of the ${scope}`);
  }
  for (const field of [...indexedFields(type), ...(type.expires ? [type.expires] : [])]) {
    if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(field)) throw new TypeError(`record type "${type.name}": bad field "${field}"`);
  }
}

/** Parses by the schema and gives what to store; error `invalid_input` names each bad field. */
export function draft<T>(type: RecordType<T>, input: unknown): Draft {
  const record = checked(type.schema, input) as Record<string, unknown>;
  if ('id' in record || 'version' in record) throw new TypeError(`${type.name}: id and version are the store's own`);

  const fields: Draft['fields'] = {};
  for (const field of indexedFields(type as RecordType)) {
    const value = record[field];
    if (typeof value === 'string' || typeof value === 'number') fields[field] = value;
    else if (value !== undefined) throw invalidInput(`${type.name}.${field} is indexed: a text or a number`);
  }
  return { data: JSON.stringify(record), fields, expires: expiry(type as RecordType, record) };
}

function expiry(type: RecordType, record: Record<string, unknown>): number | undefined {
  if (!type.expires) return undefined;
  const value = record[type.expires];
  if (value === undefined || Number.isSafeInteger(value)) return value as number | undefined;
  throw invalidInput(`${type.name}.${type.expires} must be whole milliseconds since the epoch`);
}

/** Only what an index serves may be asked for, and only by a plain value: an object here could be a query operator. */
export function checkWhere(type: RecordType, where: Query['where']): void {
  if (!where) return;
  const allowed = [...(type.indexes ?? []), ...(type.unique ?? []).filter((set) => set.length === 1).flat()];
  if (!allowed.includes(where.field)) {
    throw invalidInput(`${type.name} records are found by ${allowed.join(', ') || 'id only'}, not by ${where.field}`);
  }
  const { equals } = where;
  if (typeof equals === 'string' || Number.isFinite(equals)) return;
  throw invalidInput(`${type.name}.${where.field} is compared with a text or a number`);
}
