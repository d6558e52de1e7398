import { mkdirSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { startChromium } from '../support/chromium.ts';
import { moveClock, restoreClock } from '../support/clock.ts';
import { describeWith } from '../support/engines.ts';
import type { TestGatehouse } from '../support/gatehouse.ts';
import { CALLBACK, PASSWORD } from '../support/relying-party.ts';
import { authorizationUrl } from '../support/stage.ts';
import { failures, startBehindProxy, tenantOf } from '../support/visitors.ts';

const PICTURES = new URL('../../.cache/screenshots/', import.meta.url);
const WORK = readFileSync(new URL('../../public/pow.js', import.meta.url), 'utf8');
const ATTACKED = '198.51.100.7';
/** Seconds, so many that nobody has waited for them by accident. */
const WAIT = 60;

describeWith('browser', 'work before a password is looked at, by people', () => {
  let browser: Browser;
  let gatehouse: TestGatehouse;
  let tenant: Tenant;
  let count = 0;

  beforeAll(async () => {
    mkdirSync(PICTURES, { recursive: true });
    browser = await startChromium();
    gatehouse = await startBehindProxy();
  });
  afterAll(async () => {
    await browser?.close();
    await gatehouse?.stop();
  });
  afterEach(async () => {
    restoreClock();
    await Promise.all(browser.contexts().map((context) => context.close()));
  });

  /** The first page of a sign-in, and when the application is reached. */
  async function open(options: BrowserContextOptions & { ip?: string; slow?: boolean } = {}) {
    const { ip = ATTACKED, slow = false, ...more } = options;
    const context = await browser.newContext({ extraHTTPHeaders: { 'x-forwarded-for': ip }, ...more });
    // Work that begins when the test says so.
    const body = WORK.replace(
      'for (let solution',
      (begin) => `await new Promise((go) => addEventListener('now', go)); ${begin}`,
    );
    if (slow) await context.route('**/pow.js*', (route) => route.fulfill({ body, contentType: 'text/javascript' }));
    const page = await context.newPage();
    await page.goto(authorizationUrl(tenant.issuer, { client_id: 'first-party' }));
    // That application is nowhere: it is enough that the browser is led there.
    const isIn = page.waitForRequest((request) => request.url().startsWith(CALLBACK));
    isIn.catch(() => {});
    return { page, isIn };
  }
  async function send(page: Page, password = PASSWORD): Promise<void> {
    if (await page.locator('#identifier').isVisible()) await page.fill('#identifier', 'ada@example.com');
    await page.fill('#password', password);
    await page.click('button.primary');
  }
  const picture = (page: Page, name: string) =>
    page.screenshot({ path: new URL(`challenge-${name}.png`, PICTURES).pathname, fullPage: true });

  async function attack(bits = 14) {
    count += 1;
    const challenge = { wait: WAIT, min_bits: bits, max_bits: bits };
    tenant = await tenantOf(gatehouse, `t${count}`, { risk: { challenge, step_up_score: 101, deny_score: 101 } });
    await failures(tenant, 45, (i) => ({ account: `user ${i}`, ip: ATTACKED }));
  }

  test('with script it is done while the form is filled in, and nobody sees it', async () => {
    await attack();
    const { page, isIn } = await open();
    await picture(page, 'ahead');
    await send(page, 'wrong password');
    await page.getByText('These details do not match.').first().waitFor();
    await send(page);
    await isIn;
  });

  test('with script who is quicker than the work waits for it, and is told', async () => {
    await attack();
    const { page, isIn } = await open({ slow: true });
    await send(page);
    await page.locator('#working').waitFor({ state: 'visible' });
    await picture(page, 'working');
    await page.evaluate("dispatchEvent(new Event('now'))");
    await isIn;
  });

  test('of an account that is attacked it is asked for once the name is known', async () => {
    await attack();
    const { id } = (await gatehouse.services.accounts.findByIdentifier(tenant, 'ada@example.com'))!;
    await failures(tenant, 45, (i) => ({ account: id, ip: `198.18.${i}.1` }));
    const { page, isIn } = await open({ ip: '203.0.113.4' });
    expect(await page.locator('[data-salt]').count()).toBe(0);
    await send(page);
    await page.getByText('There were many failed attempts.').waitFor();
    await picture(page, 'needed');
    await send(page);
    await isIn;
  });

  test('without script one waits, and who is too early hears for how long', async () => {
    await attack();
    const { page, isIn } = await open({ javaScriptEnabled: false });
    await page.getByText('Without JavaScript, please wait').waitFor();
    await picture(page, 'without-script');
    await send(page);
    await page.getByText(/Please wait \d+ more second/).waitFor();
    await picture(page, 'too-soon');
    moveClock(WAIT);
    await send(page);
    await isIn;
  });

  test('who has to wait for minutes is told so on a page of its own', async () => {
    await attack();
    await failures(tenant, 500, (i) => ({ account: `user ${i}`, ip: ATTACKED }));
    const { page } = await open({ locale: 'de-DE', colorScheme: 'dark', viewport: { width: 390, height: 800 } });
    await picture(page, 'ahead-german');
    await send(page);
    await page.getByText(/1\d Minuten/).waitFor();
    await picture(page, 'throttled-german');
  });
});
