import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { framesOf, goesOnTo } from '../support/frames.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { MARKUP } from '../support/hostile.ts';
import { dangers, elementsOf } from '../support/html.ts';
import { inhabited } from '../support/inhabited.ts';
import { managed, register, WEB } from '../support/registration.ts';
import { webClient } from '../support/relying-party.ts';
import { answerOf, authorizationUrl, BYE, goOn, type Stage, setStage, signedIn, userAgent } from '../support/stage.ts';
import { createUserAgent, type Page, type UserAgent } from '../support/user-agent.ts';

/** T051: what clients have our page load in a user's browser, and where it leads. */

const AT = 'https://app.example.com';

describe('addresses that no client may have framed', () => {
  let gatehouse: TestGatehouse;
  let acme: Tenant;
  beforeAll(async () => {
    gatehouse = await startGatehouse();
    acme = await inhabited(gatehouse, 'acme', { protocol: { client_registration: { mode: 'open' } } });
  });
  afterAll(() => gatehouse.stop());

  const HOSTILE = [
    'javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'blob:https://app.example.com/x',
    'vbscript:x',
    'file:///etc/passwd',
    'about:blank',
    'com.example.app:/logout',
    'http://app.example.com/logout',
    'https://evil.example/logout',
    'https://app.example.com:8443/logout',
    'https://app.example.com.evil.example/logout',
    'https://app.example.com@evil.example/logout',
    'https://evil.example\\@app.example.com/logout',
    'https://app.example.com/logout#x',
    '//app.example.com/logout',
    '/logout',
    ['https://app.example.com/logout'],
    42,
  ];

  test.each(HOSTILE)('%j', async (frontchannel_logout_uri) => {
    const refusal = {
      status: 400,
      body: {
        error: 'invalid_client_metadata',
        error_description: expect.stringContaining('/frontchannel_logout_uri'),
      },
    };
    expect(await register(acme, { ...WEB, frontchannel_logout_uri })).toMatchObject(refusal);
    const create = gatehouse.services.clients.create(acme, webClient('hostile', { frontchannel_logout_uri }));
    await expect(create).rejects.toMatchObject({ code: 'invalid_input' });
  });

  test('nor change to, nor leave behind with other redirect URIs', async () => {
    const frontchannel_logout_uri = `${AT}/logout`;
    const client = managed(await register(acme, { ...WEB, frontchannel_logout_uri }));
    for (const change of [
      { ...WEB, frontchannel_logout_uri: 'https://evil.example/logout' },
      { redirect_uris: ['https://other.example.com/cb'], frontchannel_logout_uri },
    ])
      expect((await client.replace(change)).status).toBe(400);
    expect((await client.read()).body).toMatchObject({ ...WEB, frontchannel_logout_uri });
  });
});

describe('the page with the frames', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage();
    for (const tenant of [stage.acme, stage.globex])
      await stage.services.clients.create(
        tenant,
        webClient('framed', {
          skip_consent: true,
          frontchannel_logout_uri: `${AT}/${tenant.id}?x="><script>alert(1)</script>&amp;'`,
          frontchannel_logout_session_required: true,
        }),
      );
  });
  afterAll(() => stage.stop());

  const end = ({ issuer }: Tenant, params: Record<string, string> = {}) =>
    `${issuer}/session/end?${new URLSearchParams({ client_id: 'framed', ...params })}`;
  const reach = async ({ issuer }: Tenant) => (await signedIn(issuer, { params: { client_id: 'framed' } })).agent;
  const isSignedIn = async ({ issuer }: Tenant, agent: UserAgent) =>
    'code' in answerOf(await agent.get(authorizationUrl(issuer, { client_id: 'framed', prompt: 'none' })));
  const logOut = async (tenant: Tenant, agent: UserAgent, params?: Record<string, string>) =>
    agent.submit(await agent.get(end(tenant, params)), { logout: 'yes' });
  /** But for the frames, which are at the addresses of clients. */
  const dangersOf = (page: Page) => dangers(page.body, ['app.example.com']).filter((danger) => danger !== '<iframe>');

  test('has clients of this tenant, and no others', async () => {
    const both = createUserAgent({ stopAt: 'https://app.example.com/' });
    both.setCookies([...(await reach(stage.acme)).cookies(), ...(await reach(stage.globex)).cookies()]);
    const page = await logOut(stage.acme, both);
    const [frame, ...more] = framesOf(page).map((uri) => new URL(uri));
    expect(more).toEqual([]);
    expect(frame!.pathname).toBe('/acme');
    expect(frame!.searchParams.get('iss')).toBe(stage.acme.issuer);
    expect(await isSignedIn(stage.acme, both)).toBe(false);
    expect(await isSignedIn(stage.globex, both)).toBe(true);
  });

  test('names the session of this browser alone', async () => {
    const [mine, other] = [await reach(stage.acme), await reach(stage.acme)];
    const sidIn = (page: Page) => new URL(framesOf(page)[0]!).searchParams.get('sid');
    const first = sidIn(await logOut(stage.acme, mine));
    expect(await isSignedIn(stage.acme, other)).toBe(true);
    const second = sidIn(await logOut(stage.acme, other));
    expect([first, second]).toEqual([expect.any(String), expect.any(String)]);
    expect(first).not.toBe(second);
  });

  test('shows what clients say as they say it', async () => {
    const page = await logOut(stage.acme, await reach(stage.acme));
    expect(framesOf(page)[0]).toMatch(`${AT}/acme?x="><script>alert(1)</script>&amp;'&iss=`);
    expect(dangersOf(page)).toEqual([]);
    expect(page.headers.get('content-security-policy')).toContain(`; frame-src ${AT};`);
  });

  test.each(MARKUP)('goes on with the state %j', async (state) => {
    const page = await logOut(stage.acme, await reach(stage.acme), { post_logout_redirect_uri: BYE, state });
    const goal = new URL(goesOnTo(page)!);
    expect([goal.origin + goal.pathname, goal.searchParams.get('state')]).toEqual([BYE, state]);
    expect(dangersOf(page)).toEqual([]);
  });

  test.each([
    'https://evil.example/',
    'javascript:alert(1)',
    'https://app.example.com/acme',
    'https://app.example.com/bye?next=https://evil.example',
  ])('does not lead to %s', async (post_logout_redirect_uri) => {
    const agent = await reach(stage.acme);
    const refused = await agent.get(end(stage.acme, { post_logout_redirect_uri }));
    expect(refused).toMatchObject({ status: 400, trail: { length: 1 } });
    // Without a client to ask, the address is forgotten.
    const asked = await agent.get(
      `${stage.acme.issuer}/session/end?${new URLSearchParams({ post_logout_redirect_uri })}`,
    );
    expect(goesOnTo(await agent.submit(asked, { logout: 'yes' }))).toBe(`${stage.acme.issuer}/session/end/success`);
  });

  test('has no address that a stranger could be sent to', async () => {
    const agent = await reach(stage.acme);
    const page = await logOut(stage.acme, agent, { post_logout_redirect_uri: BYE });
    expect(page.url).toBe(`${stage.acme.issuer}/session/end/confirm`);
    for (const who of [agent, userAgent()]) {
      const got = await who.get(page.url);
      expect(got).toMatchObject({ status: 404, trail: { length: 1 } });
      expect([framesOf(got), goesOnTo(got)]).toEqual([[], undefined]);
    }
  });

  test('is not had by another site’s form, nor twice', async () => {
    const agent = await reach(stage.acme);
    const asked = await agent.get(end(stage.acme, { post_logout_redirect_uri: BYE }));
    const forged = await agent.post(`${stage.acme.issuer}/session/end/confirm`, { xsrf: 'x', logout: 'yes' });
    expect([forged.status, framesOf(forged), goesOnTo(forged)]).toEqual([400, [], undefined]);
    expect(await isSignedIn(stage.acme, agent)).toBe(true);
    expect(framesOf(await agent.submit(asked, { logout: 'yes' }))).toHaveLength(1);
    const again = await agent.submit(asked, { logout: 'yes' });
    expect([again.status, framesOf(again), goesOnTo(again)]).toEqual([400, [], undefined]);
  });

  test('is not shown where nobody is signed in', async () => {
    const agent = userAgent();
    const page = await goOn(agent, await agent.get(end(stage.acme, { post_logout_redirect_uri: BYE })));
    expect(page.url).toBe(BYE);
  });

  test('is framed by nobody, and loads no script of others', async () => {
    const page = await logOut(stage.acme, await reach(stage.acme));
    expect(page.headers.get('x-frame-options')).toBe('DENY');
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    const policy = page.headers.get('content-security-policy')!;
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("script-src 'self';");
    const scripts = elementsOf(page.body).filter(({ name }) => name === 'script');
    expect(scripts.every(({ attributes }) => attributes.src?.startsWith('/t/acme/assets/'))).toBe(true);
  });
});
