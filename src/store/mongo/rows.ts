import type { mongo } from 'mongoose';
import type { Clock } from '../../core/clock.ts';
import { alreadyExists } from '../../core/errors.ts';
import type { Draft, Row } from '../record-type.ts';
import type { Query, RecordType } from '../records.ts';
import type { Rows } from '../rows.ts';
import { type RecordDocument, recordIndexes } from './collections.ts';
import { isDuplicate, reach } from './failures.ts';

const PROJECTION = { _id: 0, id: 1, version: 1, data: 1 };

/** The rows that an owner (a tenant; '' for the platform) has of one type. Filters hold plain values only (`checkWhere`). */
export function rowsOf(
  records: mongo.Collection<RecordDocument>,
  type: RecordType,
  tenant: string,
  clock: Clock,
): Rows {
  const key = (id: string) => ({ _id: `${tenant}/${id}`, tenant });
  const live = () => ({ $or: [{ expires: { $exists: false } }, { expires: { $gt: new Date(clock()) } }] });
  const equality = (where: Query['where']) => (where ? { [`fields.${where.field}`]: where.equals } : {});
  const content = ({ data, fields, expires }: Draft) => ({
    data,
    fields,
    ...(expires === undefined ? {} : { expires: new Date(expires) }),
  });

  /** Runs a write that unique indexes may refuse; what has expired but is not removed yet is no reason to. */
  async function guarded<R>(draft: Draft, id: string, write: () => Promise<R>): Promise<R> {
    try {
      return await reach(write);
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      if (!(await dropExpired(draft, id))) throw alreadyExists(type.name, takenFields(error));
      return guarded(draft, id, write);
    }
  }

  async function dropExpired({ fields }: Draft, id: string): Promise<boolean> {
    if (!type.expires) return false;
    const same = (type.unique ?? [])
      .filter((set) => set.every((field) => fields[field] !== undefined))
      .map((set) => Object.fromEntries(set.map((field) => [`fields.${field}`, fields[field]])));
    const filter = { tenant, expires: { $lte: new Date(clock()) }, $or: [{ id }, ...same] };
    return (await reach(() => records.deleteMany(filter as mongo.Filter<RecordDocument>))).deletedCount > 0;
  }

  const takenFields = ({ message }: Error): string[] =>
    recordIndexes(type).find(({ name }) => message.includes(`${name} `))?.fields ?? ['id'];

  return {
    async insert(id, draft) {
      await guarded(draft, id, () => records.insertOne({ ...key(id), id, version: 1, ...content(draft) }));
    },

    async get(id) {
      const filter = { ...key(id), ...live() };
      return (await reach(() => records.findOne<Row>(filter, { projection: PROJECTION }))) ?? undefined;
    },

    find(where, after, limit) {
      const filter = { tenant, ...equality(where), id: { $gt: after }, ...live() } as mongo.Filter<RecordDocument>;
      return reach(() => records.find<Row>(filter, { projection: PROJECTION }).sort({ id: 1 }).limit(limit).toArray());
    },

    async replace(id, version, draft) {
      const document = { tenant, id, version: version + 1, ...content(draft) };
      const filter = { ...key(id), version, ...live() };
      return (await guarded(draft, id, () => records.replaceOne(filter, document))).modifiedCount === 1;
    },

    async delete(id, version) {
      const filter = { ...key(id), ...(version === undefined ? {} : { version }), ...live() };
      return (await reach(() => records.deleteOne(filter))).deletedCount === 1;
    },

    count(where) {
      const filter = { tenant, ...equality(where), ...live() } as mongo.Filter<RecordDocument>;
      return reach(() => records.countDocuments(filter));
    },
  };
}
