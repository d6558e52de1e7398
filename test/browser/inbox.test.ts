import { mkdirSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { startChromium } from '../support/chromium.ts';
import { describeWith } from '../support/engines.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';

const PICTURES = new URL('../../.cache/screenshots/', import.meta.url);

describeWith('browser', 'the inbox in Chromium', () => {
  let gatehouse: TestGatehouse;
  let browser: Browser;
  beforeAll(async () => {
    mkdirSync(PICTURES, { recursive: true });
    gatehouse = await startGatehouse();
    const acme = await gatehouse.tenant({ id: 'acme', name: 'Acme', settings: { signing: { algorithms: ['ES256'] } } });
    const link = `${gatehouse.url}/t/acme/.well-known/openid-configuration`;
    const { mail, sms, courier } = gatehouse.services;
    const data = { link, code: '739146', minutes: 10, device: 'Firefox on Linux', place: 'Berlin' };
    await mail.send(acme, { template: 'sign_in_link', to: 'ada@example.com', data });
    await sms.send(acme, { template: 'code', to: '+491701234567', data: { code: '739146' } });
    await courier.settle();
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await gatehouse?.stop();
  });

  const WAYS: [string, Parameters<Browser['newContext']>[0]][] = [
    ['light', {}],
    ['dark', { colorScheme: 'dark' }],
    ['phone', { viewport: { width: 390, height: 844 } }],
  ];
  test.each(WAYS)('%s: nothing that axe finds, and nothing that the policy blocks', async (name, options) => {
    const context: BrowserContext = await browser.newContext(options);
    const page = await context.newPage();
    const blocked: string[] = [];
    page.on('console', (message) => void (/policy|refused/i.test(message.text()) && blocked.push(message.text())));
    await page.goto(`${gatehouse.url}/inbox`);
    const picture = (what: string) =>
      page.screenshot({ path: new URL(`inbox-${what}-${name}.png`, PICTURES).pathname });
    await picture('list');
    expect(await accessibilityOf(page)).toEqual([]);
    await page.click('text=Text message');
    await page.waitForLoadState();
    expect(await accessibilityOf(page)).toEqual([]);
    await page.goBack();
    // No axe there: it waits for an answer from the frame, where nothing runs.
    await page.click('text=Your link to sign in');
    await page.frameLocator('iframe').getByText('739146').waitFor();
    await picture('message');
    expect(blocked).toEqual([]);
    await context.close();
  });

  test('without scripts: from the list to the link in the mail, which opens in a page of its own', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${gatehouse.url}/inbox`);
    await page.click('text=Your link to sign in');
    const opened = context.waitForEvent('page');
    await page.frameLocator('iframe').getByRole('link', { name: 'Sign in' }).click();
    expect((await opened).url()).toContain('/t/acme/.well-known/');
    await page.click(`a[href*="/t/acme/"]`);
    await page.waitForURL('**/t/acme/.well-known/**');
    await context.close();
  });
});

async function accessibilityOf(page: Page) {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
  return violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
}
