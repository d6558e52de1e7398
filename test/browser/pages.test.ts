import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { direction } from '../../src/core/direction.ts';
import type { CoreContext } from '../../src/http/oidc-pages.ts';
import { LOCALES } from '../../src/tenants/settings.ts';
import { startChromium } from '../support/chromium.ts';
import { describeWith } from '../support/engines.ts';
import { fakeInteraction, fakeTenant, listen, pages, pagesApp } from '../support/hosted-pages.ts';
import { accessibilityOf, complaintsOf, picture, scrollsSideways, weightOf } from '../support/page-checks.ts';

const missing = {
  scopes: ['openid', 'profile', 'email', 'offline_access'],
  claims: ['birthdate'],
  resources: { 'https://api.boat.example/a/very/long/indicator/of/one/resource/server': ['boats:read', 'boats:write'] },
  details: [
    {
      type: 'payment_initiation',
      instructedAmount: { currency: 'EUR', amount: '1000.00' },
      creditorAccount: { iban: 'DE02100100109307118603' },
      actions: ['initiate', 'status'],
    },
  ],
};
const { client } = fakeInteraction();
const untrusted = { ...client, untrusted: true, tosUri: 'https://boat.example/terms' };
const interactions = [
  fakeInteraction({ uid: 'login' }),
  fakeInteraction({ uid: 'german', params: { client_id: 'web', ui_locales: 'de', login_hint: 'ada@example.com' } }),
  fakeInteraction({ uid: 'account', prompt: 'select_account', accountId: 'ada' }),
  fakeInteraction({ uid: 'consent', prompt: 'consent', accountId: 'ada', missing }),
  fakeInteraction({ uid: 'untrusted', prompt: 'consent', accountId: 'ada', missing, client: untrusted }),
];
const links = { help_uri: 'https://a.example/h', privacy_uri: 'https://a.example/p', terms_uri: 'https://a.example/t' };

type Show = (page: Page, base: string) => Promise<unknown>;
const at =
  (path: string): Show =>
  (page, base) =>
    page.goto(base + path);
const afterPassword =
  (password: string): Show =>
  async (page, base) => {
    await page.goto(`${base}/interaction/login`);
    await page.fill('#identifier', 'ada@example.com');
    await page.fill('#password', password);
    await page.click('button.primary');
    await page.waitForSelector('[role=alert]');
  };

const shown: Record<string, Show> = {
  'sign-in': at('/interaction/login'),
  'sign-in-german': at('/interaction/german'),
  'sign-in-refused': afterPassword('wrong'),
  throttled: afterPassword('again'),
  account: at('/interaction/account'),
  consent: at('/interaction/consent'),
  'consent-untrusted': at('/interaction/untrusted'),
  gone: at('/interaction/none?client=web'),
  logout: at('/logout'),
  'logged-out': at('/logged-out'),
  'device-code-filled-in': at('/device-code?code=WDJB-MJHT'),
  'device-code-refused': at('/device-code?code=WDJB-MJHT&refused'),
  'device-confirm': at('/device-confirm'),
  'device-connected': at('/device-connected'),
  'bad-redirect': at('/bad-redirect'),
  stopped: at('/stopped'),
  'logged-out-of-stranger': at('/logged-out-of-stranger'),
  'signing-out': async (page, base) => {
    // It stays where it would go on.
    await page.route('https://app.boat.example/**', (route) => route.fulfill({ status: 204 }));
    await page.route('https://framed.example/**', (route) => route.fulfill({ body: 'signed out' }));
    await page.goto(`${base}/signing-out`);
  },
  gallery: at('/gallery'),
  'gallery-refused': at('/gallery?refused'),
};

// 320 px are 400 % zoom of a window of 1280 px too.
const phone = { viewport: { width: 320, height: 640 }, hasTouch: true };
const looks: Record<string, BrowserContextOptions> = {
  light: {},
  dark: { colorScheme: 'dark' },
  phone,
  arabic: { ...phone, locale: 'ar' },
  'forced-colors': { forcedColors: 'active' },
};
const refused = ['email', 'nickname', 'birthdate', 'country', 'password', 'code', 'channel', 'trust', ''];
const errors = refused.map((field) => ({ field, message: 'errors.sign_in_failed' }));

const deviceQuestion = {
  xsrf: 'x',
  userCode: 'WDJB-MJHT',
  client: { name: 'Paper Boat TV', logoUri: undefined },
  device: { browser: 'Samsung Internet', system: 'Tizen' },
  origin: { ip: '203.0.113.7', country: 'DE' },
  at: 1_795_000_000,
};

describeWith('browser', 'the hosted pages in a browser', () => {
  let browser: Browser;
  let base: string;
  const tenant = fakeTenant({ settings: { links, branding: { primary_color: '#ffd400' } } });
  const { app, oidcPages } = pagesApp({
    tenant,
    interactions,
    signIn: async (password) =>
      password === 'again' ? { ok: false, reason: 'throttled', retryAfter: 300 } : { ok: false, reason: 'invalid' },
  });
  app.use((ctx) => {
    const oidc = { params: {}, client: { clientId: 'web', clientName: 'Paper Boat' } };
    const core = Object.assign(ctx, { oidc }) as unknown as CoreContext;
    if (ctx.path === '/logout')
      oidcPages.logoutSource(core, '<form id="op.logoutForm" method="post" action="/x"></form>');
    if (ctx.path === '/logged-out') oidcPages.postLogoutSuccessSource(core);
    if (ctx.path === '/signing-out') {
      const frames = ['https://framed.example/out', 'https://framed.example/too'];
      oidcPages.signedOutInFrames(core, { frames, goal: 'https://app.boat.example/bye', stays: false });
    }
    if (ctx.path === '/device-code') {
      const refusal = 'refused' in ctx.query ? 'unknown' : undefined;
      oidcPages.askForUserCode(core, { xsrf: 'x', userCode: String(ctx.query.code ?? ''), refusal });
    }
    if (ctx.path === '/device-confirm') oidcPages.askForDevice(core, deviceQuestion);
    if (ctx.path === '/device-connected') oidcPages.deviceConnected(core);
    if (ctx.path === '/gallery') {
      const data = {
        errors: 'refused' in ctx.query ? errors : [],
        action: (step: string) => `/${step}`,
        client: { name: 'Paper Boat' },
      };
      pages.send(ctx, { tenant, requestId: 'req-1' }, { view: 'gallery', data });
    }
    const home = { host: 'app.boat.example', href: 'https://app.boat.example/' };
    if (ctx.path === '/logged-out-of-stranger') oidcPages.signedOutOfStranger(core, home);
    if (ctx.path === '/stopped') {
      ctx.status = 400;
      const back = { host: 'app.boat.example', href: 'https://app.boat.example/cb?error=invalid_scope' };
      oidcPages.renderError(core, { error: 'invalid_scope', error_description: 'unknown' }, new Error(), back);
    }
    if (ctx.path === '/bad-redirect') {
      ctx.status = 400;
      oidcPages.renderError(core, { error: 'invalid_redirect_uri', error_description: 'did not match' }, new Error());
    }
  });
  let server: Awaited<ReturnType<typeof listen>>;

  beforeAll(async () => {
    server = await listen(app);
    base = `${server.origin}/t/acme`;
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  describe.each(Object.entries(looks))('%s', (look, options) => {
    let context: BrowserContext;
    beforeAll(async () => {
      context = await browser.newContext(options);
    });
    afterAll(() => context.close());

    test.each(Object.entries(shown))('%s', async (name, show) => {
      const page = await context.newPage();
      const complaints = complaintsOf(page);
      // Of the page before, which may have asked for a language.
      await context.clearCookies();
      await show(page, base);
      await picture(page, `${name}-${look}`);

      expect(await scrollsSideways(page)).toBe(false);
      if (!name.startsWith('gallery')) expect(await page.locator('.primary').count()).toBeLessThan(2);
      const { total, script } = await weightOf(page);
      expect(total).toBeLessThan(60_000);
      expect(script).toBeLessThan(15_000);
      expect(complaints.filter((text) => !/responded with a status of 4\d\d/.test(text))).toEqual([]);
      // Direction and forced colours change nothing that axe-core looks at.
      if (!options.locale && !options.forcedColors) expect(await accessibilityOf(page)).toEqual([]);
      await page.close();
    });
  });

  test.each([
    ['', ''],
    ['correct horse', 'Too short so far'],
    ['aaaaaaaaaaaaaaaaaaaa', 'Easy to guess'],
    ['12345678901234567890', 'Easy to guess'],
    ['correct horse bat', 'Good'],
    ['correct horse battery staple', 'Very good'],
  ])('while the new password is “%s” its strength is told as “%s”', async (password, told) => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${base}/gallery`);
    await page.fill('#password', 'x');
    await page.fill('#password', password);
    expect(await page.textContent('.strength')).toBe(told);
    await context.close();
  });

  test.each(LOCALES)('in %s no word is too long for a phone, and language and direction are said', async (locale) => {
    const context = await browser.newContext({ ...phone, locale });
    const page = await context.newPage();
    for (const show of [shown['sign-in']!, shown.consent!, shown.gone!, shown.logout!]) {
      // Of the page before, which may have asked for a language.
      await context.clearCookies();
      await show(page, base);
      expect(await page.evaluate('[document.documentElement.lang, document.documentElement.dir].join()')).toBe(
        `${locale},${direction(locale)}`,
      );
      expect(await scrollsSideways(page)).toBe(false);
    }
    await context.close();
  });
});
