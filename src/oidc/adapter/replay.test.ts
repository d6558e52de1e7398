import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openSqlite } from '../../store/sqlite/open.ts';
import type { Store } from '../../store/store.ts';
import { replayAdapter } from './replay.ts';

let now = 1_700_000_000_000;
let store: Store;
beforeAll(async () => {
  store = await openSqlite(':memory:', { clock: () => now });
});
afterAll(() => store.close());

const mark = (id: string, seconds: number, tenant = 'a') =>
  replayAdapter(store.forTenant(tenant).artifacts).upsert(id, { iss: 'web' } as never, seconds) as Promise<void>;
const REPLAY = { error: 'invalid_dpop_proof', error_description: 'DPoP proof JWT Replay detected' };

test('the first mark decides, and the question before it is always answered with no', async () => {
  await mark('jti-1', 60);
  expect(await replayAdapter(store.forTenant('a').artifacts).find('jti-1')).toBeUndefined();
  await expect(mark('jti-1', 60)).rejects.toMatchObject(REPLAY);
  await mark('jti-2', 60);
});

test('of fifty at once one is the first', async () => {
  const marks = await Promise.allSettled(Array.from({ length: 50 }, () => mark('jti-3', 60)));
  expect(marks.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('a mark ends with what it marks', async () => {
  await mark('jti-4', 60);
  now += 59_000;
  await expect(mark('jti-4', 60)).rejects.toMatchObject(REPLAY);
  now += 2000;
  await mark('jti-4', 60);
});

test.each([0, -5, 0.2])('what is over in %s s is marked all the same', async (seconds) => {
  await mark(`jti ${seconds}`, seconds);
  await expect(mark(`jti ${seconds}`, seconds)).rejects.toMatchObject(REPLAY);
});

test("another tenant's marks are its own", async () => {
  await mark('jti-5', 60);
  await mark('jti-5', 60, 'b');
});
