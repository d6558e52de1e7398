import { expect, test } from '@jest/globals';
import type { User } from '../accounts/record.ts';
import type { Stored } from '../store/records.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { createNotify } from './notices.ts';

test('goes to the address on record, in the language of its user; nobody is told of nobody', async () => {
  const sent: unknown[] = [];
  const mail = { send: async (_tenant: unknown, message: unknown) => String(sent.push(message)) };
  const user = { id: 'ada', email: 'Ada@example.com', claims: { locale: 'de' } } as Stored<User>;
  const accounts = { get: async (_tenant: Tenant, id: string) => (id === 'ada' ? user : undefined) };
  const notify = createNotify({ clock: () => 7, accounts, mail });
  await notify({} as Tenant, 'ada', { template: 'factor_added', factor: 'totp' });
  await notify({} as Tenant, 'ada', { template: 'recovery_code_used', left: 3 });
  await notify({} as Tenant, 'eve', { template: 'recovery_codes_made' });
  const to = { to: 'Ada@example.com', locale: 'de', accountId: 'ada' };
  expect(sent).toEqual([
    { ...to, template: 'factor_added', data: { factor: 'totp', time: 7 } },
    { ...to, template: 'recovery_code_used', data: { left: 3, time: 7 } },
  ]);
});
