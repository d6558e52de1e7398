import type { mongo } from 'mongoose';
import type { Clock } from '../../core/clock.ts';
import { DURABLE_KINDS, firstVersion, type Payload } from '../artifacts.ts';
import type { Row } from '../copies.ts';
import type { ArtifactDocument } from './collections.ts';
import { isDuplicate, reach } from './failures.ts';

/** The writes of one artifact, each a single command. */
export function writesOf(artifacts: mongo.Collection<ArtifactDocument>, tenant: string, clock: Clock) {
  const key = (kind: string, id: string) => ({ _id: `${tenant}/${kind}/${id}`, tenant });
  const expired = () => ({ expires: { $lte: new Date(clock()) } });
  const live = () => ({ expires: { $gt: new Date(clock()) } });
  const content = (payload: Payload, ttl: number) => ({
    payload: JSON.stringify(payload),
    expires: new Date(clock() + ttl * 1000),
  });
  const indexed = (kind: string, { grantId, uid, userCode, accountId }: Payload) => ({
    grantId,
    uid,
    userCode,
    accountId: DURABLE_KINDS.has(kind) ? accountId : undefined,
  });
  const document = (kind: string, payload: Payload, ttl: number) => ({
    tenant,
    kind,
    version: firstVersion(),
    ...content(payload, ttl),
    ...indexed(kind, payload),
  });

  return {
    /** False when there is one, expired or not. */
    async insert(kind: string, id: string, payload: Payload, ttl: number): Promise<boolean> {
      try {
        await reach(() => artifacts.insertOne({ ...key(kind, id), ...document(kind, payload, ttl) }));
        return true;
      } catch (error) {
        if (!isDuplicate(error)) throw error;
        return false;
      }
    },

    /** Takes the place of one that has expired but is not removed yet. */
    async replaceExpired(kind: string, id: string, payload: Payload, ttl: number): Promise<boolean> {
      const filter = { ...key(kind, id), ...expired() };
      return (await reach(() => artifacts.replaceOne(filter, document(kind, payload, ttl)))).modifiedCount === 1;
    },

    /** Whatever is there. */
    async overwrite(kind: string, id: string, payload: Payload, ttl: number): Promise<void> {
      const rest = content(payload, ttl);
      const set: Record<string, unknown> = { tenant, kind, consumed: '$$REMOVE', expires: rest.expires };
      set.payload = { $literal: rest.payload };
      set.version = { $add: [{ $ifNull: ['$version', firstVersion()] }, 1] };
      for (const [field, value] of Object.entries(indexed(kind, payload)))
        set[field] = value === undefined ? '$$REMOVE' : { $literal: value };
      const write = () => reach(() => artifacts.updateOne(key(kind, id), [{ $set: set }], { upsert: true }));
      // Two upserts of one id that is gone by now: the later one finds the document of the other.
      await write().catch((error) => (isDuplicate(error) ? write() : Promise.reject(error)));
    },

    /** What is at this version; resolves to what is there now, or undefined when another version or none was. */
    async replace(kind: string, id: string, version: number, payload: Payload, ttl: number): Promise<Row | undefined> {
      const next = { ...content(payload, ttl), version: version + 1 };
      const fields = Object.entries(indexed(kind, payload));
      const absent = fields.filter(([, value]) => value === undefined).map(([field]) => [field, '' as const]);
      const change: mongo.UpdateFilter<ArtifactDocument> = { $set: { ...next, ...indexed(kind, payload) } };
      if (absent.length > 0) change.$unset = Object.fromEntries(absent);
      const filter = { ...key(kind, id), version, ...live() };
      const options = { projection: { _id: 0, consumed: 1 } };
      const before = await reach(() => artifacts.findOneAndUpdate(filter, change, options));
      return before ? { ...next, expires: +next.expires, consumed: before.consumed } : undefined;
    },
  };
}
