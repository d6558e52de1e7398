import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import * as openid from 'openid-client';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { mailTo } from '../support/accounts-stage.ts';
import { answerOn, answerRequest, backchannel, CIBA_GRANT, cibaClient } from '../support/ciba.ts';
import { describeOnBoth } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { textOf } from '../support/html.ts';
import { inhabited, JWT_API } from '../support/inhabited.ts';
import { openAccount } from '../support/portal-stage.ts';
import { secretOf } from '../support/relying-party.ts';

describeOnBoth('a client asks a user to sign in (CIBA)', (stores) => {
  let gatehouse: TestGatehouse;
  let acme: Tenant;
  let support: openid.Configuration;

  beforeAll(async () => {
    gatehouse = await startGatehouse(stores());
    acme = await inhabited(gatehouse, 'acme', { protocol: { ciba: { hourly_per_user: 100 } } });
    await gatehouse.services.clients.create(acme, cibaClient('support'));
    support = await openid.discovery(new URL(acme.issuer), 'support', secretOf('support'), undefined, {
      execute: [openid.allowInsecureRequests],
    });
  });
  afterAll(() => gatehouse.stop());

  test('discovery says so', () => {
    expect(support.serverMetadata()).toMatchObject({
      backchannel_authentication_endpoint: `${acme.issuer}/backchannel`,
      backchannel_token_delivery_modes_supported: ['poll', 'ping'],
      backchannel_user_code_parameter_supported: false,
      backchannel_authentication_request_signing_alg_values_supported: expect.arrayContaining(['ES256', 'PS256']),
      grant_types_supported: expect.arrayContaining([CIBA_GRANT]),
    });
  });

  test('who is told by mail says yes on the account pages, and the client has its tokens', async () => {
    const begun = await openid.initiateBackchannelAuthentication(support, {
      scope: 'openid email offline_access',
      login_hint: 'ada@example.com',
      binding_message: 'Order 4711',
    });
    expect(begun).toMatchObject({ expires_in: 300, interval: 5 });

    const mail = await mailTo(gatehouse, acme, 'ada@example.com', 'sign_in_request');
    expect(mail.text).toContain('Paper Boat Support');
    expect(mail.text).toContain('Order 4711');
    const link = /http\S+\/account\/requests/.exec(mail.text)![0];
    expect(link).toBe(`${acme.issuer}/account/requests`);

    const { agent, page } = await openAccount(acme, '/requests');
    for (const words of ['Paper Boat Support', 'Order 4711', '127.0.0.1']) expect(textOf(page.body)).toContain(words);
    expect((await backchannel(acme).poll(begun.auth_req_id)).body.error).toBe('authorization_pending');
    const done = await answerOn(agent, page, 'approve');
    expect(textOf(done.body)).toContain('You are signed in to Paper Boat Support');
    expect(textOf(done.body)).toContain('Nothing waits for your answer');

    const tokens = await openid.pollBackchannelAuthenticationGrant(support, { ...begun, interval: 0.01 });
    const { sub, acr, amr, auth_time } = tokens.claims()!;
    expect({ acr, amr, auth_time }).toEqual({
      acr: 'urn:gatehouse:aal1',
      amr: ['pwd'],
      auth_time: expect.any(Number),
    });
    expect(await openid.fetchUserInfo(support, tokens.access_token, sub)).toMatchObject({ email: 'ada@example.com' });
    const refreshed = await openid.refreshTokenGrant(support, tokens.refresh_token!);
    expect(await openid.fetchUserInfo(support, refreshed.access_token, sub)).toMatchObject({ sub });
  });

  test('who says no', async () => {
    const client = cibaClient('refused');
    await gatehouse.services.clients.create(acme, client);
    const refused = backchannel(acme, 'refused');
    const { auth_req_id } = (await refused.ask()).body;
    const page = await answerRequest(acme, 'deny');
    expect(textOf(page.body)).toContain('The request was refused');
    expect((await refused.poll(auth_req_id)).body.error).toBe('access_denied');
  });

  test('for an API, without a refresh token', async () => {
    const client = backchannel(acme);
    const { auth_req_id } = (await client.ask({ scope: 'openid read', resource: JWT_API })).body;
    await answerRequest(acme, 'approve');
    const { body } = await client.poll(auth_req_id, { resource: JWT_API });
    expect(decodeJwt(body.access_token)).toMatchObject({ aud: JWT_API, scope: 'read', acr: 'urn:gatehouse:aal1' });
    expect(body).not.toHaveProperty('refresh_token');
  });

  test('of twenty polls at once no two have tokens', async () => {
    const { auth_req_id } = (await backchannel(acme).ask()).body;
    await answerRequest(acme, 'approve');
    const answers = await Promise.all(Array.from({ length: 20 }, () => backchannel(acme).poll(auth_req_id)));
    const statuses = answers.map(({ status }) => status).sort();
    // Who is beaten takes the grant away, now and then before the first has its answer.
    expect([200, 400]).toContain(statuses[0]);
    expect(statuses.slice(1)).toEqual(Array.from({ length: 19 }, () => 400));
  });

  test('all of it is on record', async () => {
    const types = await eventually(async () => {
      const { items } = await gatehouse.services.audit.find('acme', { limit: 1000 });
      return items.map(({ type }) => type);
    });
    for (const type of ['backchannel.begun', 'backchannel.approved', 'backchannel.denied'])
      expect(types).toContain(type);
  });
});
