import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContextOptions, CDPSession, Page } from 'playwright-core';
import type { TenantSettingsInput } from '../../src/tenants/settings.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { appCode } from '../support/authenticator-app.ts';
import { startChromium } from '../support/chromium.ts';
import { restoreClock } from '../support/clock.ts';
import { describeWith } from '../support/engines.ts';
import { eventually } from '../support/eventually.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { startHttpServer } from '../support/http-server.ts';
import { accessibilityOf, picture, scrollsSideways, weightOf } from '../support/page-checks.ts';
import { PASSWORD, webClient } from '../support/relying-party.ts';
import { enrolApp } from '../support/second-factor.ts';
import { authorizationUrl } from '../support/stage.ts';

/** Sign-ins by passkeys, and passkeys that are made on the way, in Chromium with its virtual authenticator. */

const ADA = 'ada@example.com';
type Authentication = NonNullable<TenantSettingsInput['authentication']>;

describeWith('browser', 'passkeys in a sign-in', () => {
  let gatehouse: TestGatehouse;
  let browser: Browser;
  let application: Awaited<ReturnType<typeof startHttpServer>>;
  let callback: string;
  beforeAll(async () => {
    gatehouse = await startGatehouse();
    application = await startHttpServer();
    callback = `${application.url}/cb`;
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await gatehouse?.stop();
    await application?.stop();
  });

  let count = 0;
  /** A tenant, and Ada with a password or without. */
  async function setTenant(
    authentication: Authentication = {},
    { password = PASSWORD, offers = false }: { password?: string; offers?: boolean } = {},
  ) {
    count += 1;
    const tenant = await gatehouse.tenant({
      id: `t${count}`,
      name: 'Acme Inc',
      settings: {
        signing: { algorithms: ['ES256'] },
        authentication,
        sms: { countries: ['DE'] },
        passkeys: { offer_after_password: offers },
      },
    });
    const { accounts, clients } = gatehouse.services;
    const client = { client_name: 'Paper Boat', skip_consent: true, redirect_uris: [callback] };
    await clients.create(tenant, webClient('first-party', client));
    const known = { email: ADA, email_verified: true, name: 'Ada Lovelace' };
    const ada = await accounts.create(tenant, { ...known, ...(password && { password }) });
    return { tenant, ada: ada.id };
  }

  let page: Page;
  let cdp: CDPSession;
  let authenticatorId: string;
  afterEach(async () => {
    restoreClock();
    await page?.context().close();
  });

  async function open(options: BrowserContextOptions = {}, withAuthenticator = true) {
    const context = await browser.newContext(options);
    page = await context.newPage();
    if (!withAuthenticator) return;
    cdp = await context.newCDPSession(page);
    await cdp.send('WebAuthn.enable', { enableUI: false });
    const authenticator = {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: false,
    } as const;
    ({ authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options: authenticator }));
  }
  /** The user touches the authenticator as soon as it asks, or does not. */
  const touch = (enabled: boolean) => cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled });
  /**
   * From the next page on the user touches it for what a button asks, and for nothing else: a page that offers passkeys
   * by autofill as well would be sent on before anybody presses its button.
   */
  async function touchForButtons(): Promise<void> {
    await page.exposeFunction('touch', touch);
    await page.addInitScript(`{
      const get = navigator.credentials.get.bind(navigator.credentials);
      navigator.credentials.get = async (options) => {
        if (options.mediation) return get(options);
        await touch(true);
        return get(options).finally(() => touch(false));
      };
    }`);
  }
  const keys = async () => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials;

  const begin = ({ issuer }: Tenant, params = {}, waitUntil: 'load' | 'commit' = 'load') =>
    page.goto(authorizationUrl(issuer, { client_id: 'first-party', redirect_uri: callback, ...params }), { waitUntil });
  /** Where the page may have sent itself on before it is there. */
  const beginTouched = (tenant: Tenant, params = {}) => begin(tenant, params, 'commit');
  /** Asked again and again: on the way pages may send themselves on. */
  async function arrived() {
    await eventually(() => page.url().startsWith(callback) && page.url().includes('code='));
    await page.waitForLoadState();
  }
  const signIn = async () => {
    await page.fill('#identifier', ADA);
    await page.fill('#password', PASSWORD);
    await page.click('button.primary');
  };
  const lastSignIn = async (tenant: Tenant) => {
    const { items } = await gatehouse.services.audit.find(tenant.id, { limit: 1000 });
    return items.findLast(({ type }) => type === 'sign_in.succeeded');
  };

  /** A passkey of the authenticator for an account. */
  async function give(tenant: Tenant, id: string): Promise<string> {
    const { passkeys } = gatehouse.services;
    const ceremony = { binding: 'test', name: 'Laptop' };
    const user = { id, name: ADA, displayName: 'Ada Lovelace' };
    await page.goto(`${tenant.issuer}/jwks`);
    await touch(true);
    const response = await page.evaluate(`(async (options) => {
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
      return JSON.stringify(await navigator.credentials.create({ publicKey }));
    })(${JSON.stringify(await passkeys.registrationOptions(tenant, user, ceremony))})`);
    const made = await passkeys.register(tenant, id, response as string, ceremony);
    if (!made.ok) throw new Error(made.reason);
    await touch(false);
    return made.passkey.id;
  }

  describe('with an authenticator', () => {
    beforeEach(() => open());

    test('one is made in the sign-in that asks for it, and is a proof of it', async () => {
      const { tenant, ada } = await setTenant({ mfa: 'required' });
      await begin(tenant);
      await signIn();
      await page.click('a[href*="method=passkey"]');
      expect(await page.inputValue('#name')).toMatch(/^Chrom.* on Linux$/);
      await page.fill('#name', 'Work laptop');
      await touch(true);
      await page.click('button.primary');
      await arrived();
      expect(await gatehouse.services.passkeys.list(tenant, ada)).toMatchObject([{ name: 'Work laptop' }]);
      expect((await lastSignIn(tenant))?.details).toMatchObject({ factors: ['password', 'passkey'] });
    });

    test('the first page offers it by autofill: nobody types who he is', async () => {
      const { tenant, ada } = await setTenant();
      await give(tenant, ada);
      await touch(true);
      await beginTouched(tenant);
      await arrived();
      expect(await lastSignIn(tenant)).toMatchObject({ target: ada, details: { factors: ['passkey'] } });
    });

    test('an account that has nothing else signs in by the button, and is kept signed in as the page says', async () => {
      const { tenant, ada } = await setTenant({}, { password: '' });
      await give(tenant, ada);
      await touchForButtons();
      for (const isKept of [true, false]) {
        await begin(tenant);
        await page.setChecked('#remember', isKept);
        await page.click('form[data-passkey] button');
        await arrived();
        expect(await lastSignIn(tenant)).toMatchObject({ target: ada });
        const session = (await page.context().cookies()).find(({ name }) => name === 'session');
        expect((session?.expires ?? 0) > 0).toBe(isKept);
        await page.context().clearCookies();
      }
    });

    test('it is the second step after a password', async () => {
      const { tenant, ada } = await setTenant({ mfa: 'required' });
      await give(tenant, ada);
      await begin(tenant);
      await signIn();
      await page.waitForSelector('text=Confirm that it is you');
      await touch(true);
      await page.click('button.primary');
      await arrived();
      expect((await lastSignIn(tenant))?.details).toMatchObject({ factors: ['password', 'passkey'] });
    });

    test('one that was removed here is refused, and forgotten by the authenticator', async () => {
      const { tenant, ada } = await setTenant();
      await gatehouse.services.passkeys.remove(tenant, ada, await give(tenant, ada));
      await touchForButtons();
      await begin(tenant);
      const refused = page.waitForResponse((response) => response.status() === 401);
      await page.click('form[data-passkey] button');
      await refused;
      await page.waitForSelector('text=The passkey was not accepted');
      await eventually(async () => (await keys()).length === 0);
    });

    test('a page that was open for long asks for another challenge', async () => {
      const { tenant, ada } = await setTenant();
      await give(tenant, ada);
      await touchForButtons();
      await begin(tenant);
      await page.evaluate('{ const now = Date.now; Date.now = () => now() + 301_000; }');
      const renewed = page.waitForResponse((response) => response.url().includes('/passkey-request'));
      await page.click('form[data-passkey] button');
      expect((await renewed).status()).toBe(200);
      await arrived();
    });

    test('to be asked again is to be asked for it, whose-ever it is', async () => {
      const { tenant, ada } = await setTenant({}, { password: '' });
      await give(tenant, ada);
      await touch(true);
      await beginTouched(tenant);
      await arrived();
      await beginTouched(tenant, { max_age: '0' });
      await arrived();
      expect(await lastSignIn(tenant)).toMatchObject({ target: ada, details: { factors: ['passkey'] } });
    });

    test('who chooses another account signs in by a passkey of that one', async () => {
      const { tenant, ada } = await setTenant({ mfa: 'optional' });
      await begin(tenant);
      await signIn();
      await arrived();
      const grace = await gatehouse.services.accounts.create(tenant, { email: 'grace@example.com' });
      await give(tenant, grace.id);
      await begin(tenant, { prompt: 'select_account', acr_values: 'urn:gatehouse:aal1' });
      await touch(true);
      await page.click('button[value=other]');
      await arrived();
      expect((await lastSignIn(tenant))?.target).toBe(grace.id);
      expect(grace.id).not.toBe(ada);
    });
  });

  describe('a passkey is offered after a password', () => {
    const setOffers = (authentication: Authentication = {}) => setTenant(authentication, { offers: true });

    test('and is made by a button; then the sign-in goes on', async () => {
      await open();
      const { tenant, ada } = await setOffers();
      await begin(tenant);
      await signIn();
      await page.waitForSelector('text=Sign in faster next time');
      await touch(true);
      await page.click('button.primary');
      await arrived();
      expect(await gatehouse.services.passkeys.list(tenant, ada)).toMatchObject([{ name: 'Chrome' }]);
      expect((await lastSignIn(tenant))?.details).toMatchObject({ factors: ['password'], aal: 1 });
      // From now on by it alone.
      await page.context().clearCookies();
      await beginTouched(tenant);
      await arrived();
      expect((await lastSignIn(tenant))?.details).toMatchObject({ factors: ['passkey'] });
    });

    test('and without a press of it, where the browser makes them so', async () => {
      await open();
      const { tenant, ada } = await setOffers();
      // Chromium itself goes by the passwords that it has saved, of which the virtual one has none.
      await page.addInitScript(`{
        const create = navigator.credentials.create.bind(navigator.credentials);
        navigator.credentials.create = ({ mediation, ...rest }) => create(rest);
      }`);
      await begin(tenant);
      await touch(true);
      await signIn();
      await arrived();
      expect(await gatehouse.services.passkeys.list(tenant, ada)).toHaveLength(1);
      expect((await lastSignIn(tenant))?.details).toMatchObject({ factors: ['password'], aal: 1 });
    });

    test('and is put off by a button, for the next sign-ins too', async () => {
      await open();
      const { tenant, ada } = await setOffers();
      await begin(tenant);
      await signIn();
      await page.click('text=Not now');
      await arrived();
      await page.context().clearCookies();
      await begin(tenant);
      await signIn();
      await arrived();
      expect(await gatehouse.services.passkeys.list(tenant, ada)).toEqual([]);
    });

    test('after the second factor, where there is one', async () => {
      await open();
      const { tenant, ada } = await setOffers();
      const secret = await enrolApp(gatehouse.services, tenant, ada);
      await begin(tenant);
      await signIn();
      await page.fill('#code', appCode(secret));
      await page.click('button.primary');
      await page.waitForSelector('text=Sign in faster next time');
    });

    test.each<[string, BrowserContextOptions, string]>([
      ['a device without a screen lock', {}, ''],
      ['a browser without script', { javaScriptEnabled: false }, ''],
      ['a browser without passkeys', {}, 'delete globalThis.PublicKeyCredential'],
    ])('but not on %s', async (_, options, script) => {
      await open(options, false);
      if (script) await page.addInitScript(script);
      const { tenant } = await setOffers();
      await begin(tenant);
      await signIn();
      await arrived();
    });

    test.each<[string, BrowserContextOptions, ('light' | 'dark')[]]>([
      ['desk', {}, ['light', 'dark']],
      ['phone', { viewport: { width: 320, height: 640 }, hasTouch: true, locale: 'de' }, ['light']],
      ['arabic', { locale: 'ar' }, ['light']],
    ])('the page is sound: %s', async (name, options, schemes) => {
      await open(options);
      const { tenant } = await setOffers();
      await begin(tenant);
      await signIn();
      await page.waitForSelector('form[data-passkey=create]:not([hidden])');
      for (const colorScheme of schemes) {
        await page.emulateMedia({ colorScheme });
        await picture(page, `passkey-offer-${name}-${colorScheme}`);
        expect(await accessibilityOf(page)).toEqual([]);
      }
      expect(await scrollsSideways(page)).toBe(false);
      const { total, script } = await weightOf(page);
      expect([total < 60_000, script < 15_000]).toEqual([true, true]);
    });
  });

  describe.each([
    ['without WebAuthn', {}, 'delete globalThis.PublicKeyCredential'],
    ['without script', { javaScriptEnabled: false }, ''],
  ])('%s', (_, options, script) => {
    beforeEach(async () => {
      await open(options, false);
      if (script) await page.addInitScript(script);
    });

    test('the other ways are there, and no button that does nothing', async () => {
      const { tenant } = await setTenant({ mfa: 'required' });
      await begin(tenant);
      expect(await page.isVisible('form[data-passkey]')).toBe(false);
      await signIn();
      await page.click('a[href*="method=passkey"]');
      await page.waitForSelector('[data-passkey-missing]');
      await page.waitForLoadState();
      expect(await page.isVisible('form[data-passkey]')).toBe(false);
      expect(await page.isVisible('[data-passkey-missing]')).toBe(true);
      await page.click('text=Choose another way');
      await page.click('a[href*="method=totp"]');
      await page.click('summary');
      await page.fill('#code', appCode((await page.textContent('.secret'))!));
      await page.click('button.primary');
      await page.waitForSelector('text=Show my codes');
    });

    test('where there is no other way the page says so', async () => {
      const { tenant } = await setTenant({ first_factors: ['passkey'] });
      await begin(tenant);
      expect(await page.textContent('main')).toContain('no other way on this page');
      expect(await page.isVisible('[data-passkey-missing]')).toBe(true);
      expect(await page.locator('button:visible').count()).toBe(1);
    });
  });

  describe.each<[string, BrowserContextOptions, ('light' | 'dark')[]]>([
    ['on a desk', {}, ['light', 'dark']],
    ['on a phone, in German', { viewport: { width: 320, height: 640 }, hasTouch: true, locale: 'de' }, ['light']],
    ['on a phone, in Arabic', { viewport: { width: 320, height: 640 }, hasTouch: true, locale: 'ar' }, ['light']],
  ])('the pages, %s', (_, options, schemes) => {
    test('are sound', async () => {
      const { tenant, ada } = await setTenant({
        mfa: 'required',
        second_factors: ['passkey', 'totp', 'sms_code', 'recovery_code'],
        enrolment_grace_days: 7,
      });
      await open(options);
      const looked = async (name: string) => {
        for (const colorScheme of schemes) {
          await page.emulateMedia({ colorScheme });
          await picture(page, `${name}-${options.locale ?? colorScheme}`);
          // Widths and words change nothing that axe-core looks at.
          if (!options.locale) expect([name, await accessibilityOf(page)]).toEqual([name, []]);
        }
        expect([name, await scrollsSideways(page)]).toEqual([name, false]);
        const { total, script } = await weightOf(page);
        expect([name, total < 60_000, script < 15_000]).toEqual([name, true, true]);
        expect(await page.locator('.primary').count()).toBeLessThan(2);
      };
      await begin(tenant);
      await looked('passkey-first');
      await signIn();
      await looked('enrol');
      await page.click('a[href*="method=passkey"]');
      await looked('enrol-passkey');
      await page.goBack();
      await page.click('a[href*="method=sms_code"]');
      await page.click('button.primary');
      await looked('enrol-phone-refused');
      await page.fill('#number', '+49 1512 3456789');
      await page.click('button.primary');
      await looked('enrol-phone-code');
      await page.click('a[href]');
      await page.click('a[href*="method=totp"]');
      await page.fill('#code', '12');
      await page.click('button.primary');
      await page.click('summary');
      await looked('enrol-totp-refused');
      await page.fill('#code', appCode((await page.textContent('.secret'))!));
      await page.click('button.primary');
      await looked('recovery-codes');
      await page.click('button.primary');
      await looked('recovery-codes-shown');
      await page.emulateMedia({ media: 'print' });
      await picture(page, `recovery-codes-print-${options.locale ?? 'desk'}`);
      await page.emulateMedia({ media: 'screen' });
      await page.click('a.button');
      await arrived();
      await page.context().clearCookies();
      await give(tenant, ada);
      await begin(tenant);
      await signIn();
      await looked('verify-passkey');
    });
  });
});
