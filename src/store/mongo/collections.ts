import { type Connection, type mongo, Schema, type SchemaDefinition } from 'mongoose';
import { indexedFields } from '../record-type.ts';
import type { RecordType } from '../records.ts';
import { reach } from './failures.ts';

/**
 * Every document carries its tenant ('' for the platform), which comes first in every index and is in every filter: shard by
 * { tenant: 1 }. Its `_id` is unique with the tenant in it. What ends has `expires`; MongoDB removes it a minute later or so,
 * therefore each filter looks at `expires` too.
 */
type Owned = { _id: string; tenant: string; expires?: Date };

export type ArtifactDocument = Owned & {
  kind: string;
  version: number;
  /** As JSON: its keys may hold dots and dollars. */
  payload: string;
  consumed?: number;
  grantId?: string;
  uid?: string;
  userCode?: string;
  accountId?: string;
  expires: Date;
};

/** A counter, a replay mark or a revoked grant. */
export type MarkDocument = Owned & { value: number; expires: Date };

export type RecordDocument = Owned & {
  id: string;
  version: number;
  /** As JSON; what indexes need of it is in `fields` as well. */
  data: string;
  fields: Record<string, string | number>;
};

const present = (...fields: string[]) => ({
  partialFilterExpression: Object.fromEntries(fields.map((field) => [field, { $exists: true }])),
});

const owned = { _id: String, tenant: { type: String, required: true }, expires: Date };

/** Makes collection and indexes where they are missing. */
async function collection<T extends Owned>(connection: Connection, name: string, schema: Schema) {
  schema.index({ expires: 1 }, { expireAfterSeconds: 0 });
  const model = connection.models[name] ?? connection.model(name, schema, name);
  await reach(() => model.createIndexes());
  return model.collection as unknown as mongo.Collection<T>;
}

const make = (definition: SchemaDefinition) =>
  new Schema(
    { ...owned, ...definition },
    { versionKey: false, strict: 'throw', strictQuery: 'throw', id: false, minimize: false },
  );

export async function openArtifacts(connection: Connection) {
  const schema = make({
    kind: String,
    version: Number,
    payload: String,
    consumed: Number,
    grantId: String,
    uid: String,
    userCode: String,
    accountId: String,
  });
  schema.index({ tenant: 1, grantId: 1 }, present('grantId'));
  schema.index({ tenant: 1, kind: 1, uid: 1 }, present('uid'));
  schema.index({ tenant: 1, kind: 1, userCode: 1 }, present('userCode'));
  schema.index({ tenant: 1, accountId: 1 }, present('accountId'));
  return collection<ArtifactDocument>(connection, 'artifacts', schema);
}

export async function openMarks(connection: Connection) {
  const schema = make({ value: Number });
  schema.index({ tenant: 1 });
  return collection<MarkDocument>(connection, 'marks', schema);
}

export const RECORDS = 'record_';

export async function openRecords(connection: Connection, type: RecordType) {
  const fields = Object.fromEntries(indexedFields(type).map((field) => [field, Schema.Types.Mixed]));
  const schema = make({ id: String, version: Number, data: String, fields });
  schema.index({ tenant: 1, id: 1 });
  for (const { name, paths, unique } of recordIndexes(type)) {
    const keys = Object.fromEntries(paths.map((path) => [path, 1 as const]));
    schema.index({ tenant: 1, ...keys, ...(unique ? {} : { id: 1 }) }, { name, unique, ...present(...paths) });
  }
  return collection<RecordDocument>(connection, RECORDS + type.name, schema);
}

/** Named by what they hold: a changed declaration makes a new index, and never takes an old one for it. */
export function recordIndexes(type: RecordType) {
  const index = (fields: string[], unique: boolean) => ({
    name: `${unique ? 'unique' : 'by'}__${fields.join('__')}`,
    fields,
    paths: fields.map((field) => `fields.${field}`),
    unique,
  });
  const unique = (type.unique ?? []).map((fields) => index(fields, true));
  const alone = unique.filter(({ fields }) => fields.length === 1).map(({ fields }) => fields[0]);
  const plain = (type.indexes ?? []).filter((field) => !alone.includes(field));
  return [...unique, ...plain.map((field) => index([field], false))];
}
