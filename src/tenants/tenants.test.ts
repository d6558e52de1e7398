import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventsOf, type TestTenants, twoTenants } from '../../test/support/tenants.ts';

let at: TestTenants;
beforeAll(async () => {
  at = await twoTenants();
});
afterAll(() => at.store.close());

const ISSUER = 'https://login.a.example';

test('what is the same is not written, what differs is, once', async () => {
  const own = await at.tenants.change('a', { issuer: ISSUER });
  expect(own).toMatchObject({ issuer: ISSUER, host: 'login.a.example', name: 'a' });
  expect((await at.tenants.change('a', { issuer: ISSUER, name: 'a' })).version).toBe(own.version);
  expect((await at.tenants.change('a', {})).version).toBe(own.version);
  const byPath = await at.tenants.change('a', { issuer: null });
  expect(byPath.issuer).toBeUndefined();
  expect(byPath.host).toBeUndefined();
  expect(await eventsOf(at.audit, at.a)).toEqual(['tenant.created', 'tenant.changed', 'tenant.changed']);
});

test.each(['', '   ', 'x'.repeat(101), 'Adm\u202enigol', 'two\nlines', 'Goo\u200bgle'])(
  'the name %j is refused',
  async (name) => {
    const refused = { code: 'invalid_input', problems: [{ pointer: '/name', message: expect.any(String) }] };
    await expect(at.tenants.create({ id: 'named', name })).rejects.toMatchObject(refused);
    await expect(at.tenants.change('a', { name })).rejects.toMatchObject(refused);
  },
);
