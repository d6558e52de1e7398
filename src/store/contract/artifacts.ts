import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Artifacts, DURABLE_KINDS, type Payload } from '../artifacts.ts';
import type { ArtifactStore } from '../store.ts';
import { freshTenant, many, outlive, RACERS, SHORT, untyped } from './support.ts';

const ODD_IDS = [
  'a',
  'A',
  'a/b',
  'a:b',
  'a.b',
  '{a}',
  'a}',
  'ä',
  'a b',
  'a\0b',
  '*',
  '$where',
  '__proto__',
  'x'.repeat(1024),
];
const NO_IDS: unknown[] = ['', 'x'.repeat(1025), '\ud800', 42, null, undefined, { $gt: '' }, ['a']];
const NO_SECONDS: unknown[] = [undefined, null, Number.NaN, 0, -1, Number.POSITIVE_INFINITY, 1e11, '60'];

/** What every engine promises of artifacts. `kind` chooses the part of a store that is made of several. */
export function artifactsContract(open: () => Promise<ArtifactStore>, kind = 'Session'): void {
  const lasts = DURABLE_KINDS.has(kind);
  let store: ArtifactStore;
  const fresh = (): Artifacts => store.forTenant(freshTenant()).artifacts;

  beforeAll(async () => {
    store = await open();
  });
  afterAll(() => store?.close());

  describe(`artifacts (${kind})`, () => {
    test('what was put is found, whatever its keys and values are', async () => {
      const artifacts = fresh();
      const payload: Payload = {
        'a.b': { $set: 1, '': [] },
        text: 'ä\u0000 🚪 "$literal" \ud83d',
        nested: [null, true, 0.1, { 'https://example.com/claim': {} }],
        start: '$version',
      };
      await artifacts.put(kind, 'x', payload, 60);
      const found = await artifacts.find(kind, 'x');
      expect(found).toEqual({
        payload: JSON.parse(JSON.stringify(payload)),
        version: expect.any(Number),
        consumed: undefined,
      });
      expect(found!.version).toBeGreaterThan(0);
    });

    test('put writes whatever was there: version grows, consumed is gone', async () => {
      const artifacts = fresh();
      await artifacts.put(kind, 'x', { n: 1 }, 60);
      const first = await artifacts.find(kind, 'x');
      await artifacts.consume(kind, 'x');
      await artifacts.put(kind, 'x', { n: 2 }, 60);
      const second = await artifacts.find(kind, 'x');
      expect(second).toMatchObject({ payload: { n: 2 }, consumed: undefined });
      expect(second!.version).toBeGreaterThan(first!.version);
    });

    test('absent is undefined', async () => {
      const artifacts = fresh();
      expect(await artifacts.find(kind, 'x')).toBeUndefined();
      expect(await artifacts.findBy(kind, 'uid', 'x')).toBeUndefined();
      expect(await artifacts.findBy(kind, 'userCode', 'x')).toBeUndefined();
      expect(await artifacts.consume(kind, 'x')).toBe(false);
      expect(await artifacts.swap(kind, 'x', 7, {}, 60)).toBe(false);
      expect(await artifacts.count('x')).toEqual({ count: 0, resetsIn: 0 });
      await artifacts.destroy(kind, 'x');
      await artifacts.reset('x');
      await artifacts.revokeGrant('x', 60);
      expect(await artifacts.find(kind, 'x')).toBeUndefined();
    });

    test('ids and kinds are kept apart', async () => {
      const artifacts = fresh();
      const other = `${kind}2`;
      for (const [i, id] of ODD_IDS.entries()) await artifacts.put(kind, id, { i, uid: id }, 60);
      for (const [i, id] of ODD_IDS.entries()) {
        expect((await artifacts.find(kind, id))?.payload.i).toBe(i);
        expect((await artifacts.findBy(kind, 'uid', id))?.payload.i).toBe(i);
        expect(await artifacts.find(other, id)).toBeUndefined();
        expect(await artifacts.findBy(other, 'uid', id)).toBeUndefined();
        expect(await artifacts.consume(other, id)).toBe(false);
      }
    });

    test.each(NO_IDS.map((id) => [id]))('the id %p finds nothing and is not stored', async (value) => {
      const artifacts = fresh();
      const id = untyped<string>(value);
      await artifacts.put(kind, 'x', {}, 60);
      expect(await artifacts.find(kind, id)).toBeUndefined();
      expect(await artifacts.findBy(kind, 'uid', id)).toBeUndefined();
      expect(await artifacts.consume(kind, id)).toBe(false);
      await artifacts.destroy(kind, id);
      for (const write of [
        () => artifacts.put(kind, id, {}, 60),
        () => artifacts.swap(kind, id, 0, {}, 60),
        () => artifacts.revokeGrant(id, 60),
        () => artifacts.increment(id, 60),
        () => artifacts.once(id, 60),
        () => artifacts.reset(id),
      ]) {
        await expect(write()).rejects.toMatchObject({ code: 'invalid_input' });
      }
      expect(await artifacts.find(kind, 'x')).toBeDefined();
    });

    test.each(NO_SECONDS.map((ttl) => [ttl]))(
      'nothing is kept without an end: %p is no time to live',
      async (value) => {
        const artifacts = fresh();
        const ttl = untyped<number>(value);
        for (const write of [
          () => artifacts.put(kind, 'x', {}, ttl),
          () => artifacts.swap(kind, 'x', 0, {}, ttl),
          () => artifacts.revokeGrant('x', ttl),
          () => artifacts.increment('x', ttl),
          () => artifacts.once('x', ttl),
        ]) {
          await expect(write()).rejects.toMatchObject({
            code: 'invalid_input',
            message: expect.stringMatching(/seconds/),
          });
        }
        expect(await artifacts.find(kind, 'x')).toBeUndefined();
        expect(await artifacts.count('x')).toEqual({ count: 0, resetsIn: 0 });
        expect(await artifacts.once('x', 60)).toBe(true);
      },
    );

    test('other bad input is refused', async () => {
      const artifacts = fresh();
      const bad: (() => Promise<unknown>)[] = [
        () => artifacts.put('a/b', 'x', {}, 60),
        () => artifacts.find('', 'x'),
        () => artifacts.put(kind, 'x', untyped(null), 60),
        () => artifacts.put(kind, 'x', untyped([]), 60),
        () => artifacts.put(kind, 'x', { grantId: untyped({ $ne: 1 }) }, 60),
        () => artifacts.put(kind, 'x', { uid: '' }, 60),
        () => artifacts.findBy(kind, untyped('payload'), 'x'),
        () => artifacts.swap(kind, 'x', 0.5, {}, 60),
        () => artifacts.increment('x', 60, 0.5),
      ];
      for (const call of bad) await expect(call()).rejects.toMatchObject({ code: 'invalid_input' });
      expect(() => store.forTenant('a}b')).toThrow(/tenant id/);
    });

    test('findBy follows the payload', async () => {
      const artifacts = fresh();
      await artifacts.put(kind, 'x', { uid: 'u1', userCode: 'ABCD', n: 1 }, 60);
      expect((await artifacts.findBy(kind, 'uid', 'u1'))?.payload.n).toBe(1);
      expect((await artifacts.findBy(kind, 'userCode', 'ABCD'))?.payload.n).toBe(1);
      expect(await artifacts.findBy(kind, 'uid', 'ABCD')).toBeUndefined();

      await artifacts.put(kind, 'x', { uid: 'u2', n: 2 }, 60);
      expect(await artifacts.findBy(kind, 'uid', 'u1')).toBeUndefined();
      expect(await artifacts.findBy(kind, 'userCode', 'ABCD')).toBeUndefined();
      const found = await artifacts.findBy(kind, 'uid', 'u2');
      expect(found?.payload.n).toBe(2);

      expect(await artifacts.swap(kind, 'x', found!.version, { uid: 'u3', n: 3 }, 60)).toBe(true);
      expect(await artifacts.findBy(kind, 'uid', 'u2')).toBeUndefined();
      expect((await artifacts.findBy(kind, 'uid', 'u3'))?.payload.n).toBe(3);

      await artifacts.destroy(kind, 'x');
      expect(await artifacts.findBy(kind, 'uid', 'u3')).toBeUndefined();
    });

    test('consume happens once, and no swap undoes it', async () => {
      const artifacts = fresh();
      await artifacts.put(kind, 'x', { n: 1 }, 60);
      const before = (await artifacts.find(kind, 'x'))!;
      expect(await artifacts.consume(kind, 'x')).toBe(true);
      expect(await artifacts.consume(kind, 'x')).toBe(false);
      const after = (await artifacts.find(kind, 'x'))!;
      expect(after.payload).toEqual({ n: 1 });
      expect(Math.abs(after.consumed! - Date.now() / 1000)).toBeLessThan(5);
      expect(await artifacts.swap(kind, 'x', before.version, { n: 2 }, 60)).toBe(false);
      expect(await artifacts.swap(kind, 'x', after.version, { n: 3 }, 60)).toBe(true);
      expect(await artifacts.find(kind, 'x')).toMatchObject({ payload: { n: 3 }, consumed: after.consumed });
    });

    test('swap writes only over the version it names', async () => {
      const artifacts = fresh();
      expect(await artifacts.swap(kind, 'x', 0, { n: 1 }, 60)).toBe(true);
      expect(await artifacts.swap(kind, 'x', 0, { n: 2 }, 60)).toBe(false);
      const first = (await artifacts.find(kind, 'x'))!;
      expect(first.payload).toEqual({ n: 1 });
      expect(await artifacts.swap(kind, 'x', first.version, { n: 3 }, 60)).toBe(true);
      const second = (await artifacts.find(kind, 'x'))!;
      expect(second.version).toBeGreaterThan(first.version);
      expect(await artifacts.swap(kind, 'x', first.version, { n: 4 }, 60)).toBe(false);
      expect(await artifacts.find(kind, 'x')).toEqual(second);
    });

    test('what was destroyed never comes back', async () => {
      const artifacts = fresh();
      await artifacts.put(kind, 'x', {}, 60);
      const { version } = (await artifacts.find(kind, 'x'))!;
      await artifacts.destroy(kind, 'x');
      expect(await artifacts.swap(kind, 'x', version, {}, 60)).toBe(false);
      expect(await artifacts.find(kind, 'x')).toBeUndefined();
      // Nor does the writer of the one before take its successor for it.
      await artifacts.put(kind, 'x', {}, 60);
      expect((await artifacts.find(kind, 'x'))!.version).not.toBe(version);
    });

    const races: [string, (artifacts: Artifacts, i: number, version: number) => Promise<boolean>][] = [
      ['consume', (artifacts) => artifacts.consume(kind, 'x')],
      ['once', (artifacts) => artifacts.once('x', 60)],
      ['swap for none', (artifacts, i) => artifacts.swap(kind, 'none', 0, { i }, 60)],
      ['swap', (artifacts, i, version) => artifacts.swap(kind, 'x', version, { i }, 60)],
    ];
    test.each(races)('%s: one of many racers wins', async (_name, run) => {
      const artifacts = fresh();
      await artifacts.put(kind, 'x', {}, 60);
      const { version } = (await artifacts.find(kind, 'x'))!;
      const won = await Promise.all(many((i) => run(artifacts, i, version)));
      expect(won.filter(Boolean)).toHaveLength(1);
    });

    test('racing increments count each', async () => {
      const artifacts = fresh();
      const counters = await Promise.all(many(() => artifacts.increment('x', 60)));
      const counts = counters.map(({ count }) => count).sort((a, b) => a - b);
      expect(counts).toEqual(many((i) => i + 1));
      expect((await artifacts.count('x')).count).toBe(RACERS);
    });

    test('a counter keeps its first window, adds by, and is forgotten by reset', async () => {
      const artifacts = fresh();
      expect(await artifacts.increment('x', 30, 5)).toEqual({ count: 5, resetsIn: 30 });
      const second = await artifacts.increment('x', 600);
      expect(second.count).toBe(6);
      expect(second.resetsIn).toBeLessThanOrEqual(30);
      expect(await artifacts.count('x')).toEqual({ count: 6, resetsIn: expect.any(Number) });
      expect(await artifacts.once('x', 60)).toBe(true);
      await artifacts.reset('x');
      expect(await artifacts.count('x')).toEqual({ count: 0, resetsIn: 0 });
      expect(await artifacts.once('x', 60)).toBe(false);
      expect((await artifacts.increment('x', 60)).count).toBe(1);
    });

    test('revoking a grant removes what names it and refuses what comes later', async () => {
      const artifacts = fresh();
      await artifacts.put(kind, 'a', { grantId: 'g' }, 60);
      await artifacts.put(kind, 'c', { grantId: 'other' }, 60);
      await artifacts.put(kind, 'd', {}, 60);
      await artifacts.put(kind, 'moved', { grantId: 'g' }, 60);
      await artifacts.put(kind, 'moved', { grantId: 'other' }, 60);
      const { version } = (await artifacts.find(kind, 'a'))!;

      await artifacts.revokeGrant('g', 60);
      if (lasts) expect(await artifacts.find(kind, 'a')).toBeUndefined();
      for (const id of ['c', 'd', 'moved']) expect(await artifacts.find(kind, id)).toBeDefined();

      const refused = { code: 'grant_revoked' };
      await expect(artifacts.put(kind, 'e', { grantId: 'g' }, 60)).rejects.toMatchObject(refused);
      await expect(artifacts.swap(kind, 'e', 0, { grantId: 'g' }, 60)).rejects.toMatchObject(refused);
      if (lasts) expect(await artifacts.swap(kind, 'a', version, { grantId: 'g' }, 60)).toBe(false);
      expect(await artifacts.find(kind, 'e')).toBeUndefined();
      await artifacts.put(kind, 'e', { grantId: 'third' }, 60);
    });

    test('puts that race with the revocation are refused or removed', async () => {
      const artifacts = fresh();
      const puts = many((i) => artifacts.put(kind, `x${i}`, { grantId: 'g' }, 60));
      const revoked = artifacts.revokeGrant('g', 60);
      const later = many((i) => artifacts.put(kind, `y${i}`, { grantId: 'g' }, 60));
      const outcomes = await Promise.allSettled([...puts, ...later]);
      await revoked;
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'grant_revoked' });
      }
      const left = await Promise.all(
        many((i) => Promise.all([artifacts.find(kind, `x${i}`), artifacts.find(kind, `y${i}`)])),
      );
      if (lasts) expect(left.flat().filter(Boolean)).toEqual([]);
    });

    test('what has expired is gone for every verb', async () => {
      const artifacts = fresh();
      await artifacts.put(kind, 'plain', { uid: 'u' }, SHORT);
      await artifacts.put(kind, 'used', {}, SHORT);
      await artifacts.consume(kind, 'used');
      await artifacts.put(kind, 'longer', {}, SHORT);
      await artifacts.put(kind, 'longer', {}, 60);
      await artifacts.swap(kind, 'swapped', 0, {}, 60);
      const { version } = (await artifacts.find(kind, 'swapped'))!;
      await artifacts.swap(kind, 'swapped', version, {}, SHORT);
      await artifacts.increment('n', SHORT, 9);
      await artifacts.once('o', SHORT);
      await artifacts.revokeGrant('g', SHORT);
      await outlive();

      for (const id of ['plain', 'used', 'swapped']) expect(await artifacts.find(kind, id)).toBeUndefined();
      expect(await artifacts.find(kind, 'longer')).toBeDefined();
      expect(await artifacts.findBy(kind, 'uid', 'u')).toBeUndefined();
      expect(await artifacts.consume(kind, 'plain')).toBe(false);
      expect(await artifacts.swap(kind, 'swapped', version + 1, {}, 60)).toBe(false);
      expect(await artifacts.swap(kind, 'swapped', 0, {}, 60)).toBe(true);
      expect(await artifacts.count('n')).toEqual({ count: 0, resetsIn: 0 });
      expect((await artifacts.increment('n', 60)).count).toBe(1);
      expect(await artifacts.once('o', 60)).toBe(true);
      await artifacts.put(kind, 'again', { grantId: 'g' }, 60);
    });

    test('no verb reaches another tenant', async () => {
      const mine = fresh();
      const theirs = fresh();
      await mine.put(kind, 'x', { uid: 'u', userCode: 'c', grantId: 'g' }, 60);
      await mine.increment('n', 60, 5);
      await mine.once('o', 60);
      const before = (await mine.find(kind, 'x'))!;

      expect(await theirs.find(kind, 'x')).toBeUndefined();
      expect(await theirs.findBy(kind, 'uid', 'u')).toBeUndefined();
      expect(await theirs.findBy(kind, 'userCode', 'c')).toBeUndefined();
      expect(await theirs.consume(kind, 'x')).toBe(false);
      expect(await theirs.swap(kind, 'x', before.version, {}, 60)).toBe(false);
      await theirs.destroy(kind, 'x');
      await theirs.revokeGrant('g', 60);
      expect(await theirs.count('n')).toEqual({ count: 0, resetsIn: 0 });
      expect((await theirs.increment('n', 60)).count).toBe(1);
      await theirs.reset('n');
      expect(await theirs.once('o', 60)).toBe(true);
      await theirs.put(kind, 'x', { uid: 'u' }, 60);
      await theirs.destroy(kind, 'x');

      expect(await mine.find(kind, 'x')).toEqual(before);
      expect((await mine.findBy(kind, 'uid', 'u'))?.payload.grantId).toBe('g');
      expect((await mine.count('n')).count).toBe(5);
      expect(await mine.once('o', 60)).toBe(false);
      await mine.put(kind, 'y', { grantId: 'g' }, 60);
    });

    test('a deleted tenant has nothing, its neighbour all', async () => {
      const names = ['gone', 'kept'].map((name) => `${freshTenant()}-${name}`);
      const [gone, kept] = names.map((name) => store.forTenant(name).artifacts);
      for (const artifacts of [gone!, kept!]) {
        for (let i = 0; i < 5; i += 1) await artifacts.put(kind, `x${i}`, { uid: `u${i}`, grantId: 'g' }, 60);
        await artifacts.increment('n', 60);
      }
      await store.deleteTenant(names[0]!);
      for (let i = 0; i < 5; i += 1) {
        expect(await gone!.find(kind, `x${i}`)).toBeUndefined();
        expect(await gone!.findBy(kind, 'uid', `u${i}`)).toBeUndefined();
        expect(await kept!.find(kind, `x${i}`)).toBeDefined();
      }
      expect((await gone!.count('n')).count).toBe(0);
      expect((await kept!.count('n')).count).toBe(1);
      await expect(store.deleteTenant('')).rejects.toMatchObject({ code: 'invalid_input' });
    });

    test('health names its parts and says ok', async () => {
      expect(new Set(Object.values(await store.health()))).toEqual(new Set(['ok']));
    });
  });
}
