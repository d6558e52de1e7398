import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { moveClock, restoreClock } from '../support/clock.ts';
import { describeOnBoth } from '../support/cluster.ts';
import { prover, toToken } from '../support/dpop.ts';
import { eventually } from '../support/eventually.ts';
import { ACCESS_TOKEN } from '../support/exchange-stage.ts';
import { claimsOf } from '../support/forge.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { API, app, type NativeSsoStage, setNativeSsoStage, type Tokens } from '../support/native-sso-stage.ts';
import { newCode, USER } from '../support/raw-client.ts';

/** OpenID Connect Native SSO for Mobile Apps 1.0. */

describeOnBoth('native SSO', (stores) => {
  let gatehouse: TestGatehouse;
  let acme: NativeSsoStage;
  let first: Tokens;

  beforeAll(async () => {
    gatehouse = await startGatehouse(stores());
    acme = await setNativeSsoStage(gatehouse, 'acme');
    first = await acme.signIn();
  });
  afterEach(restoreClock);
  afterAll(() => gatehouse.stop());

  test('the code gives a device secret, and an ID token that names it and the session', () => {
    expect(first.device_secret).toMatch(/^ds_[\w-]{43}$/);
    const claims = claimsOf(first.id_token);
    expect(claims).toMatchObject({ aud: 'mail', sid: expect.any(String), ds_hash: expect.any(String) });
    expect(JSON.stringify(claims)).not.toContain(first.device_secret);
    expect(first.scope).toBe('openid email device_sso');
  });

  test('another app gets tokens of its own for the same user and session, without a page', async () => {
    const { status, body, headers } = await acme.share(first);
    expect(status).toBe(200);
    expect(body).toEqual({
      access_token: expect.stringMatching(/^at_/),
      issued_token_type: ACCESS_TOKEN,
      token_type: 'Bearer',
      expires_in: expect.any(Number),
      scope: 'openid email',
      refresh_token: expect.stringMatching(/^rt_/),
      id_token: expect.any(String),
      device_secret: first.device_secret,
    });
    expect(headers.get('cache-control')).toBe('no-store');
    const [mine, theirs] = [claimsOf(first.id_token), claimsOf(body.id_token)];
    const { sub, acr, amr, auth_time, ds_hash } = mine;
    expect(theirs).toMatchObject({ aud: 'maps', sub, acr, amr, auth_time, ds_hash });
    expect(theirs.sid).not.toBe(mine.sid);
    expect('nonce' in theirs).toBe(false);
    expect((await acme.client('maps').userinfo(body.access_token)).body).toEqual({
      sub,
      email: USER,
      email_verified: true,
    });
    const refreshed = await acme.client('maps').refresh(body.refresh_token);
    expect(refreshed.status).toBe(200);
    expect(claimsOf(refreshed.body.id_token)).toMatchObject({ sub, sid: theirs.sid });
  });

  test('the tokens of the second app let in a third', async () => {
    const { body } = await acme.share(first);
    const { status, body: third } = await acme.share(body, {}, 'notes');
    expect(status).toBe(200);
    expect(claimsOf(third.id_token)).toMatchObject({ aud: 'notes', sub: claimsOf(first.id_token).sub });
  });

  test('an app that has a secret proves it; a pairwise one knows the user by its own name', async () => {
    expect(claimsOf((await acme.share(first, {}, 'shop')).body.id_token)).toMatchObject({ aud: 'shop' });
    const { body } = await acme.share(first, {}, 'pairwise');
    const { sub } = claimsOf(body.id_token);
    expect(sub).not.toBe(claimsOf(first.id_token).sub);
    const { body: onward } = await acme.share(body, {}, 'notes');
    expect(claimsOf(onward.id_token).sub).toBe(claimsOf(first.id_token).sub);
  });

  test('an expired ID token is good as long as the session lives', async () => {
    const tokens = await acme.signIn();
    moveClock(2 * 3600);
    expect(claimsOf(tokens.id_token).exp * 1000).toBeLessThan(Date.now());
    expect((await acme.share(tokens)).status).toBe(200);
  });

  test('a token for an API', async () => {
    const { body } = await acme.share(first, { scope: 'openid read', resource: API });
    expect(claimsOf(body.access_token)).toMatchObject({ aud: API, client_id: 'maps', scope: 'read' });
    expect(claimsOf(body.id_token).aud).toBe('maps');
  });

  test('without a scope there is what is registered for the app, else the name of the user alone', async () => {
    expect((await acme.share(first, { scope: '' }, 'narrow')).body.scope).toBe('openid email');
    expect((await acme.share(first, { scope: '' })).body.scope).toBe('openid');
  });

  test('offline_access is ignored: nobody is asked', async () => {
    const { body } = await acme.share(first, { scope: 'openid offline_access' });
    expect(body.scope).toBe('openid');
  });

  test('DPoP binds what the app gets', async () => {
    const dpop = prover()(toToken(acme.tenant.issuer));
    const { body } = await acme.share(first, { scope: 'openid read', resource: API }, 'maps', { dpop });
    expect(body.token_type).toBe('DPoP');
    expect(claimsOf(body.access_token).cnf).toEqual({ jkt: expect.any(String) });
    // RFC 9449 5: that of a client without a secret, too.
    expect((await acme.client('maps').refresh(body.refresh_token)).status).toBe(400);
  });

  test('one sign-in has many secrets; who brings his own keeps it', async () => {
    const agent = acme.agent();
    const [one, two] = [await acme.signIn('mail', {}, agent), await acme.signIn('mail', {}, agent)];
    expect(two.device_secret).not.toBe(one.device_secret);
    const redemption = async (params = {}) =>
      newCode(agent, acme.client('notes'), { scope: 'openid device_sso', ...params });
    const redeem = async (device_secret: string) =>
      (await acme.client('notes').token({ ...(await redemption()), device_secret })).body;
    const kept = await redeem(one.device_secret);
    expect(kept.device_secret).toBe(one.device_secret);
    expect(claimsOf(kept.id_token).ds_hash).toBe(claimsOf(one.id_token).ds_hash);
    for (const strange of [first.device_secret, 'ds_nobody', 'x'.repeat(2000)]) {
      const { device_secret } = await redeem(strange);
      expect(device_secret).toMatch(/^ds_/);
      expect(device_secret).not.toBe(strange);
    }
  });

  test('consent that was given before is good; what was not is refused', async () => {
    const { body } = await acme.share(first, {}, 'asking');
    expect([body.error, body.scope]).toEqual(['invalid_scope', 'openid email']);
    await acme.signIn('asking', { scope: 'openid email' });
    expect((await acme.share(first, {}, 'asking')).status).toBe(200);
    expect((await acme.share(first, { scope: 'openid profile' }, 'asking')).body).toMatchObject({
      error: 'invalid_scope',
      scope: 'profile',
    });
    expect((await acme.share(first, { scope: 'openid read', resource: API }, 'asking')).body).toMatchObject({
      error: 'invalid_scope',
      scope: 'read',
    });
  });

  test('the consent page says what device_sso is', async () => {
    const page = await acme.agent().get(acme.client('asking').begin({ scope: 'openid device_sso' }).url);
    expect(page.status).toBe(200);
    const tokens = await acme.signIn('asking');
    expect((await acme.share(tokens)).status).toBe(200);
  });

  test('each is one event', async () => {
    const tokens = await acme.signIn();
    await acme.share(tokens, {}, 'notes');
    const { sub } = claimsOf(tokens.id_token);
    const event = await eventually(async () =>
      (await gatehouse.services.audit.find('acme', { limit: 50 })).items.find(
        ({ type, clientId, details }) =>
          type === 'session.shared' && clientId === 'notes' && details?.subjectClient === 'mail',
      ),
    );
    expect(event).toMatchObject({ actor: sub, details: { scope: 'openid email', session: expect.any(String) } });
    expect(gatehouse.logged()).not.toContain(tokens.device_secret);
  });

  test('an app revokes the secret (RFC 7009), its tokens stay', async () => {
    const tokens = await acme.signIn();
    const { body } = await acme.share(tokens);
    expect((await acme.client('foreign').revoke(tokens.device_secret)).status).toBe(200);
    expect((await acme.share(tokens)).status).toBe(200);
    expect((await acme.client('maps').revoke(tokens.device_secret)).status).toBe(200);
    expect((await acme.share(tokens)).body.error).toBe('invalid_grant');
    expect((await acme.client('maps').userinfo(body.access_token)).status).toBe(200);
  });

  describe('discovery', () => {
    test('says that it is there, only where it is', async () => {
      const { body } = await acme.client('mail').get('/.well-known/openid-configuration');
      expect(body).toMatchObject({ native_sso_supported: true });
      expect(body.scopes_supported).toContain('device_sso');
      expect(body.claims_supported).toEqual(expect.arrayContaining(['ds_hash', 'sid']));
      expect(body.grant_types_supported).toContain('urn:ietf:params:oauth:grant-type:token-exchange');
      await gatehouse.tenant({ id: 'plain', settings: { signing: { algorithms: ['ES256'] } } });
      const plain = await fetch(`${gatehouse.url}/t/plain/.well-known/openid-configuration`);
      const said = (await plain.json()) as Record<string, unknown>;
      expect('native_sso_supported' in said).toBe(false);
      expect(said.scopes_supported).not.toContain('device_sso');
    });

    test('clients: only who runs the tenant gives it, and not to one that is untrusted', async () => {
      const { clients } = gatehouse.services;
      const bad = app('bad', { untrusted: true, skip_consent: false });
      await expect(clients.create(acme.tenant, bad)).rejects.toThrow(/native_sso must not be true/);
      await expect(clients.create(acme.tenant, app('bad', { native_sso: 'yes' }))).rejects.toThrow(/true or false/);
    });
  });
});
