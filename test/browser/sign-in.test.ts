import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { appCode } from '../support/authenticator-app.ts';
import { startChromium } from '../support/chromium.ts';
import { describeWith } from '../support/engines.ts';
import { type Node, startNode } from '../support/node-process.ts';
import { complaintsOf } from '../support/page-checks.ts';
import { freePort } from '../support/ports.ts';

/** What a new user does: starts it, reads what it prints, and tries the demo. Then the same after another start. */

const PICTURES = new URL('../../.cache/screenshots/', import.meta.url);
const USER = 'ada@example.com';
/** As if nothing was set: an empty text counts as absent. */
const NOTHING = { NODE_ENV: '', GATEHOUSE_DEMO: '', LOG_LEVEL: '' };

describeWith('browser', 'the first start', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-first-'));
  let browser: Browser;
  let port: string;
  let node: Node;
  let password: string;

  const start = () => startNode({ ...NOTHING, GATEHOUSE_DATA: join(folder, 'data'), PORT: port });
  const printed = (label: string) => new RegExp(`${label} +(\\S+)`).exec(node.output())?.[1];
  const keys = async () => (await fetch(`${printed('Issuer')}/jwks`)).text();

  beforeAll(async () => {
    mkdirSync(PICTURES, { recursive: true });
    browser = await startChromium();
    port = String(await freePort());
    node = await start();
    password = printed('Password')!;
  });
  afterAll(async () => {
    await browser?.close();
    await node?.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  async function signIn(page: Page) {
    await page.goto(node.url);
    expect(page.url()).toBe(`${node.url}/demo`);
    await page.click('button.primary');
    await page.fill('#identifier', USER);
    await page.fill('#password', password);
    await page.click('button.primary');
  }
  const demoIsSignedIn = async (page: Page) => {
    await page.waitForURL('**/demo');
    expect(await page.textContent('h1')).toBe('You are signed in');
  };
  const cell = (page: Page, name: string) =>
    page.locator('table', { hasText: 'ID token' }).getByRole('row', { name }).first();

  test('prints all that is needed, and nothing is left to be done', async () => {
    expect(printed('Issuer')).toBe(`${node.url}/t/demo`);
    expect(printed('User')).toBe(USER);
    expect(password).toMatch(/^[A-Za-z0-9]{15,}$/);
    for (const [, command] of node.output().matchAll(/^ +curl (.+)$/gm)) {
      const url = /http\S+/.exec(command!)![0];
      const [, user, secret] = /-u '([^:]+):([^']+)'/.exec(command!) ?? [];
      const fields = [...command!.matchAll(/-d (\S+)/g)].map(([, field]) => field).join('&');
      const answer = await fetch(url, {
        ...(fields && { method: 'POST', body: new URLSearchParams(fields) }),
        headers: user ? { authorization: `Basic ${btoa(`${user}:${secret}`)}` } : {},
      });
      expect({ url, status: answer.status }).toEqual({ url, status: 200 });
    }
  });

  // The first one is asked for consent, which is remembered for the second.
  describe.each([
    ['with script', { javaScriptEnabled: true }, true],
    ['without script', { javaScriptEnabled: false }, false],
  ])('the demo %s', (look, options, isFirst) => {
    test('sign in, consent, claims, refresh, sign out', async () => {
      const context = await browser.newContext(options);
      const page = await context.newPage();
      const complaints = complaintsOf(page);
      const picture = (name: string) =>
        page.screenshot({
          path: new URL(`demo-${name}-${look.replace(' ', '-')}.png`, PICTURES).pathname,
          fullPage: true,
        });

      await page.goto(`${node.url}/demo`);
      await picture('1-home');
      await signIn(page);
      if (isFirst) {
        await page.waitForSelector('button[name=decision][value=accept]');
        expect(await page.textContent('main')).toContain('Demo application');
        await picture('2-consent');
        await page.click('button[name=decision][value=accept]');
      }
      await demoIsSignedIn(page);
      await picture('3-claims');
      expect(await cell(page, 'iss').textContent()).toContain(`${node.url}/t/demo`);
      expect(await page.textContent('main')).toContain(USER);

      await page.getByRole('button', { name: 'Refresh' }).click();
      await page.waitForURL('**/demo?notice=refreshed');
      expect(await page.textContent('[role=status]')).toContain('refreshed');
      expect(await cell(page, 'iss').textContent()).toContain(`${node.url}/t/demo`);
      await picture('4-refreshed');

      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.waitForURL('**/session/end**');
      await picture('5-sign-out');
      await page.click('button.primary');
      await page.waitForURL('**/demo/signed-out**');
      await picture('6-signed-out');
      await signIn(page);
      await demoIsSignedIn(page);

      expect(complaints).toEqual([]);
      await context.close();
    });
  });

  test('the second start finds all as it was', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await signIn(page);
    await demoIsSignedIn(page);
    const before = await keys();

    expect(await node.stop()).toBe(0);
    node = await start();
    expect([printed('Password'), await keys()]).toEqual([password, before]);
    await page.reload();
    await demoIsSignedIn(page);
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.waitForURL('**/demo?notice=refreshed');
    const other = await (await browser.newContext()).newPage();
    await signIn(other);
    await demoIsSignedIn(other);
  });

  test('a payment takes more than a sign-in: a second factor is set up on the way, and it is paid', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const complaints = complaintsOf(page);
    const picture = (name: string) =>
      page.screenshot({ path: new URL(`demo-pay-${name}.png`, PICTURES).pathname, fullPage: true });

    await signIn(page);
    await demoIsSignedIn(page);
    await picture('1-signed-in');
    await page.getByRole('button', { name: 'Pay 1,000 EUR' }).click();
    await page.getByRole('link', { name: 'Authenticator app' }).click();
    const secret = await page.textContent('.secret');
    await picture('2-enrol');
    await page.fill('#code', appCode(secret!));
    await page.click('button.primary');
    await page.click('button.primary');
    await page.click('a.button');
    await page.waitForURL('**/demo/paid');
    await picture('3-paid');
    expect(await page.textContent('h1')).toBe('1,000 EUR are paid');
    expect(await page.textContent('table')).toContain('urn:gatehouse:aal2');
    expect(complaints).toEqual([]);
  });
});
