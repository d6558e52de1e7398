import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type TestTenants, twoTenants } from '../../test/support/tenants.ts';
import { createSessions, type Sessions, type SignIn } from './sessions.ts';

const HOUR = 3_600_000;
let at: TestTenants;
let now: number;
let sessions: Sessions;
beforeEach(async () => {
  now = 1_800_000_000_000;
  at = await twoTenants(() => now);
  sessions = createSessions({ clock: () => now });
});
afterEach(() => at.store.close());

const signIn = (over: Partial<SignIn> = {}): SignIn => ({
  accountId: 'ada',
  proofs: [{ factor: 'password', at: now / 1000 }],
  remember: true,
  origin: { ip: '203.0.113.7' },
  ...over,
});

test('what was proven is kept by session and tenant, and once is enough', async () => {
  await sessions.keep(at.a, 's1', signIn());
  const kept = await sessions.get(at.a, 's1');
  expect(kept).toMatchObject({ ...signIn(), startedAt: now / 1000, lastSeenAt: now / 1000 });
  await sessions.keep(at.a, 's1', signIn({ proofs: kept!.proofs }));
  expect(await sessions.get(at.a, 's1', true)).toEqual(kept);
  expect(await sessions.get(at.b, 's1')).toBeUndefined();
});

test('a sign-in within a session that was ended does not bring it back', async () => {
  await sessions.keep(at.a, 's1', signIn());
  expect(await sessions.keep(at.a, 's1', signIn({ remember: false }), { goesOn: true })).toBe(true);
  await sessions.remove(at.a, 's1');
  expect(await sessions.keep(at.a, 's1', signIn(), { goesOn: true })).toBe(false);
  expect(await sessions.get(at.a, 's1', true)).toBeUndefined();
});

test('a step up renews it, another account begins it anew', async () => {
  await sessions.keep(at.a, 's1', signIn());
  const began = now / 1000;
  now += HOUR;
  await sessions.keep(at.a, 's1', signIn());
  expect(await sessions.get(at.a, 's1')).toMatchObject({ startedAt: began, lastSeenAt: now / 1000 });
  await sessions.keep(at.a, 's1', signIn({ accountId: 'eve' }));
  expect(await sessions.get(at.a, 's1')).toMatchObject({ accountId: 'eve', startedAt: now / 1000 });
});

test.each([
  [50_000, undefined, 0],
  [14 * 60_000, 14 * 60, 14 * 60_000],
  [HOUR + 1000, 3601, HOUR + 1000],
])('after a pause of %i ms its use keeps %p s in mind', async (pause, kept, moved) => {
  await sessions.keep(at.a, 's1', signIn());
  const began = now / 1000;
  now += pause;
  await sessions.seen(at.a, 's1', (await sessions.get(at.a, 's1'))!);
  const after = await sessions.get(at.a, 's1');
  expect(after?.pauses).toEqual(kept && { proof: kept, aal3: kept });
  expect(after?.lastSeenAt).toBe(began + moved / 1000);
});

test('what has lapsed does not come back by use, only by a proof', async () => {
  await sessions.keep(at.a, 's1', signIn());
  now += 2 * HOUR;
  await sessions.seen(at.a, 's1', (await sessions.get(at.a, 's1'))!);
  now += 20 * 60_000;
  await sessions.seen(at.a, 's1', (await sessions.get(at.a, 's1'))!);
  expect((await sessions.get(at.a, 's1'))?.pauses).toEqual({ proof: 7200, aal3: 7200 });
  await sessions.keep(at.a, 's1', signIn());
  expect((await sessions.get(at.a, 's1'))?.pauses).toBeUndefined();
});

test('one that nobody wants to be remembered ends within a day without use', async () => {
  await sessions.keep(at.a, 'short', signIn({ remember: false }));
  await sessions.keep(at.a, 'long', signIn());
  now += 25 * HOUR;
  expect(await sessions.get(at.a, 'short', true)).toBeUndefined();
  expect(await sessions.get(at.a, 'long', true)).toBeDefined();
});

test('those of an account, newest use first; one that was removed is gone at once here', async () => {
  for (const uid of ['s1', 's2', 's3']) {
    now += 1000;
    await sessions.keep(at.a, uid, signIn());
  }
  await sessions.keep(at.a, 'hers', signIn({ accountId: 'eve' }));
  expect((await sessions.list(at.a, 'ada')).map(({ id }) => id)).toEqual(['s3', 's2', 's1']);
  expect(await sessions.list(at.b, 'ada')).toEqual([]);
  await sessions.remove(at.a, 's2');
  expect(await sessions.get(at.a, 's2')).toBeUndefined();
  expect((await sessions.list(at.a, 'ada')).map(({ id }) => id)).toEqual(['s3', 's1']);
});

const nameId = { format: 'persistent', value: 'x' };

test('who was told of it stays with it, by one index each, as long as it is the same user', async () => {
  await sessions.keep(at.a, 's1', signIn());
  const hr = await sessions.addSamlParty(at.a, 's1', 'ada', { clientId: 'hr', nameId });
  const crm = await sessions.addSamlParty(at.a, 's1', 'ada', { clientId: 'crm', nameId });
  expect(hr!.index).toMatch(/^_[\w-]{22}$/);
  const renamed = { clientId: 'hr', nameId: { ...nameId, value: 'y' } };
  expect(await sessions.addSamlParty(at.a, 's1', 'ada', renamed)).toEqual({ ...renamed, index: hr!.index });
  const proofs = [{ factor: 'totp' as const, at: now / 1000 }];
  await sessions.keep(at.a, 's1', signIn({ proofs }));
  expect(await sessions.get(at.a, 's1')).toMatchObject({ proofs, samlParties: [crm, renamed] });
  const { version } = (await sessions.get(at.a, 's1'))!;
  await sessions.keep(at.a, 's1', signIn({ proofs }));
  expect((await sessions.get(at.a, 's1', true))!.version).toBe(version);
  await sessions.keep(at.a, 's1', signIn({ accountId: 'eve' }));
  expect((await sessions.get(at.a, 's1'))!.samlParties).toBeUndefined();
});

test('nobody is told of a session that is over, or is another user’s', async () => {
  await sessions.keep(at.a, 's1', signIn());
  expect(await sessions.addSamlParty(at.a, 's1', 'eve', { clientId: 'hr', nameId })).toBeUndefined();
  await sessions.remove(at.a, 's1');
  expect(await sessions.addSamlParty(at.a, 's1', 'ada', { clientId: 'hr', nameId })).toBeUndefined();
  expect(await sessions.addSamlParty(at.b, 's1', 'ada', { clientId: 'hr', nameId })).toBeUndefined();
});

test('the same sign-in kept by several at once is one', async () => {
  await Promise.all(Array.from({ length: 20 }, () => sessions.keep(at.a, 's1', signIn())));
  expect(await sessions.list(at.a, 'ada')).toHaveLength(1);
});
