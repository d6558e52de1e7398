import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { remember } from '../../src/risk/history.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { PASSWORD } from '../support/relying-party.ts';

let gatehouse: TestGatehouse;
let acme: Tenant;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  acme = await gatehouse.tenant({ id: 'acme' });
});
afterAll(() => gatehouse.stop());

test('with an account goes all that could sign in as it, and what was known of its sign-ins', async () => {
  const { services } = gatehouse;
  const { accounts, totp, recoveryCodes, sessions, trustedDevices, linkTokens } = services;
  const { id } = await accounts.create(acme, { email: 'ada@example.com', password: PASSWORD });
  const proofs = [{ factor: 'password' as const, at: Math.floor(Date.now() / 1000) }];
  await recoveryCodes.generate(acme, id);
  for (let i = 0; i < 105; i += 1)
    await sessions.keep(acme, `session ${i}`, { accountId: id, proofs, remember: true, origin: {} });
  const device = await trustedDevices.trust(acme, id, { origin: {}, days: 30 });
  const link = await linkTokens.issue(acme, { purpose: 'reset_password', subject: id, ttl: 600 });
  await remember(acme, id, { ip: '203.0.113.7', at: Date.now() });

  await accounts.remove(acme, id);

  expect(await accounts.get(acme, id)).toBeUndefined();
  expect(await recoveryCodes.status(acme, id)).toBeUndefined();
  expect(await totp.list(acme, id)).toEqual([]);
  expect(await sessions.list(acme, id)).toEqual([]);
  expect(await sessions.get(acme, 'session 7')).toBeUndefined();
  expect(await trustedDevices.check(acme, device, { accountId: id, days: 30 })).toBeUndefined();
  expect(await linkTokens.peek(acme, 'reset_password', link)).toBeUndefined();
  await expect(accounts.remove(acme, id)).rejects.toMatchObject({ code: 'not_found' });
});
