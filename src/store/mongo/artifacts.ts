import type { mongo } from 'mongoose';
import { type Clock, seconds } from '../../core/clock.ts';
import { grantRevoked } from '../../core/errors.ts';
import type { Artifact, DurableArtifacts } from '../artifacts.ts';
import type { Copies, Row } from '../copies.ts';
import { writesOf } from './artifact-writes.ts';
import type { ArtifactDocument, MarkDocument } from './collections.ts';
import { reach } from './failures.ts';
import { marksOf } from './marks.ts';

export type ArtifactStorage = {
  artifacts: mongo.Collection<ArtifactDocument>;
  marks: mongo.Collection<MarkDocument>;
  copies: Copies;
  /** Under which id an indexed value was seen last. */
  hints: { get(name: string): string | undefined; set(name: string, id: string): unknown };
};

const PROJECTION = { payload: 1, version: 1, consumed: 1, expires: 1 };
const BATCH = 1000;

/** Ids and values are plain texts by now (`checkedArtifacts`): no operator can come in by a filter. */
export function artifactsOf(storage: ArtifactStorage, tenant: string, clock: Clock): DurableArtifacts {
  const { artifacts, copies, hints } = storage;
  const mark = marksOf(storage.marks, tenant, clock);
  const writes = writesOf(artifacts, tenant, clock);
  const nameOf = (kind: string, id: string) => `${kind}/${id}`;
  const key = (kind: string, id: string) => ({ _id: `${tenant}/${kind}/${id}`, tenant });
  const idIn = (_id: string) => _id.slice(_id.indexOf('/', tenant.length + 1) + 1);
  const hint = (kind: string, field: string, value: string) => `${tenant} ${kind} ${field} ${value}`;
  const live = () => ({ expires: { $gt: new Date(clock()) } });

  const changing = <T>(kind: string, id: string, write: () => Promise<T>): Promise<T> =>
    copies.around([nameOf(kind, id)], async () => ({ result: await write() }));

  const read = async (filter: mongo.Filter<ArtifactDocument>): Promise<(Row & { id: string }) | undefined> => {
    const found = await reach(() => artifacts.findOne({ ...filter, ...live() }, { projection: PROJECTION }));
    if (!found) return undefined;
    const { _id, payload, version, consumed, expires } = found;
    return { id: idIn(_id), payload, version, consumed, expires: +expires };
  };

  async function find(kind: string, id: string): Promise<Artifact | undefined> {
    const row = await copies.through(nameOf(kind, id), () => read(key(kind, id)));
    if (!row || row.expires <= clock()) return undefined;
    const found = artifact(row);
    if (found.payload.uid) hints.set(hint(kind, 'uid', found.payload.uid), id);
    return found;
  }

  /**
   * Writers write and then look for the mark; the revoker marks and then deletes. Either the write came before the deletion
   * passed its place, and was deleted; or it came later, then the mark, older than the deletion, is seen here. Who dies in
   * between has told nobody of what was written.
   */
  async function refuseRevoked(kind: string, id: string, grantId: string | undefined): Promise<void> {
    if (grantId === undefined || !(await mark.has(`revoked:${grantId}`))) return;
    await changing(kind, id, () => reach(() => artifacts.deleteOne({ ...key(kind, id), grantId })));
    throw grantRevoked();
  }

  /** Deletes only what it has named to the copies before: what comes meanwhile is for the next turn. */
  async function removeAll(filter: mongo.Filter<ArtifactDocument>): Promise<void> {
    for (;;) {
      const cursor = () => artifacts.find(filter, { projection: { _id: 1 }, limit: BATCH });
      const ids = (await reach(() => cursor().toArray())).map(({ _id }) => _id);
      if (ids.length === 0) return;
      const names = ids.map((id) => id.slice(tenant.length + 1));
      await copies.around(names, async () => ({
        result: await reach(() => artifacts.deleteMany({ ...filter, _id: { $in: ids } })),
      }));
    }
  }

  return {
    async put(kind, id, payload, ttl) {
      if (!(await writes.insert(kind, id, payload, ttl))) {
        await changing(kind, id, () => writes.overwrite(kind, id, payload, ttl));
      }
      await refuseRevoked(kind, id, payload.grantId);
    },

    async swap(kind, id, version, payload, ttl) {
      if (version !== 0) {
        // What was there and is of a revoked grant is gone: only for what is new must the mark be looked at.
        return copies.around([nameOf(kind, id)], async () => {
          const row = await writes.replace(kind, id, version, payload, ttl);
          return { result: row !== undefined, row };
        });
      }
      const isNew =
        (await writes.insert(kind, id, payload, ttl)) ||
        (await changing(kind, id, () => writes.replaceExpired(kind, id, payload, ttl)));
      if (isNew) await refuseRevoked(kind, id, payload.grantId);
      return isNew;
    },

    find,

    async findBy(kind, field, value) {
      const name = hint(kind, field, value);
      const id = hints.get(name);
      const hinted = id === undefined ? undefined : await find(kind, id);
      if (hinted?.payload[field] === value) return hinted;
      const row = await read({ tenant, kind, [field]: value });
      if (row) hints.set(name, row.id);
      return row && artifact(row);
    },

    async consume(kind, id) {
      const filter = { ...key(kind, id), consumed: { $exists: false }, ...live() };
      const change = { $set: { consumed: seconds(clock) }, $inc: { version: 1 } };
      const result = await changing(kind, id, () => reach(() => artifacts.updateOne(filter, change)));
      return result.modifiedCount === 1;
    },

    async destroy(kind, id) {
      await changing(kind, id, () => reach(() => artifacts.deleteOne(key(kind, id))));
    },

    async revokeGrant(grantId, ttl) {
      await mark.extend(`revoked:${grantId}`, ttl);
      await removeAll({ tenant, grantId });
    },

    destroyOfAccount: (accountId) => removeAll({ tenant, accountId }),

    async ofAccount(kind, accountId) {
      const filter = { tenant, accountId, kind, ...live() };
      const found = await reach(() => artifacts.find(filter, { projection: { payload: 1 } }).toArray());
      return found.map(({ _id, payload }) => ({ id: idIn(_id), payload: JSON.parse(payload) }));
    },

    async increment(name, window, by = 1) {
      return mark.add(`count:${name}`, window, by);
    },
    count: (name) => mark.get(`count:${name}`),
    reset: (name) => mark.remove(`count:${name}`),
    async once(name, ttl) {
      return (await mark.add(`once:${name}`, ttl, 1)).count === 1;
    },
  };
}

const artifact = ({ payload, version, consumed }: Row): Artifact => ({
  payload: JSON.parse(payload),
  version,
  consumed,
});
