import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { TenantSettingsInput } from '../../src/tenants/settings.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { startChromium } from '../support/chromium.ts';
import { describeWith } from '../support/engines.ts';
import { eventually } from '../support/eventually.ts';
import { fakeSaml, response } from '../support/fake-saml.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import type { TestGatehouse } from '../support/gatehouse.ts';
import { startHttpServer } from '../support/http-server.ts';
import { accessibilityOf, complaintsOf, picture, scrollsSideways, weightOf } from '../support/page-checks.ts';
import { webClient } from '../support/relying-party.ts';
import { authorizationUrl } from '../support/stage.ts';
import { startWithUpstreams, tenantWith } from '../support/upstream-pages.ts';
import { oidcUpstream } from '../support/upstream-stage.ts';

/** There and back in Chromium, whose rules for cookies and forms decide whether it works: providers are other sites to it. */

type UpstreamInput = NonNullable<TenantSettingsInput['upstreams']>[number];

const looks: [string, BrowserContextOptions][] = [
  ['light', {}],
  ['dark', { colorScheme: 'dark' }],
  ['phone', { viewport: { width: 320, height: 640 }, hasTouch: true }],
];

describeWith('browser', 'sign-in by other providers', () => {
  let gatehouse: TestGatehouse;
  let browser: Browser;
  let application: Awaited<ReturnType<typeof startHttpServer>>;
  let callback: string;
  let fake: FakeUpstream;
  beforeAll(async () => {
    gatehouse = await startWithUpstreams({ GATEHOUSE_SAML: 'true' });
    application = await startHttpServer();
    callback = `${application.url}/cb`;
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await gatehouse?.stop();
    await application?.stop();
  });
  beforeEach(async () => {
    fake = await startFakeUpstream();
    fake.state.user = { sub: 'lin', email: 'lin@example.com', email_verified: true, name: 'Lin' };
  });

  let page: Page;
  let complaints: string[];
  afterEach(async () => {
    await page.context().close();
    await fake.stop();
  });

  async function open(options: BrowserContextOptions = {}) {
    const context = await browser.newContext(options);
    page = await context.newPage();
    complaints = complaintsOf(page);
  }

  async function setUp(...upstreams: UpstreamInput[]): Promise<Tenant> {
    const acme = oidcUpstream(fake, { trust: { email_verified: 'claim' }, logout: true });
    const tenant = await tenantWith(gatehouse, upstreams.length > 0 ? upstreams : [acme]);
    const client = { client_name: 'Paper Boat', skip_consent: true, redirect_uris: [callback] };
    await gatehouse.services.clients.create(tenant, webClient('boat', client));
    return tenant;
  }
  const begin = ({ issuer }: Tenant) =>
    page.goto(authorizationUrl(issuer, { client_id: 'boat', redirect_uri: callback }));
  async function arrived() {
    await eventually(() => page.url().startsWith(callback) && page.url().includes('code='));
    await page.waitForLoadState();
  }

  test.each([true, false])('there and back by itself, with script: %s', async (javaScriptEnabled) => {
    await open({ javaScriptEnabled });
    await begin(await setUp());
    await page.check('#remember');
    await page.click('button[value=acme]');
    await arrived();
    expect(complaints).toEqual([]);
    const session = (await page.context().cookies()).find(({ name }) => name === 'session');
    expect((session?.expires ?? 0) > 0).toBe(javaScriptEnabled);
    // The page in between is no place to come back to.
    await page.goBack();
    expect(page.url()).not.toContain('/upstream');
  });

  test('an answer that another site posts finds the cookies of the sign-in', async () => {
    const idp = fakeSaml();
    const there = await startHttpServer();
    const sso_uri = `${there.url}/sso`;
    there.state.answer = ({ path }, res) => {
      if (!path.startsWith('/sso?')) return void res.writeHead(404).end();
      const { said, relayState } = idp.read(`${there.url}${path}`);
      const SAMLResponse = Buffer.from(response(idp.assertion(said), said)).toString('base64');
      const input = (name: string, value: string) => `<input type="hidden" name="${name}" value="${value}">`;
      res.setHeader('content-type', 'text/html');
      res.end(
        `<form method="post" action="${said.recipient}">${input('SAMLResponse', SAMLResponse)}${input('RelayState', relayState)}<button>On</button></form>`,
      );
    };
    const trust = { email_verified: 'always' as const, domains: ['example.com'] };
    const corp = { id: 'corp', name: 'Corp', type: 'saml' as const, saml: { ...idp.settings, sso_uri }, trust };
    await open({ javaScriptEnabled: false });
    const tenant = await setUp({ ...corp, linking: 'verified_email' });
    await begin(tenant);
    await page.click('button[value=corp]');
    await page.click('text=On');
    await arrived();
    expect((await fetch(`${tenant.issuer}/upstream/corp/metadata`)).headers.get('content-type')).toMatch(
      /samlmetadata/,
    );
    await there.stop();
  });

  test.each(looks)('looks: %s', async (look, options) => {
    await open(options);
    const google = oidcUpstream(fake, { id: 'google', name: 'Google', trust: { email_verified: 'claim' } });
    const corp = oidcUpstream(fake, { id: 'corp', name: 'Example Corporation', trust: { email_verified: 'claim' } });
    const tenant = await setUp(google, { ...corp, logout: true });
    const seen = async (name: string) => {
      await picture(page, `upstream-${name}-${look}`);
      expect(await scrollsSideways(page)).toBe(false);
      expect((await weightOf(page)).total).toBeLessThan(60_000);
      if (look !== 'phone') expect(await accessibilityOf(page)).toEqual([]);
    };
    await page.context().addCookies([{ name: 'way', value: 'upstream.corp', url: tenant.issuer }]);
    await begin(tenant);
    await seen('first');

    fake.state.error = 'access_denied';
    await page.click('button[value=google]');
    await page.waitForSelector('[role=alert]');
    await seen('refused');
    fake.state.error = undefined;

    // Stays where it would go on.
    await page.route(`${fake.issuer}/**`, (route) => route.fulfill({ status: 204 }));
    await page.click('button[value=google]');
    await page.waitForSelector('a.button');
    await seen('go');
    await page.unroute(`${fake.issuer}/**`);

    fake.state.user = { sub: 'ada', email: 'ada@example.com', email_verified: true };
    await begin(tenant);
    await page.click('button[value=google]');
    await page.waitForSelector('.person');
    await seen('account');

    fake.state.user = { sub: 'liz', email: 'liz@example.com', email_verified: false };
    await begin(tenant);
    await page.click('button[value=google]');
    await page.waitForSelector('#code');
    await seen('email');

    fake.state.user = { sub: 'lin', email: 'lin@example.com', email_verified: true };
    await begin(tenant);
    await page.click('button[value=corp]');
    await arrived();
    await page.goto(`${tenant.issuer}/session/end`);
    await page.route(`${fake.issuer}/**`, (route) => route.fulfill({ status: 204 }));
    await page.click('button[value=yes]');
    await page.waitForSelector('a.button');
    await seen('sign-out');
  });
});
