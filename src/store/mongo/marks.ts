import type { mongo } from 'mongoose';
import type { Clock } from '../../core/clock.ts';
import type { Counter } from '../artifacts.ts';
import type { MarkDocument } from './collections.ts';
import { isDuplicate, reach } from './failures.ts';

/** Numbers with a name and an end, of one tenant: counters, replay marks, revoked grants. */
export function marksOf(marks: mongo.Collection<MarkDocument>, tenant: string, clock: Clock) {
  const key = (name: string) => ({ _id: `${tenant}/${name}`, tenant });
  const counter = ({ value, expires }: Pick<MarkDocument, 'value' | 'expires'>): Counter => ({
    count: value,
    resetsIn: Math.ceil((expires.getTime() - clock()) / 1000),
  });
  const find = (name: string) => reach(() => marks.findOne({ ...key(name), expires: { $gt: new Date(clock()) } }));

  return {
    has: async (name: string): Promise<boolean> => (await find(name)) !== null,

    async get(name: string): Promise<Counter> {
      const found = await find(name);
      return found ? counter(found) : { count: 0, resetsIn: 0 };
    },

    async add(name: string, ttl: number, by: number): Promise<Counter> {
      for (;;) {
        const now = new Date(clock());
        const end = new Date(now.getTime() + ttl * 1000);
        const running = { $gt: ['$expires', now] };
        // One that has ended but is not removed yet starts anew.
        const change = {
          value: { $add: [{ $cond: [running, '$value', 0] }, by] },
          expires: { $cond: [running, '$expires', end] },
        };
        const changed = await reach(() =>
          marks.findOneAndUpdate(key(name), [{ $set: change }], { returnDocument: 'after' }),
        );
        if (changed) return counter(changed);
        const first = { ...key(name), value: by, expires: end };
        const inserted = await reach(() => marks.insertOne(first)).catch((error) => {
          if (!isDuplicate(error)) throw error;
        });
        if (inserted) return counter(first);
      }
    },

    async extend(name: string, ttl: number): Promise<void> {
      const change = { $max: { expires: new Date(clock() + ttl * 1000) }, $set: { value: 1 } };
      const write = () => reach(() => marks.updateOne(key(name), change, { upsert: true }));
      await write().catch((error) => (isDuplicate(error) ? write() : Promise.reject(error)));
    },

    async remove(name: string): Promise<void> {
      await reach(() => marks.deleteOne(key(name)));
    },
  };
}
