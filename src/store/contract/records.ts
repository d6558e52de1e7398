import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { newId } from '../../core/ids.ts';
import { defineRecord, type Records } from '../records.ts';
import type { Store } from '../store.ts';
import { freshTenant, many, outlive, RACERS, SHORT, untyped } from './support.ts';

type Person = z.infer<typeof personSchema>;

const personSchema = z.strictObject({
  name: z.string(),
  email: z.string().optional(),
  realm: z.string().optional(),
  login: z.string().optional(),
  team: z.string().optional(),
  age: z.number().optional(),
  ends: z.number().optional(),
  extra: z.record(z.string(), z.unknown()).optional(),
});

const person = defineRecord<Person>({
  name: 'contract_person',
  schema: personSchema,
  scope: 'tenant',
  unique: [['email'], ['realm', 'login']],
  indexes: ['team', 'age'],
  expires: 'ends',
});

const place = defineRecord({
  name: 'contract_place',
  schema: z.strictObject({ host: z.string(), n: z.number().default(0) }),
  scope: 'platform',
  unique: [['host']],
});

/** What every engine promises of records. */
export function recordsContract(open: () => Promise<Store>): void {
  let store: Store;
  const fresh = (): Records<Person> => store.forTenant(freshTenant()).records(person);
  const code = (name: string) => expect.objectContaining({ code: name });

  beforeAll(async () => {
    store = await open();
  });
  afterAll(() => store?.close());

  describe('records', () => {
    test('insert, get, update, delete', async () => {
      const people = fresh();
      const extra = { 'a.b': { $gt: 1 }, $set: null, ä: ['🚪'] };
      expect(await people.insert('x', { name: 'Ada', extra })).toEqual({ id: 'x', version: 1, name: 'Ada', extra });
      expect(await people.get('x')).toEqual({ id: 'x', version: 1, name: 'Ada', extra });
      expect(await people.update('x', (old) => ({ ...old, name: 'Bea' }))).toMatchObject({
        version: 2,
        name: 'Bea',
        extra,
      });
      expect(await people.update('x', () => undefined)).toMatchObject({ version: 2, name: 'Bea' });
      expect(await people.delete('x')).toBe(true);
      expect(await people.delete('x')).toBe(false);
      expect(await people.get('x')).toBeUndefined();
    });

    test('what an earlier version wrote is read with the defaults of this one, and changed with them', async () => {
      const tenant = store.forTenant(freshTenant());
      await tenant.records(person).insert('x', { name: 'Ada', email: 'ada@example.com' });
      const later = tenant.records({ ...person, defaults: { name: 'Bea', team: 'red' } });
      const expected = { name: 'Ada', email: 'ada@example.com', team: 'red' };
      expect(await later.get('x')).toMatchObject(expected);
      expect(await later.getBy('email', 'ada@example.com')).toMatchObject(expected);
      expect((await later.find()).items).toEqual([expect.objectContaining(expected)]);
      await later.update('x', (old) => ({ ...old, age: old.team === 'red' ? 1 : 2 }));
      expect(await tenant.records(person).get('x')).toMatchObject({ ...expected, age: 1 });
    });

    test('absent is undefined', async () => {
      const people = fresh();
      expect(await people.get('x')).toBeUndefined();
      expect(await people.getBy('email', 'x')).toBeUndefined();
      expect(await people.find()).toEqual({ items: [], next: undefined });
      expect(await people.update('x', (old) => old, 3)).toBeUndefined();
      expect(await people.delete('x', 3)).toBe(false);
      expect(await people.count()).toBe(0);
    });

    test('bad input is refused and changes nothing', async () => {
      const people = fresh();
      await people.insert('x', { name: 'Ada', email: 'ada@example.com' });
      const bad: (() => Promise<unknown>)[] = [
        () => people.insert('y', untyped({ name: 'Bea', unknown: 1 })),
        () => people.insert('y', untyped({ name: { $gt: '' } })),
        () => people.insert('', { name: 'Bea' }),
        () => people.insert(untyped({ $gt: '' }), { name: 'Bea' }),
        () => people.update('x', () => untyped({ name: 1 })),
        () => people.getBy('team', 'x'),
        () => people.getBy('login', 'x'),
        () => people.getBy('email', untyped({ $gt: '' })),
        () => people.find({ where: { field: 'name', equals: 'Ada' } }),
        () => people.find({ where: { field: 'team', equals: untyped({ $ne: 1 }) } }),
        () => people.find({ where: { field: '$where', equals: '1' } }),
        () => people.count({ where: { field: 'name', equals: 'Ada' } }),
        ...[0, -1, 1001, 1.5, Number.NaN, untyped<number>('5')].map((limit) => () => people.find({ limit })),
      ];
      for (const call of bad) await expect(call()).rejects.toThrow(code('invalid_input'));
      expect((await people.find()).items).toEqual([{ id: 'x', version: 1, name: 'Ada', email: 'ada@example.com' }]);
      expect(await people.get(untyped({ $gt: '' }))).toBeUndefined();
      expect(await people.delete(untyped({ $gt: '' }))).toBe(false);
    });

    test('the problem of a bad record is named', async () => {
      await expect(fresh().insert('x', untyped({ name: 1, 'a/b': 2 }))).rejects.toMatchObject({
        problems: expect.arrayContaining([
          expect.objectContaining({ pointer: '/name' }),
          expect.objectContaining({ pointer: '/a~1b' }),
        ]),
      });
    });

    test('a change that throws changes nothing', async () => {
      const people = fresh();
      await people.insert('x', { name: 'Ada' });
      const broken = people.update('x', () => {
        throw new Error('no');
      });
      await expect(broken).rejects.toThrow('no');
      expect(await people.get('x')).toMatchObject({ version: 1 });
    });

    test('unique sets hold for insert and update, and ignore absent values', async () => {
      const people = fresh();
      await people.insert('a', { name: 'A', email: 'a@example.com', realm: 'r', login: 'l' });
      await people.insert('b', { name: 'B', realm: 'r' });
      await people.insert('c', { name: 'C', realm: 'r' });
      await people.insert('d', { name: 'D', realm: 'r', login: 'l2' });
      const taken = (fields: string[]) => ({
        code: 'already_exists',
        problems: fields.map((field) => expect.objectContaining({ pointer: `/${field}` })),
      });
      await expect(people.insert('a', { name: 'X' })).rejects.toMatchObject(taken(['id']));
      await expect(people.insert('x', { name: 'X', email: 'a@example.com' })).rejects.toMatchObject(taken(['email']));
      await expect(people.insert('x', { name: 'X', realm: 'r', login: 'l' })).rejects.toMatchObject(
        taken(['realm', 'login']),
      );
      await expect(people.update('b', (old) => ({ ...old, login: 'l' }))).rejects.toMatchObject(
        taken(['realm', 'login']),
      );
      expect(await people.get('b')).toEqual({ id: 'b', version: 1, name: 'B', realm: 'r' });
      expect(await people.count()).toBe(4);

      await people.update('a', ({ name }) => ({ name }));
      await people.insert('x', { name: 'X', email: 'a@example.com', realm: 'r', login: 'l' });
      expect(await people.getBy('email', 'a@example.com')).toMatchObject({ id: 'x' });
    });

    test('pages in order of id, stable under inserts', async () => {
      const people = fresh();
      const ids = many(() => newId());
      for (const [i, id] of ids.entries()) await people.insert(id, { name: id, team: i % 2 ? 'odd' : 'even', age: i });
      const sorted = [...ids].sort();
      const first = await people.find({ limit: 20 });
      expect(first.items.map(({ id }) => id)).toEqual(sorted.slice(0, 20));

      await people.insert('0', { name: 'before' });
      const gone = sorted[19]!;
      await people.delete(gone);
      await people.insert('~', { name: 'after' });
      const second = await people.find({ limit: 20, after: first.next! });
      expect(second.items.map(({ id }) => id)).toEqual(sorted.slice(20, 40));
      const third = await people.find({ limit: 20, after: second.next! });
      expect(third.items.map(({ id }) => id)).toEqual([...sorted.slice(40), '~']);
      expect(third.next).toBeUndefined();

      const odd = await people.find({ where: { field: 'team', equals: 'odd' }, limit: 1000 });
      expect(odd.items.map(({ age }) => age! % 2)).not.toContain(0);
      expect(await people.count({ where: { field: 'team', equals: 'odd' } })).toBe(odd.items.length);
      // The ids of one millisecond are in no order: any of them may be the one that is gone.
      const age = ids.indexOf(gone) === 7 ? 8 : 7;
      expect((await people.find({ where: { field: 'age', equals: age } })).items).toHaveLength(1);
      expect((await people.find({ where: { field: 'age', equals: `${age}` } })).items).toHaveLength(0);
      const exact = await people.find({ limit: await people.count() });
      expect(exact.next).toBeUndefined();
    });

    test('a cursor that was tampered with, or is of another query, is refused', async () => {
      const people = fresh();
      for (const id of ['a', 'b', 'c']) await people.insert(id, { name: id, team: 't' });
      const { next } = await people.find({ limit: 1 });
      const bad = ['', 'x', `${next}x`, next!.replace(/^./, 'A'), next!.split('.')[0]!, untyped<string>({ $gt: '' })];
      for (const after of bad) {
        await expect(people.find({ limit: 1, after })).rejects.toThrow(/bad cursor/);
      }
      await expect(people.find({ where: { field: 'team', equals: 't' }, after: next! })).rejects.toThrow(/bad cursor/);
    });

    test('racing inserts of one id, or of one unique value: one wins', async () => {
      const people = fresh();
      const outcome = async (insert: Promise<unknown>) =>
        insert.then(
          () => 'won',
          (error) => error.code,
        );
      const ids = await Promise.all(many((i) => outcome(people.insert('x', { name: `${i}` }))));
      const mails = await Promise.all(
        many((i) => outcome(people.insert(`m${i}`, { name: 'M', email: 'm@example.com' }))),
      );
      for (const outcomes of [ids, mails]) {
        expect(outcomes.filter((it) => it === 'won')).toHaveLength(1);
        expect(outcomes.filter((it) => it === 'already_exists')).toHaveLength(RACERS - 1);
      }
      expect(await people.count()).toBe(2);
    });

    test('racing updates all take effect', async () => {
      const people = fresh();
      await people.insert('x', { name: 'X', age: 0 });
      await Promise.all(many(() => people.update('x', (old) => ({ ...old, age: old.age! + 1 }))));
      expect(await people.get('x')).toMatchObject({ age: RACERS, version: RACERS + 1 });
    });

    test('an update or delete that names a version loses against any other', async () => {
      const people = fresh();
      await people.insert('x', { name: 'X', age: 0 });
      const outcomes = await Promise.allSettled(many((i) => people.update('x', (old) => ({ ...old, age: i }), 1)));
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const it of outcomes) {
        if (it.status === 'rejected') expect(it.reason).toMatchObject({ code: 'version_conflict' });
      }
      await expect(people.delete('x', 1)).rejects.toThrow(code('version_conflict'));
      expect(await people.delete('x', 2)).toBe(true);
    });

    test('what has expired is gone, and gives its unique values free', async () => {
      const people = fresh();
      const ends = Date.now() + SHORT * 1000;
      await people.insert('x', { name: 'X', email: 'x@example.com', realm: 'r', login: 'l', team: 't', ends });
      await people.insert('y', { name: 'Y', team: 't', ends: ends + 60_000 });
      await people.insert('z', { name: 'Z', team: 't' });
      await outlive();
      expect(await people.get('x')).toBeUndefined();
      expect(await people.getBy('email', 'x@example.com')).toBeUndefined();
      expect((await people.find()).items.map(({ id }) => id)).toEqual(['y', 'z']);
      expect(await people.count({ where: { field: 'team', equals: 't' } })).toBe(2);
      expect(await people.update('x', (old) => old)).toBeUndefined();
      expect(await people.delete('x')).toBe(false);
      await people.update('z', (old) => ({ ...old, email: 'x@example.com' }));
      await people.insert('x', { name: 'X2', realm: 'r', login: 'l' });
      expect(await people.get('x')).toMatchObject({ name: 'X2', version: 1 });
    });

    test('no verb reaches another tenant', async () => {
      const mine = fresh();
      const theirs = fresh();
      const before = await mine.insert('x', { name: 'X', email: 'x@example.com', team: 't' });
      const { next } = await mine.insert('y', { name: 'Y' }).then(() => mine.find({ limit: 1 }));

      expect(await theirs.get('x')).toBeUndefined();
      expect(await theirs.getBy('email', 'x@example.com')).toBeUndefined();
      expect((await theirs.find()).items).toEqual([]);
      expect((await theirs.find({ where: { field: 'team', equals: 't' } })).items).toEqual([]);
      expect((await theirs.find({ after: next! })).items).toEqual([]);
      expect(await theirs.update('x', (old) => ({ ...old, name: 'stolen' }))).toBeUndefined();
      expect(await theirs.delete('x')).toBe(false);
      expect(await theirs.count()).toBe(0);
      expect(await theirs.count({ where: { field: 'team', equals: 't' } })).toBe(0);
      await theirs.insert('x', { name: 'their own', email: 'x@example.com', team: 't' });
      await theirs.delete('x');

      expect(await mine.get('x')).toEqual(before);
      expect(await mine.count()).toBe(2);
    });

    test('a deleted tenant has nothing, its neighbour all, and the platform all', async () => {
      const names = [freshTenant(), freshTenant()];
      const [gone, kept] = names.map((name) => store.forTenant(name).records(person));
      const host = `${newId()}.example`;
      await store.platform(place).insert(host, { host, n: 1 });
      for (const people of [gone!, kept!]) await people.insert('x', { name: 'X', email: 'x@example.com' });
      await store.deleteTenant(names[0]!);
      expect(await gone!.count()).toBe(0);
      expect(await kept!.count()).toBe(1);
      expect(await store.platform(place).getBy('host', host)).toMatchObject({ id: host, n: 1 });
    });

    test('a type is reached in its own scope only', () => {
      expect(() => store.platform(person)).toThrow(/scope tenant/);
      expect(() => store.forTenant(freshTenant()).records(place)).toThrow(/scope platform/);
      expect(() => store.platform({ ...place, name: 'Drop Table' })).toThrow(/name/);
      expect(() => store.platform({ ...place, indexes: ["a') --"] })).toThrow(/bad field/);
    });
  });
}
