import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { openSqlite } from '../store/sqlite/open.ts';
import { createInbox } from './inbox.ts';

test('the newest is first, of one millisecond the one that was queued last', async () => {
  const store = await openSqlite(':memory:');
  const now = Date.now();
  const times = [5, 5, 5, 6, 4].map((ms) => now + ms);
  const inbox = createInbox({ store, key: randomBytes(32), clock: () => times.shift()! });
  const message = { channel: 'sms' as const, tenant: 'a', to: '+4915112340000', template: 'code', subject: '' };
  for (const id of ['m1', 'm2', 'm3', 'm4', 'm5']) await inbox.keep(id, { ...message, text: id });
  expect((await inbox.list()).map(({ text }) => text)).toEqual(['m4', 'm3', 'm2', 'm1', 'm5']);
  await store.close();
});
