import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { eventsOf } from '../support/accounts-stage.ts';
import { describeOnBoth } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { textOf } from '../support/html.ts';
import { type LogoutReceiver, startLogoutReceiver } from '../support/logout-receiver.ts';
import { openAccount } from '../support/portal-stage.ts';
import { newTokens, rawClient } from '../support/raw-client.ts';
import { CALLBACK, PASSWORD, webClient } from '../support/relying-party.ts';
import { createUserAgent, to, type UserAgent } from '../support/user-agent.ts';

/** Users take back what they have allowed to an application. */

const API = 'https://api.acme.example/';
const ADA = 'ada@example.com';
const APPS = '/account/apps';

describeOnBoth('what users have allowed', (stores) => {
  let gatehouse: TestGatehouse;
  let receiver: LogoutReceiver;
  let acme: Tenant;
  let ada: string;
  let grace: string;

  beforeAll(async () => {
    receiver = await startLogoutReceiver();
    gatehouse = await startGatehouse({ ...stores(), GATEHOUSE_OUTBOUND_ALLOW: '127.0.0.0/8' });
    acme = await gatehouse.tenant({
      id: 'acme',
      settings: {
        signing: { algorithms: ['ES256'] },
        resources: [{ indicator: API, name: 'Boats', scopes: ['sail', 'anchor'], access_token_format: 'opaque' }],
      },
    });
    const { clients, accounts } = gatehouse.services;
    await clients.create(acme, webClient('boat', { client_name: 'Paper Boat', ...receiver.metadata('boat') }));
    await clients.create(acme, webClient('kite', { client_name: 'Kite' }));
    const create = async (email: string) =>
      (await accounts.create(acme, { email, email_verified: true, password: PASSWORD })).id;
    ada = await create(ADA);
    grace = await create('grace@example.com');
  });
  afterAll(async () => {
    await gatehouse.stop();
    await receiver.stop();
  });
  beforeEach(() => {
    receiver.state.received = [];
  });

  const agentOf = () => createUserAgent({ stopAt: CALLBACK.replace('/cb', '/') });

  /** Signs in, and allows what is asked. */
  async function use(clientId: string, { agent = agentOf(), identifier = ADA, ...params }: Use = {}) {
    const client = rawClient(acme.issuer, clientId);
    const asked = { scope: 'openid email offline_access', prompt: 'consent', ...params };
    const body = await newTokens(agent, client, asked, identifier);
    expect(body).toMatchObject({ access_token: expect.any(String), refresh_token: expect.any(String) });
    return { client, agent, tokens: body };
  }
  type Use = { agent?: UserAgent; identifier?: string; scope?: string; resource?: string };

  const list = (accountId = ada) => gatehouse.services.grants.list(acme, accountId);
  const said = async (agent: UserAgent) => textOf((await agent.get(acme.issuer + APPS)).body);
  const remove = async (agent: UserAgent, clientId: string) => {
    const page = await agent.get(acme.issuer + APPS);
    return agent.submit(page, { app: clientId }, to('account/apps/remove'));
  };

  test('is listed, and taken back from one application alone', async () => {
    const boat = await use('boat', { resource: API, scope: 'openid email offline_access sail' });
    const kite = await use('kite', { agent: boat.agent });
    const graces = await use('boat', { identifier: 'grace@example.com' });
    expect(new Map((await list()).map((one) => [one.clientId, one]))).toEqual(
      new Map([
        ['boat', expect.objectContaining({ resources: { [API]: ['sail'] }, since: expect.any(Number) })],
        ['kite', expect.objectContaining({ scopes: ['openid', 'email', 'offline_access'], resources: {} })],
      ]),
    );

    const { agent } = await openAccount(acme, '/apps', { agent: boat.agent });
    expect(await said(agent)).toMatch(/Paper Boat.*See your email address.*Boats.*“sail”/s);
    const page = await remove(agent, 'boat');
    expect([page.status, textOf(page.body)]).toEqual([
      200,
      expect.stringContaining('Paper Boat no longer has access.'),
    ]);

    expect(await boat.client.refresh(boat.tokens.refresh_token)).toMatchObject({ body: { error: 'invalid_grant' } });
    expect(await boat.client.introspect(boat.tokens.access_token)).toEqual({ active: false });
    await eventually(() => receiver.state.received.length === 1);
    expect(await receiver.tokens(acme.issuer, 'boat')).toMatchObject([{ sub: ada, sid: expect.any(String) }]);
    const again = await agent.get(boat.client.begin({ scope: 'openid email' }).url);
    expect(again.body).toContain('value="accept"');

    // Nobody else's.
    expect(await kite.client.introspect(kite.tokens.access_token)).toMatchObject({ active: true });
    expect(await graces.client.introspect(graces.tokens.access_token)).toMatchObject({ active: true });
    expect((await list()).map(({ clientId }) => clientId)).toEqual(['kite']);
    expect((await list(grace)).map(({ clientId }) => clientId)).toEqual(['boat']);
    const events = (await eventsOf(gatehouse, acme)).filter(({ type }) => type === 'consent.revoked');
    expect(events).toMatchObject([{ actor: ada, target: ada, clientId: 'boat', outcome: 'success' }]);
  });

  test('an application that was given nothing, or is unknown, is not found, and nothing changes', async () => {
    await use('boat', { identifier: 'grace@example.com' });
    const { agent } = await openAccount(acme, '/apps', { identifier: 'grace@example.com' });
    for (const clientId of ['nobody', 'gatehouse-account', '']) {
      expect((await remove(agent, clientId)).status).toBe(404);
    }
    expect(await gatehouse.services.grants.revoke(acme, grace, 'kite')).toBe(false);
    expect((await list(grace)).map(({ clientId }) => clientId)).toEqual(['boat']);
  });

  test('goes with the account, and with the client', async () => {
    const { accounts, clients, grants } = gatehouse.services;
    const { id } = await accounts.create(acme, { email: 'eve@example.com', email_verified: true, password: PASSWORD });
    await clients.create(acme, webClient('passing'));
    for (const clientId of ['passing', 'kite']) await use(clientId, { identifier: 'eve@example.com' });
    await clients.remove(acme, 'passing');
    await clients.create(acme, webClient('passing', { client_name: 'Somebody else' }));
    const { agent } = await openAccount(acme, '', { identifier: 'eve@example.com', agent: agentOf() });
    const ask = (clientId: string) => agent.get(rawClient(acme.issuer, clientId).begin({ scope: 'openid email' }).url);
    expect((await ask('kite')).url).toContain(`${CALLBACK}?code=`);
    expect((await ask('passing')).body).toContain('value="accept"');
    await accounts.remove(acme, id);
    expect(await grants.list(acme, id)).toEqual([]);
  });
});
