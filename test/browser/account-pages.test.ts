import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, BrowserContext } from 'playwright-core';
import { ACCOUNT_VIEWS } from '../support/account-views.ts';
import { startChromium } from '../support/chromium.ts';
import { describeWith } from '../support/engines.ts';
import { fakeTenant, listen, pages, pagesApp } from '../support/hosted-pages.ts';
import { accessibilityOf, complaintsOf, picture, scrollsSideways, weightOf } from '../support/page-checks.ts';

/** Between them these have all colours that the others have. */
const ALL_COLOURS = ['sign-up-refused', 'sign-up-code', 'lost-factor-waits', 'mailed-link-taken', 'address-elsewhere'];
const PHONE = { width: 320, height: 640 };

describeWith('browser', 'the pages of accounts in a browser', () => {
  let browser: Browser;
  let context: BrowserContext;
  let arabic: BrowserContext;
  let server: Awaited<ReturnType<typeof listen>>;
  const tenant = fakeTenant({ name: 'Paper Boat' });
  const { app } = pagesApp({ tenant });
  app.use((ctx) => {
    const [view, data] = ACCOUNT_VIEWS[ctx.path.slice(1)]!;
    const around = {
      client: { id: 'web', name: 'Harbour' },
      csrf: 'x',
      here: '/here',
      action: (step: string) => `/${step}`,
      way: (query: Record<string, string>) => `/?${new URLSearchParams(query)}`,
    };
    pages.send(ctx, { tenant, requestId: 'req-1' }, { view, data: { ...around, ...data } });
  });

  beforeAll(async () => {
    server = await listen(app);
    browser = await startChromium();
    context = await browser.newContext();
    arabic = await browser.newContext({ locale: 'ar', viewport: PHONE });
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  test.each(Object.keys(ACCOUNT_VIEWS))('%s', async (name) => {
    const page = await context.newPage();
    const complaints = complaintsOf(page);
    await page.goto(`${server.origin}/t/acme/${name}`);
    await picture(page, `${name}-light`);
    expect(await accessibilityOf(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    await picture(page, `${name}-dark`);
    if (ALL_COLOURS.includes(name)) expect(await accessibilityOf(page)).toEqual([]);
    await page.setViewportSize(PHONE);
    await picture(page, `${name}-phone`);
    expect(await scrollsSideways(page)).toBe(false);

    expect(await page.locator('.primary').count()).toBeLessThan(2);
    const { total, script } = await weightOf(page);
    expect(total).toBeLessThan(60_000);
    expect(script).toBeLessThan(15_000);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test.each(Object.keys(ACCOUNT_VIEWS))('%s in Arabic, from the right', async (name) => {
    const page = await arabic.newPage();
    const complaints = complaintsOf(page);
    await page.goto(`${server.origin}/t/acme/${name}`);
    expect(await page.evaluate('document.documentElement.lang + document.documentElement.dir')).toBe('arrtl');
    await picture(page, `${name}-arabic`);
    expect(await scrollsSideways(page)).toBe(false);
    expect(await accessibilityOf(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });
});
