import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Adapter } from 'oidc-provider';
import { inRequest } from '../../../test/support/core-request.ts';
import { sha256 } from '../../core/hashing.ts';
import { newId } from '../../core/ids.ts';
import type { Artifacts, Payload } from '../../store/artifacts.ts';
import { openSqlite } from '../../store/sqlite/open.ts';
import type { Store } from '../../store/store.ts';
import { destroySession, merge, sessionAdapter } from './session.ts';

type Authorizations = Record<string, { sid: string; grantId?: string }>;

const CLIENTS = ['a', 'b', 'c', 'd', 'e'];
const authorization = fc.record({ sid: fc.constantFrom('s1', 's2'), grantId: fc.constantFrom('g1', 'g2', 'g3') });
const authorizations: fc.Arbitrary<Authorizations> = fc.dictionary(fc.constantFrom(...CLIENTS), authorization);
const session = fc
  .record({
    uid: fc.constant('u'),
    exp: fc.integer({ min: 1, max: 3 }),
    accountId: fc.constantFrom('ada', 'grace', undefined),
    state: fc.option(fc.record({ secret: fc.constantFrom('x', 'y') }), { nil: undefined }),
    authorizations: fc.option(authorizations, { nil: undefined }),
  })
  // What comes from a store has no fields without a value.
  .map((payload): Payload => JSON.parse(JSON.stringify(payload)));

const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
const clientsOf = (payload: Payload) => (payload.authorizations ?? {}) as Authorizations;

describe('two changes of one session merge', () => {
  const versions = fc.tuple(session, session, session);
  const holds = (check: (base: Payload, mine: Payload, theirs: Payload, merged: Payload) => void) =>
    fc.assert(
      fc.property(versions, ([base, mine, theirs]) => check(base, mine, theirs, merge(base, mine, theirs))),
      { numRuns: 300 },
    );

  /** For the fields of the session, and for its clients. */
  const parts = (check: (base: Payload, mine: Payload, theirs: Payload, merged: Payload, field: string) => void) => {
    holds((base, mine, theirs, merged) => {
      for (const field of ['exp', 'accountId', 'state']) check(base, mine, theirs, merged, field);
      for (const client of CLIENTS)
        check(clientsOf(base), clientsOf(mine), clientsOf(theirs), clientsOf(merged), client);
    });
  };

  test('what one of them changed is there, what none of them touched stays', () => {
    parts((base, mine, theirs, merged, field) => {
      if (isSame(mine[field], base[field])) expect(merged[field]).toEqual(theirs[field]);
      if (isSame(theirs[field], base[field])) expect(merged[field]).toEqual(mine[field]);
    });
  });

  test('what one of them deleted is gone, whatever the other made of it', () => {
    parts((base, mine, theirs, merged, field) => {
      if (field in base && !(field in mine && field in theirs)) expect(merged[field]).toBeUndefined();
    });
  });

  test('nothing is there that neither of them has, and none is changed itself', () => {
    parts((_base, mine, theirs, merged, field) => {
      expect([mine[field], theirs[field]]).toContainEqual(merged[field]);
    });
    holds((base, mine, theirs, merged) => {
      const [b, m, t] = structuredClone([base, mine, theirs]);
      expect(merge(base, mine, theirs)).toEqual(merged);
      expect([base, mine, theirs]).toEqual([b, m, t]);
    });
  });

  test('and it does not matter who comes first, where they did not change the same thing', () => {
    holds((base, mine, theirs, merged) => {
      const isApart = (a: Payload, b: Payload, c: Payload, fields: string[]) =>
        fields.every((field) => isSame(a[field], b[field]) || isSame(a[field], c[field]));
      const areApart =
        isApart(base, mine, theirs, ['exp', 'accountId', 'state']) &&
        isApart(clientsOf(base), clientsOf(mine), clientsOf(theirs), CLIENTS);
      if (areApart) expect(merge(base, theirs, mine)).toEqual(merged);
    });
  });
});

describe('requests of one browser at once', () => {
  let store: Store;
  let artifacts: Artifacts;
  let id: string;
  beforeAll(async () => {
    store = await openSqlite(':memory:');
    artifacts = store.forTenant('a').artifacts;
  });
  afterAll(() => store.close());
  beforeEach(() => {
    id = newId();
  });

  const put = (adapter: Adapter, payload: Payload) => adapter.upsert(id, payload as never, 600);
  const stored = () => artifacts.find('Session', sha256(id));

  /** A request that is allowed for a client. */
  const open = (adapter: Adapter, client: string) =>
    inRequest(async () => {
      const found = await adapter.find(id);
      if (!found) return;
      await put(adapter, { ...found, authorizations: { ...found.authorizations, [client]: { grantId: client } } });
    });
  const leave = (adapter: Adapter) => inRequest(() => adapter.destroy(id) as Promise<void>);

  test('each find and write in any order: every client is there, or the session is gone for good', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.subarray(CLIENTS), fc.boolean(), async (scheduler, clients, ends) => {
        id = newId();
        await artifacts.put('Session', sha256(id), { uid: id, exp: 1 }, 600);
        const adapter = sessionAdapter({
          ...artifacts,
          find: scheduler.scheduleFunction((...args) => artifacts.find(...args)),
          swap: scheduler.scheduleFunction((...args) => artifacts.swap(...args)),
          destroy: scheduler.scheduleFunction((...args) => artifacts.destroy(...args)),
        });
        const requests = [...clients.map((client) => open(adapter, client)), ...(ends ? [leave(adapter)] : [])];
        await scheduler.waitFor(Promise.all(requests));
        const left = await stored();
        if (ends) expect(left).toBeUndefined();
        else expect(Object.keys(clientsOf(left!.payload)).sort()).toEqual([...clients].sort());
      }),
      { numRuns: 40 },
    );
  });

  test('a write comes too late for a session that was destroyed and made anew under the same id', async () => {
    const adapter = sessionAdapter(artifacts);
    await put(adapter, { uid: 'first' });
    await inRequest(async () => {
      const found = await adapter.find(id);
      await adapter.destroy(id);
      await artifacts.put('Session', sha256(id), { uid: 'second' }, 600);
      await put(adapter, { ...found!, uid: 'first', accountId: 'ada' });
    });
    expect((await stored())?.payload).toMatchObject({ uid: 'second' });
  });

  test.each([
    [600, 29, false],
    [600, 30, true],
    [86_400, 59, false],
    [86_400, 60, true],
    [600, -1, true],
  ])('of a session of %i s, a use that moves the end by %i s is written: %s', async (ttl, moved, isWritten) => {
    const adapter = sessionAdapter(artifacts);
    await adapter.upsert(id, { uid: 'u', iat: 1, exp: 1000 } as never, ttl);
    const { version } = (await stored())!;
    await inRequest(async () => {
      const used = { ...(await adapter.find(id))!, iat: 2, exp: 1000 + moved };
      await adapter.upsert(id, used as never, ttl);
    });
    expect((await stored())!.version > version).toBe(isWritten);
  });

  test('a request may write twice: neither its own changes nor those of others are lost', async () => {
    const adapter = sessionAdapter(artifacts);
    await put(adapter, { uid: 'u' });
    await inRequest(async () => {
      const found = (await adapter.find(id))!;
      await open(adapter, 'first');
      await put(adapter, { ...found, state: { secret: 'x' } });
      await open(adapter, 'second');
      await put(adapter, { ...found, state: undefined as never, accountId: 'ada' });
    });
    expect((await stored())!.payload).toEqual({
      uid: 'u',
      key: sha256(id),
      accountId: 'ada',
      authorizations: { first: { grantId: 'first' }, second: { grantId: 'second' } },
    });
  });

  test('one that is ended by its uid is gone, and a request that has read it before does not bring it back', async () => {
    const adapter = sessionAdapter(artifacts);
    await put(adapter, { uid: `u ${id}` });
    await inRequest(async () => {
      const found = (await adapter.find(id))!;
      await destroySession(artifacts, `u ${id}`);
      await put(adapter, { ...found, accountId: 'ada' });
    });
    expect(await stored()).toBeUndefined();
    await destroySession(artifacts, 'nobody’s');
  });

  test('a second write after a merge does not undo it', async () => {
    const adapter = sessionAdapter(artifacts);
    await put(adapter, { uid: 'u' });
    await inRequest(async () => {
      const found = (await adapter.find(id))!;
      await open(adapter, 'first');
      await put(adapter, { ...found, exp: 1 });
      await put(adapter, { ...found, exp: 2, accountId: 'ada' });
    });
    expect((await stored())!.payload).toEqual({
      uid: 'u',
      key: sha256(id),
      exp: 2,
      accountId: 'ada',
      authorizations: { first: { grantId: 'first' } },
    });
  });
});
