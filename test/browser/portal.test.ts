import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { Browser, BrowserContextOptions, CDPSession, Page } from 'playwright-core';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { appCode } from '../support/authenticator-app.ts';
import { startChromium } from '../support/chromium.ts';
import { backchannel, cibaClient } from '../support/ciba.ts';
import { describeWith } from '../support/engines.ts';
import { eventually } from '../support/eventually.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { accessibilityOf, picture, scrollsSideways, weightOf } from '../support/page-checks.ts';
import { PASSWORD, webClient } from '../support/relying-party.ts';
import { signedIn } from '../support/stage.ts';

/** The user's own pages in Chromium. */

/** What has colours of its own: the rest is made of the same. */
const DARK = ['overview', 'sessions', 'passkey', 'password-refused'];

const ADA = 'ada@example.com';
const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1';

describeWith('browser', 'the pages of an account', () => {
  let gatehouse: TestGatehouse;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    gatehouse = await startGatehouse();
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await gatehouse?.stop();
  });
  afterEach(() => page?.context().close());

  let count = 0;
  async function setTenant(): Promise<{ tenant: Tenant; ada: string }> {
    count += 1;
    const tenant = await gatehouse.tenant({
      id: `t${count}`,
      name: 'Acme Inc',
      settings: {
        passkeys: { offer_after_password: false },
        signing: { algorithms: ['ES256'] },
        sms: { countries: ['DE'] },
        authentication: { second_factors: ['passkey', 'totp', 'sms_code', 'recovery_code'] },
      },
    });
    const { accounts, clients } = gatehouse.services;
    await clients.create(tenant, webClient('boat', { client_name: 'Paper Boat', skip_consent: true }));
    const known = { email: ADA, email_verified: true, name: 'Ada Lovelace' };
    const { id } = await accounts.create(tenant, { ...known, password: PASSWORD });
    return { tenant, ada: id };
  }

  async function open(options: BrowserContextOptions = {}): Promise<{ keys: () => Promise<unknown[]> }> {
    const context = await browser.newContext(options);
    page = await context.newPage();
    const cdp: CDPSession = await context.newCDPSession(page);
    await cdp.send('WebAuthn.enable', { enableUI: false });
    const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        ctap2Version: 'ctap2_1',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    return { keys: async () => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials };
  }

  async function signIn({ issuer }: Tenant, path = ''): Promise<void> {
    await page.goto(`${issuer}/account${path}`);
    await page.fill('#identifier', ADA);
    await page.fill('#password', PASSWORD);
    await page.click('button.primary');
    await page.waitForURL(`${issuer}/account${path}`);
  }

  test('a passkey is made, named anew and removed, which the authenticator hears of', async () => {
    const { tenant, ada } = await setTenant();
    const { keys } = await open();
    await signIn(tenant, '/passkeys');
    await page.click('a.button');
    await page.fill('#name', 'Work laptop');
    await page.click('button.primary');
    await page.waitForURL(`${tenant.issuer}/account/passkeys`);
    expect(await page.textContent('.notice.success')).toContain('Work laptop');
    expect(await gatehouse.services.passkeys.list(tenant, ada)).toMatchObject([{ name: 'Work laptop' }]);
    expect(await keys()).toHaveLength(1);

    await page.click('.row a');
    await page.fill('#name', 'Old laptop');
    await page.click('button.primary');
    await page.click('.row a');
    await page.click('button.danger');
    await page.waitForURL(`${tenant.issuer}/account/passkeys`);
    expect(await page.textContent('.notice.success')).toContain('Old laptop');
    expect(await gatehouse.services.passkeys.list(tenant, ada)).toEqual([]);
    await eventually(async () => (await keys()).length === 0);
  });

  const phone = { viewport: { width: 320, height: 640 }, hasTouch: true };
  test.each<[string, BrowserContextOptions]>([
    ['light', {}],
    ['dark', { colorScheme: 'dark' }],
    ['phone', { ...phone, locale: 'de' }],
    ['arabic', { ...phone, locale: 'ar' }],
  ])('the pages are sound, %s', async (look, options) => {
    const { tenant, ada } = await setTenant();
    await open(options);
    const looked = async (name: string) => {
      await picture(page, `portal-${name}-${look}`);
      expect([name, await scrollsSideways(page)]).toEqual([name, false]);
      // Widths and words change nothing that axe-core looks at.
      if (look === 'light' || (look === 'dark' && DARK.includes(name)))
        expect([name, await accessibilityOf(page)]).toEqual([name, []]);
      const { total, script } = await weightOf(page);
      expect([name, total < 60_000, script < 15_000]).toEqual([name, true, true]);
      expect([name, (await page.locator('.primary, .button').count()) < 2]).toEqual([name, true]);
    };
    const go = async (path: string) => {
      await page.goto(`${tenant.issuer}/account${path}`);
      await looked(path.slice(1).replaceAll('/', '-') || 'overview');
    };
    await signedIn(tenant.issuer, { headers: { 'user-agent': SAFARI }, params: { client_id: 'boat' } });
    await signIn(tenant);
    await looked('overview-new');
    for (const path of ['/passkeys', '/phones', '/phones/new', '/recovery-codes', '/links', '/devices']) await go(path);
    await go('/passkeys/new');
    await page.click('button.primary');
    await page.waitForURL(`${tenant.issuer}/account/passkeys`);
    await looked('passkeys-one');
    await page.click('.row a');
    await looked('passkey');
    await go('/authenticators/new');
    await page.click('summary');
    await page.fill('#code', appCode((await page.textContent('.secret'))!));
    await page.click('button.primary');
    await page.waitForURL(`${tenant.issuer}/account/authenticators`);
    await looked('authenticators-one');
    await page.click('.row a');
    await looked('authenticator');
    await go('/recovery-codes');
    await page.click('button.primary');
    await looked('recovery-codes-shown');
    await gatehouse.services.trustedDevices.trust(tenant, ada, {
      origin: { country: 'DE', userAgent: await page.evaluate('navigator.userAgent') },
      days: 30,
    });
    await gatehouse.services.clients.create(tenant, cibaClient('support'));
    await backchannel(tenant).ask({ binding_message: 'Order 4711' });
    await page.goto(`${tenant.issuer}/account`);
    await looked('overview-asked');
    await go('/requests');
    await page.click('button.secondary');
    await looked('requests-refused');
    for (const path of ['', '/sessions', '/apps', '/devices', '/password', '/email', '/email/code', '/deactivate'])
      await go(path);
    await page.click('button.primary');
    await looked('deactivate-refused');
    await page.goto(`${tenant.issuer}/account/password`);
    await page.fill('#password', 'password');
    await page.click('button.primary');
    await looked('password-refused');
    await page.goto(`${tenant.issuer}/account/callback?error=access_denied&state=/account/passkeys`);
    await looked('not-confirmed');
    await page.goto(`${tenant.issuer}/account/password`);
    await page.fill('#password', 'a horse that was never a staple');
    await page.click('button.primary');
    await looked('password-changed');
  });
});
