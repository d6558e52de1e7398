import { expect, test } from '@jest/globals';
import type { Clients } from '../clients/clients.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { createLogoutFrames } from './frames.ts';

const ISSUER = 'https://login.example/t/acme';
const tenant = { id: 'acme', issuer: ISSUER } as Tenant;

const frameOf = async (metadata: object | undefined, session: { sid: string | undefined } = { sid: 's/1' }) => {
  const get = async () => metadata && { metadata };
  const logoutFrames = createLogoutFrames({ clients: { get } as unknown as Pick<Clients, 'get'> });
  return logoutFrames(tenant, [{ clientId: 'web', ...session }]);
};
const NAMED = 'iss=https%3A%2F%2Flogin.example%2Ft%2Facme&sid=s%2F1';

test.each([
  ['https://a.example/out', `https://a.example/out?${NAMED}`],
  ['https://a.example', `https://a.example?${NAMED}`],
  ['https://a.example/out?', `https://a.example/out?&${NAMED}`],
  ['https://a.example/out?a=%20+&b', `https://a.example/out?a=%20+&b&${NAMED}`],
])('%s of a client that knows sessions by name', async (frontchannel_logout_uri, uri) => {
  const metadata = { frontchannel_logout_uri, frontchannel_logout_session_required: true };
  expect(await frameOf(metadata)).toEqual([{ clientId: 'web', uri }]);
});

test.each([
  ['does not want the name', { frontchannel_logout_session_required: false }, 's1'],
  ['does not say', {}, 's1'],
  ['was never told one', { frontchannel_logout_session_required: true }, undefined],
])('a client that %s gets its address as it is', async (_, more, sid) => {
  const uri = 'https://a.example/out?x';
  expect(await frameOf({ frontchannel_logout_uri: uri, ...more }, { sid })).toEqual([{ clientId: 'web', uri }]);
});

test('a client that wants none, or is not there', async () => {
  expect(await frameOf({})).toEqual([]);
  expect(await frameOf(undefined)).toEqual([]);
});
