import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../core/clock.ts';
import type { Artifacts, Counter } from '../artifacts.ts';
import { read } from './reader.ts';
import type { Writer } from './writer.ts';

export type Marks = ReturnType<typeof prepareMarks>;

type Row = { value: number; expires: number };

/** Numbers with a name and an end: counters, replay marks, revoked grants. `now` in milliseconds, `ttl` in seconds. */
export function prepareMarks(db: DatabaseSync) {
  const get = db.prepare('SELECT value, expires FROM marks WHERE tenant = ? AND name = ? AND expires > ?');
  const put = db.prepare(
    `INSERT INTO marks (tenant, name, value, expires) VALUES (?1, ?2, 1, ?3)
     ON CONFLICT (tenant, name) DO UPDATE SET expires = max(expires, excluded.expires)`,
  );
  // One that has ended but is not purged starts anew.
  const add = db.prepare(
    `INSERT INTO marks (tenant, name, value, expires) VALUES (?1, ?2, ?3, ?4)
     ON CONFLICT (tenant, name) DO UPDATE SET
       value = iif(expires > ?5, value, 0) + ?3, expires = iif(expires > ?5, expires, ?4)
     RETURNING value, expires`,
  );
  const remove = db.prepare('DELETE FROM marks WHERE tenant = ? AND name = ?');

  return {
    has: (tenant: string, name: string, now: number) => get.get(tenant, name, now) !== undefined,
    get: (tenant: string, name: string, now: number) => get.get(tenant, name, now) as Row | undefined,
    put: (tenant: string, name: string, now: number, ttl: number) => put.run(tenant, name, now + ttl * 1000),
    add: (tenant: string, name: string, now: number, ttl: number, by: number) =>
      add.get(tenant, name, by, now + ttl * 1000, now) as Row,
    remove: (tenant: string, name: string) => remove.run(tenant, name),
  };
}

export function marksOf(
  tenant: string,
  marks: Marks,
  writer: Writer,
  clock: Clock,
): Pick<Artifacts, 'increment' | 'count' | 'reset' | 'once'> {
  return {
    increment: (key, window, by = 1) =>
      writer.write(() => counter(marks.add(tenant, `count:${key}`, clock(), window, by), clock())),
    count: (key) => read(() => counter(marks.get(tenant, `count:${key}`, clock()), clock())),
    reset: (key) => writer.write(() => void marks.remove(tenant, `count:${key}`)),
    once: (key, ttl) => writer.write(() => marks.add(tenant, `once:${key}`, clock(), ttl, 1).value === 1),
  };
}

const counter = (row: Row | undefined, now: number): Counter =>
  row ? { count: row.value, resetsIn: Math.ceil((row.expires - now) / 1000) } : { count: 0, resetsIn: 0 };
