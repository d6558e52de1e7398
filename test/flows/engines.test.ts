import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as jose from 'jose';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { describeOnBoth } from '../support/cluster.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { inhabited } from '../support/inhabited.ts';
import { basic, rawClient, USER } from '../support/raw-client.ts';
import { call, managed, register, WEB } from '../support/registration.ts';
import { CALLBACK, goThrough, type RelyingParty, relyingParty } from '../support/relying-party.ts';
import { serviceProvider } from '../support/saml-sp.ts';
import { signIn as signInOn } from '../support/stage.ts';
import { goesOnTo } from '../support/upstream-pages.ts';
import { createUserAgent } from '../support/user-agent.ts';

describeOnBoth('the life of a sign-in', (stores) => {
  let gatehouse: TestGatehouse;
  let acme: Tenant;
  let party: RelyingParty;
  const agent = createUserAgent({ stopAt: CALLBACK.replace('/cb', '/') });

  beforeAll(async () => {
    gatehouse = await startGatehouse({ ...stores(), GATEHOUSE_SAML: 'true' });
    acme = await inhabited(gatehouse, 'acme');
    party = await relyingParty(acme.issuer, 'web');
  });
  afterAll(() => gatehouse.stop());

  async function signIn(params: Record<string, string> = {}) {
    const { url, checks } = await party.begin(params);
    const page = await goThrough(agent, url, USER);
    return { page, tokens: await party.redeem(page.url, checks), checks };
  }

  test('from the first page to the last token, and out again', async () => {
    const { page, tokens, checks } = await signIn();
    expect(page.trail.some(({ url }) => url.includes('/interaction/'))).toBe(true);
    const jwks = jose.createRemoteJWKSet(new URL(`${acme.issuer}/jwks`));
    const { payload } = await jose.jwtVerify(tokens.id_token!, jwks, { issuer: acme.issuer, audience: 'web' });
    expect(payload.nonce).toBe(checks.expectedNonce);
    const { sub } = tokens.claims()!;
    expect(await party.userinfo(tokens.access_token, sub)).toMatchObject({ sub, email: USER, name: 'Ada Lovelace' });

    // The code was used; a second time ends what came of it.
    await expect(party.redeem(page.url, checks)).rejects.toMatchObject({ error: 'invalid_grant' });
    expect(await party.introspect(tokens.access_token)).toEqual({ active: false });

    // The session is there, the consent too: no page is shown.
    const again = await signIn();
    expect(again.page.trail.some(({ url }) => url.includes('/interaction/'))).toBe(false);
    expect(again.tokens.claims()!.sub).toBe(sub);
    const refreshed = await party.refresh(again.tokens.refresh_token!);
    expect(await party.introspect(refreshed.access_token)).toMatchObject({ active: true, client_id: 'web', sub });
    await party.revoke(refreshed.refresh_token!);
    await expect(party.refresh(refreshed.refresh_token!)).rejects.toMatchObject({ error: 'invalid_grant' });

    const last = await signIn();
    const end = `${acme.issuer}/session/end?${new URLSearchParams({
      id_token_hint: last.tokens.id_token!,
      post_logout_redirect_uri: CALLBACK.replace('/cb', '/bye'),
      state: 'bye',
    })}`;
    const out = await agent.submit(await agent.get(end), { logout: 'yes' });
    expect(out.url).toBe(`${CALLBACK.replace('/cb', '/bye')}?state=bye`);
    expect(await party.introspect(last.tokens.access_token)).toEqual({ active: false });
    await expect(party.refresh(last.tokens.refresh_token!)).rejects.toMatchObject({ error: 'invalid_grant' });
    expect((await agent.get((await party.begin()).url)).body).toContain('name="password"');
  });

  test('by a pushed request, once', async () => {
    const { url, checks } = await party.begin();
    const pushed = await party.push(url);
    const page = await goThrough(agent, pushed, USER);
    expect((await party.redeem(page.url, checks)).claims()).toMatchObject({ aud: 'web' });
    const again = await agent.get(pushed);
    expect([again.status, again.body]).toEqual([400, expect.stringContaining('invalid_request_uri')]);
  });

  test('a client registers itself, changes, rotates its secret, and is gone', async () => {
    const { clients, initialTokens } = gatehouse.services;
    const { token } = await initialTokens.create(acme, { uses: 2 });
    const race = await Promise.all(Array.from({ length: 10 }, () => register(acme, WEB, token)));
    expect(race.map(({ status }) => status).sort()).toEqual([201, 201, ...Array(8).fill(401)]);
    const [answer, other] = race.filter(({ status }) => status === 201);
    const client = managed(answer!);
    const changes = await Promise.all(
      Array.from({ length: 10 }, () =>
        call(client.url, 'PUT', client.token(), { ...WEB, client_id: answer!.body.client_id }),
      ),
    );
    expect(changes.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(401)]);
    const changed = managed(changes.find(({ status }) => status === 200)!);

    const { client_id, client_secret } = answer!.body;
    const { secret } = await clients.rotateSecret(acme, client_id, 600);
    for (const shown of [client_secret, secret]) {
      const { redemption, url } = rawClient(acme.issuer, client_id).begin();
      const page = await goThrough(createUserAgent({ stopAt: CALLBACK }), url, USER);
      const code = new URL(page.url).searchParams.get('code')!;
      const { token: redeem } = rawClient(acme.issuer, client_id, { headers: basic(client_id, shown) });
      expect((await redeem({ ...redemption, code })).status).toBe(200);
    }
    const count = () => clients.count(acme, { field: 'origin', equals: 'registration' });
    expect(await count()).toBe(2);
    expect([(await changed.remove()).status, (await managed(other!).remove()).status]).toEqual([204, 204]);
    expect([await count(), (await changed.read()).status]).toEqual([0, 401]);
  });

  test('in and out of a service provider of SAML, by each of its messages once', async () => {
    const { tenants, resolver, clients } = gatehouse.services;
    const { settings } = (await tenants.get('acme'))!;
    await tenants.change('acme', { settings: { ...settings, saml: { enabled: true } } });
    resolver.drop('acme');
    const sp = serviceProvider((await resolver.byId('acme'))!, 'hr');
    await clients.create(acme, sp.client());
    await expect(clients.create(acme, { ...sp.client(), client_id: 'hr2' })).rejects.toThrow('that of the client');

    const browser = createUserAgent();
    const url = await sp.begin();
    const tries = await Promise.all(Array.from({ length: 10 }, () => fetch(url, { redirect: 'manual' })));
    expect(tries.map(({ status }) => status).sort()).toEqual([303, ...Array(9).fill(400)]);
    const { profile } = await sp.accept(await signInOn(browser, await browser.get(await sp.begin()), USER));
    const out = await browser.get(await sp.library.getLogoutUrlAsync(profile, '', {}));
    expect(goesOnTo(out)).toContain(`${sp.slo}?SAMLResponse=`);
    expect((await browser.get(await sp.begin())).body).toContain('name="password"');
  });

  test('what was answered is on record', async () => {
    const { items } = await gatehouse.services.audit.find('acme', { limit: 1000 });
    const types = new Set(items.map(({ type }) => type));
    expect([...types]).toEqual(
      expect.arrayContaining(['sign_in.succeeded', 'token.reuse_detected', 'grant.revoked', 'session.ended']),
    );
  });
});
