import { expect, test } from '@jest/globals';
import { letters } from '../../test/support/letters.ts';
import { twoTenants } from '../../test/support/tenants.ts';
import { dueList } from './due.ts';
import { createQueue } from './queue.ts';

test('ids are in the order of the calls, however fast these come', async () => {
  const at = await twoTenants(() => 5);
  const queue = createQueue(letters, { ...at, due: dueList(at.store, letters.due), wake: () => {} });
  const ids: string[] = [];
  for (let i = 0; i < 50; i += 1) ids.push(await queue.add(at.a, { fields: { to: 'ada' }, data: {} }));
  expect([...ids].sort()).toEqual(ids);
  await at.store.close();
});
