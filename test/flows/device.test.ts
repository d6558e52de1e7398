import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import * as openid from 'openid-client';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { describeOnBoth } from '../support/cluster.ts';
import { connect, createDevice, DEVICE_GRANT, device } from '../support/devices.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { inhabited, JWT_API } from '../support/inhabited.ts';
import { userAgent } from '../support/stage.ts';

describeOnBoth('a television signs in (RFC 8628)', (stores) => {
  let gatehouse: TestGatehouse;
  let acme: Tenant;
  let tv: openid.Configuration;

  beforeAll(async () => {
    gatehouse = await startGatehouse(stores());
    acme = await inhabited(gatehouse, 'acme');
    await createDevice(gatehouse.services, acme);
    tv = await openid.discovery(new URL(acme.issuer), 'tv', undefined, openid.None(), {
      execute: [openid.allowInsecureRequests],
    });
  });
  afterAll(() => gatehouse.stop());

  test('discovery says so', () => {
    const metadata = tv.serverMetadata();
    expect(metadata.device_authorization_endpoint).toBe(`${acme.issuer}/device/auth`);
    expect(metadata.grant_types_supported).toContain(DEVICE_GRANT);
  });

  test('its user types the code elsewhere, and it has its tokens', async () => {
    const codes = await openid.initiateDeviceAuthorization(tv, { scope: 'openid email offline_access' });
    expect(codes).toMatchObject({ expires_in: 600, interval: 5, verification_uri: `${acme.issuer}/device` });
    expect(codes.user_code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);

    const done = await connect(userAgent(), acme, codes.user_code);
    expect([done.status, done.body]).toEqual([200, expect.stringContaining('Your device is connected')]);
    const tokens = await openid.pollDeviceAuthorizationGrant(tv, { ...codes, interval: 0.01 });
    const { sub } = tokens.claims()!;
    expect(await openid.fetchUserInfo(tv, tokens.access_token, sub)).toMatchObject({ sub, email: 'ada@example.com' });
    const refreshed = await openid.refreshTokenGrant(tv, tokens.refresh_token!);
    expect(await openid.fetchUserInfo(tv, refreshed.access_token, sub)).toMatchObject({ sub });
  });

  test('for an API', async () => {
    const codes = await device(acme).begin({ resource: JWT_API, scope: 'openid read' });
    await connect(userAgent(), acme, codes.user_code);
    const { body } = await device(acme).poll(codes.device_code, { resource: JWT_API });
    expect(decodeJwt(body.access_token)).toMatchObject({
      aud: JWT_API,
      scope: 'read',
      acr: expect.any(String),
    });
  });

  test('of twenty polls at once no two have tokens', async () => {
    const codes = await device(acme).begin();
    await connect(userAgent(), acme, codes.user_code);
    const answers = await Promise.all(Array.from({ length: 20 }, () => device(acme).poll(codes.device_code)));
    const statuses = answers.map(({ status }) => status).sort();
    // Who is beaten takes the grant away, now and then before the first has its answer.
    expect([200, 400]).toContain(statuses[0]);
    expect(statuses.slice(1)).toEqual(Array.from({ length: 19 }, () => 400));
  });

  test('what was connected is on record', async () => {
    const { items } = await gatehouse.services.audit.find('acme', { limit: 1000 });
    expect(items.find(({ type }) => type === 'device.connected')).toMatchObject({
      outcome: 'success',
      clientId: 'tv',
      actor: expect.any(String),
    });
  });
});
