import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type TestTenants, twoTenants } from '../../test/support/tenants.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { withAccount } from './device.ts';
import { gather } from './gather.ts';
import { remember } from './history.ts';
import { countGuess, forgiveGuess } from './throttle.ts';

/** What an attempt to sign in asks of the store: it is on the path of each of them. */

let at: TestTenants;
let calls = 0;
let tenant: Tenant;
beforeAll(async () => {
  at = await twoTenants();
  const counting = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(object, name) {
        const value = Reflect.get(object, name);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          calls += 1;
          return value.apply(object, args);
        };
      },
    });
  const { store } = at.a;
  const records: typeof store.records = (type) => counting(store.records(type));
  tenant = { ...at.a, store: { ...store, tenantId: 'a', artifacts: counting(store.artifacts), records } };
});
afterAll(() => at.store.close());

const costOf = async (work: () => Promise<unknown>) => {
  calls = 0;
  await work();
  return calls;
};

test.each([
  ['of a stranger', undefined, { count: 6, forgive: 6 }],
  ['on a known device', withAccount, { count: 1, forgive: 1 }],
])('an attempt %s', async (_name, makeDevice, { count, forgive }) => {
  const device = makeDevice?.(tenant, undefined, 'ada');
  const visit = { ip: '192.0.2.1', device, at: Date.now() };
  const guess = { tenant, account: 'ada', password: 'x', ...visit };
  await remember(tenant, 'ada', visit);
  expect(await costOf(() => countGuess(guess))).toBe(count);
  expect(await costOf(() => gather(tenant, { ...visit, failures: {} }))).toBe(0);
  expect(await costOf(() => gather(tenant, { ...visit, accountId: 'ada' }))).toBe(1);
  expect(await costOf(() => forgiveGuess(guess))).toBe(forgive);
  expect(await costOf(() => remember(tenant, 'ada', visit))).toBe(1);
});
