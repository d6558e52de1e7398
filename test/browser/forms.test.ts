import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { startChromium } from '../support/chromium.ts';
import { describeWith } from '../support/engines.ts';
import { fakeInteraction, listen, pagesApp } from '../support/hosted-pages.ts';

const hasIpv6 = networkInterfaces().lo?.some(({ address }) => address === '::1');

describeWith('browser', 'the forms of the hosted pages in a browser', () => {
  let browser: Browser;
  /** Stands for a client: every address of it answers. */
  const client = createServer((_req, res) => res.end('here is the client'));
  let clientPort: number;

  beforeAll(async () => {
    await new Promise<void>((resolve) => client.listen(0, resolve));
    clientPort = (client.address() as AddressInfo).port;
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
    client.close();
  });

  /** A sign-in page whose success redirects to `goal`, with `formAction` declared. */
  async function open(options: { goal: string; formAction: string[]; browser?: BrowserContextOptions }) {
    const made = pagesApp({
      interactions: [fakeInteraction({ formAction: options.formAction })],
      goOn: () => options.goal,
    });
    const server = await listen(made.app);
    const page = await (await browser.newContext(options.browser)).newPage();
    await page.goto(`${server.origin}/t/acme/interaction/uid1?client=web`);
    return {
      ...made,
      page,
      async fillIn(password = 'right') {
        await page.fill('#identifier', 'ada@example.com');
        await page.fill('#password', password);
      },
      async close() {
        await page.context().close();
        server.close();
      },
    };
  }
  const goalAt = (host: string) => ({
    goal: `http://${host}:${clientPort}/cb`,
    formAction: [`http://${host}:${clientPort}`],
  });

  test.each([
    ['with script', {}],
    ['without script', { javaScriptEnabled: false }],
  ])('lead to the client %s', async (_, options) => {
    const { page, fillIn, calls, close } = await open({ ...goalAt('localhost'), browser: options });
    await fillIn();
    await page.click('button.primary');
    await page.waitForURL('**/cb');
    expect(await page.textContent('body')).toContain('here is the client');
    expect(calls).toHaveLength(1);
    await close();
  });

  (hasIpv6 ? test : test.skip)('lead to a client at an IPv6 address', async () => {
    const { page, fillIn, close } = await open(goalAt('[::1]'));
    await fillIn();
    await page.click('button.primary');
    await page.waitForURL('**/cb');
    await close();
  });

  test('lead nowhere that was not declared', async () => {
    const { page, fillIn, close } = await open({ ...goalAt('localhost'), formAction: [] });
    const refusal = page.waitForEvent('console', (message) => message.text().includes('form-action'));
    await fillIn();
    await page.click('button.primary');
    await refusal;
    expect(page.url()).not.toContain('/cb');
    await close();
  });

  test('are sent once, however often the button is pressed', async () => {
    const { page, fillIn, events, calls, close } = await open(goalAt('localhost'));
    await fillIn();
    await page.dblclick('button.primary');
    await page.waitForURL('**/cb');
    expect(events.map(({ type }) => type)).toEqual(['sign_in.succeeded']);
    expect(calls).toHaveLength(1);
    await close();
  });

  test('after the back button the page says that it is over, and leads to the client', async () => {
    const { page, fillIn, close } = await open(goalAt('localhost'));
    await fillIn();
    await page.click('button.primary');
    await page.waitForURL('**/cb');
    await page.goBack();
    expect(await page.textContent('h1')).toBe('This sign-in is over');
    expect(await page.getAttribute('a.button', 'href')).toBe('https://boat.example/');
    await close();
  });

  test('a refused password: the summary has the focus and leads to the field; trying again works', async () => {
    const { page, fillIn, close } = await open(goalAt('localhost'));
    await fillIn('wrong');
    await page.click('button.primary');
    await page.waitForSelector('[role=alert]:focus');
    expect(await page.title()).toMatch(/^Error: /);
    await page.click('[role=alert] a');
    await page.waitForSelector('#password:focus');
    expect(await page.inputValue('#identifier')).toBe('ada@example.com');
    expect(await page.inputValue('#password')).toBe('');
    await page.reload();
    await fillIn();
    await page.click('button.primary');
    await page.waitForURL('**/cb');
    await close();
  });

  test('the password can be shown, and is sent as a password all the same', async () => {
    const { page, fillIn, close } = await open(goalAt('localhost'));
    await fillIn('wrong');
    const button = page.getByRole('button', { name: 'Show password' });
    await button.click();
    expect([await page.getAttribute('#password', 'type'), await button.getAttribute('aria-pressed')]).toEqual([
      'text',
      'true',
    ]);
    await button.click();
    expect(await page.getAttribute('#password', 'type')).toBe('password');
    await close();
  });

  test('without script there is no button that would do nothing', async () => {
    const { page, close } = await open({ ...goalAt('localhost'), browser: { javaScriptEnabled: false } });
    expect(await page.isVisible('.reveal')).toBe(false);
    await close();
  });
});
