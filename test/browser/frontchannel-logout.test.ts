import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { startChromium } from '../support/chromium.ts';
import { describeWith } from '../support/engines.ts';
import { eventually } from '../support/eventually.ts';
import { type FramedParty, startFramedParty } from '../support/framed-party.ts';
import { complaintsOf } from '../support/page-checks.ts';
import { PASSWORD, webClient } from '../support/relying-party.ts';
import { type Stage, setStage } from '../support/stage.ts';

/** Two applications that are really signed out: Chromium decides what frames load, and what they are sent. */

describeWith('browser', 'front-channel logout', () => {
  let stage: Stage;
  let browser: Browser;
  let shop: FramedParty;
  let notes: FramedParty;
  beforeAll(async () => {
    [stage, shop, notes] = await Promise.all([setStage(), startFramedParty('shop'), startFramedParty('notes')]);
    for (const [id, party] of Object.entries({ shop, notes })) {
      await stage.services.clients.create(stage.acme, webClient(id, { skip_consent: true, ...party.metadata }));
      party.at(stage.acme);
    }
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all([stage?.stop(), shop?.stop(), notes?.stop()]);
  });

  let page: Page;
  let complaints: string[];
  beforeEach(() => {
    for (const { state } of [shop, notes]) Object.assign(state, { logouts: 0, signedOut: loads });
  });
  afterEach(() => page.context().close());

  const loads: FramedParty['state']['signedOut'] = (res) => void res.end('signed out');
  const hangs: FramedParty['state']['signedOut'] = () => {};

  /** Signed in at both, by one sign-in. */
  async function open(options: BrowserContextOptions = {}) {
    const context = await browser.newContext(options);
    page = await context.newPage();
    complaints = complaintsOf(page);
    await page.goto(`${shop.url}/login`);
    await page.fill('#identifier', 'ada@example.com');
    await page.fill('#password', PASSWORD);
    await page.click('button[type=submit].primary');
    await page.goto(`${notes.url}/login`);
    expect([await saidBy(shop), await saidBy(notes)]).toEqual(['signed in', 'signed in']);
  }
  const saidBy = async ({ url }: FramedParty) => {
    await page.goto(url);
    return page.textContent('body');
  };
  async function leave() {
    await page.goto(`${shop.url}/leave`);
    await page.click('button[value=yes]', { noWaitAfter: true });
  }
  const arrived = () => page.waitForURL(`${shop.url}/bye?state=the-state`);

  test('both are signed out, and the user is back by itself', async () => {
    await open();
    await leave();
    await arrived();
    expect([shop.state.logouts, notes.state.logouts]).toEqual([1, 1]);
    expect([await saidBy(shop), await saidBy(notes)]).toEqual(['nobody', 'nobody']);
    expect(complaints).toEqual([]);
  });

  test('without scripts, too', async () => {
    await open({ javaScriptEnabled: false });
    await leave();
    await arrived();
    expect([await saidBy(shop), await saidBy(notes)]).toEqual(['nobody', 'nobody']);
  });

  test('an application that does not answer is not waited for', async () => {
    await open();
    notes.state.signedOut = hangs;
    await leave();
    await arrived();
    expect([await saidBy(shop), await saidBy(notes)]).toEqual(['nobody', 'nobody']);
  });

  test('without scripts the button goes on', async () => {
    await open({ javaScriptEnabled: false });
    notes.state.signedOut = hangs;
    await leave();
    await eventually(() => shop.state.logouts + notes.state.logouts === 2);
    await page.click('text=Continue');
    await arrived();
    expect(await saidBy(shop)).toBe('nobody');
  });

  test('a frame leads the page nowhere, and opens nothing', async () => {
    await open();
    notes.state.signedOut = (res) => {
      res.setHeader('content-type', 'text/html');
      res.end(`<script>
        try { top.location = '${notes.url}/taken' } catch {}
        try { open('${notes.url}/opened') } catch {}
      </script>`);
    };
    await leave();
    await arrived();
    expect(page.context().pages()).toHaveLength(1);
    expect(complaints.join('\n')).toMatch(/top.*sandbox|sandbox.*top/is);
  });

  test('a frame is not led to another origin', async () => {
    await open();
    notes.state.signedOut = (res) => void res.writeHead(303, { location: 'http://127.0.0.1:9/elsewhere' }).end();
    await leave();
    await arrived();
    expect(complaints.join('\n')).toMatch('frame-src');
    expect(await saidBy(notes)).toBe('nobody');
  });

  test('in another browser of the user nothing has ended', async () => {
    await open();
    const other = page;
    await open();
    await leave();
    await arrived();
    await page.context().close();
    page = other;
    expect([await saidBy(shop), await saidBy(notes)]).toEqual(['signed in', 'signed in']);
  });
});
