import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { startChromium } from '../support/chromium.ts';
import { describeWith } from '../support/engines.ts';
import { rawClient } from '../support/raw-client.ts';
import { PASSWORD, webClient } from '../support/relying-party.ts';
import { type Stage, setStage } from '../support/stage.ts';
import { startOpener } from '../support/web-message-party.ts';

/** Chromium decides who is told: the window of the client, and no other that has opened the page. */

describeWith('browser', 'web_message', () => {
  let stage: Stage;
  let browser: Browser;
  let app: Awaited<ReturnType<typeof startOpener>>;
  let evil: Awaited<ReturnType<typeof startOpener>>;
  let issuer: string;
  beforeAll(async () => {
    [stage, app, evil] = await Promise.all([setStage(), startOpener('localhost'), startOpener('127.0.0.1')]);
    const { services, acme } = stage;
    await services.tenants.change('acme', { settings: { ...ES256, protocol: { web_message: true } } });
    issuer = acme.issuer;
    const tenant = (await services.resolver.byId('acme'))!;
    await services.clients.create(
      tenant,
      webClient('window', {
        skip_consent: true,
        response_modes: ['web_message'],
        redirect_uris: [`${app.url}/cb`],
        post_logout_redirect_uris: [],
      }),
    );
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all([stage?.stop(), app?.stop(), evil?.stop()]);
  });

  let context: BrowserContext;
  beforeEach(async () => {
    await context?.close();
    context = await browser.newContext();
  });

  const begun = (params: Record<string, string> = {}) =>
    rawClient(issuer, 'window').begin({
      redirect_uri: `${app.url}/cb`,
      response_mode: 'web_message',
      state: 'the-state',
      scope: 'openid',
      ...params,
    });
  async function at(party: { url: string }, url: string): Promise<Page> {
    const page = await context.newPage();
    await page.goto(`${party.url}/?to=${encodeURIComponent(url)}`);
    return page;
  }
  async function popupOf(page: Page): Promise<Page> {
    const opened = context.waitForEvent('page');
    await page.evaluate('begin()');
    return opened;
  }
  async function signIn(popup: Page) {
    await popup.fill('#identifier', 'ada@example.com');
    await popup.fill('#password', PASSWORD);
    await popup.click('button[type=submit].primary', { noWaitAfter: true });
  }
  const told = (page: Page) =>
    page.waitForFunction('told.length > 0 && told').then((handle) => handle.jsonValue() as Promise<Told[]>);
  type Told = { origin: string; response: Record<string, string> };

  test('a sign-in in a window, from its first page on', async () => {
    const { url, redemption } = begun();
    const page = await at(app, url);
    const popup = await popupOf(page);
    const closed = popup.waitForEvent('close');
    await signIn(popup);
    const [message] = await told(page);
    expect(message).toEqual({
      origin: new URL(issuer).origin,
      response: { code: expect.any(String), state: 'the-state', iss: issuer },
    });
    await closed;
    const code = message!.response.code!;
    const answer = await rawClient(issuer, 'window').token({ ...redemption, redirect_uri: `${app.url}/cb`, code });
    expect(answer.status).toBe(200);
  });

  test('a silent one in a frame', async () => {
    await signIn(await popupOf(await at(app, begun().url)));
    await told(context.pages()[0]!);
    const page = await at(app, begun({ prompt: 'none' }).url);
    await page.evaluate('frame()');
    const [message] = await told(page);
    expect(message!.response).toMatchObject({ code: expect.any(String) });
  });

  test('another origin that has opened the page is told nothing', async () => {
    const page = await at(evil, begun().url);
    const popup = await popupOf(page);
    const complaints: string[] = [];
    popup.on('console', (message) => complaints.push(message.text()));
    const closed = popup.waitForEvent('close');
    await signIn(popup);
    await closed;
    expect(await page.evaluate('told')).toEqual([]);
  });

  test('nor does it get the page into a frame', async () => {
    const page = await at(evil, begun({ prompt: 'none' }).url);
    const complaint = page.waitForEvent('console', (message) => /frame-ancestors/.test(message.text()));
    await page.evaluate('frame()');
    await complaint;
    expect(await page.evaluate('told')).toEqual([]);
  });
});

const ES256 = { signing: { algorithms: ['ES256' as const] } };
