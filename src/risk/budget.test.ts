import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type TestTenants, twoTenants } from '../../test/support/tenants.ts';
import { type Budget, restore, spend, spentOf } from './budget.ts';

let at: TestTenants;
let now: number;
beforeEach(async () => {
  now = 1_800_000_000_000;
  at = await twoTenants(() => now);
});
afterEach(() => at.store.close());

const narrow: Budget = { name: 'narrow', of: ['ada'], max: 3, window: 60 };
const wide: Budget = { name: 'wide', of: [], max: 5, window: 600 };

test('50 at once are no more than there is', async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, () => spend(at.a, [narrow])));
  expect(answers.filter(({ allowed }) => allowed)).toHaveLength(3);
  expect(answers).toContainEqual({ allowed: false, retryAfter: 60, exceeded: narrow });
  expect(await spend(at.b, [narrow])).toEqual({ allowed: true });
});

test('what a narrow one refuses takes nothing from a wide one', async () => {
  for (let i = 0; i < 10; i += 1) await spend(at.a, [narrow, wide]);
  expect(await spentOf(at.a, wide)).toBe(3);
  const others = { ...narrow, of: ['eve'] };
  for (let i = 0; i < 2; i += 1) expect(await spend(at.a, [others, wide])).toEqual({ allowed: true });
  expect(await spend(at.a, [others, wide])).toMatchObject({ allowed: false, exceeded: wide });
});

test('it is full again at the end of its window, or when it is restored', async () => {
  for (let i = 0; i < 4; i += 1) await spend(at.a, [narrow]);
  now += 59_000;
  expect(await spend(at.a, [narrow])).toMatchObject({ allowed: false, retryAfter: 1 });
  now += 1000;
  expect(await spend(at.a, [narrow])).toEqual({ allowed: true });
  for (let i = 0; i < 4; i += 1) await spend(at.a, [narrow]);
  await restore(at.a, [narrow]);
  expect(await spend(at.a, [narrow])).toEqual({ allowed: true });
});

test('a store that is down allows nothing', async () => {
  await at.store.close();
  await expect(spend(at.a, [narrow])).rejects.toMatchObject({ code: 'unavailable' });
});
