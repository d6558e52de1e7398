import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { startChromium } from '../support/chromium.ts';
import { describeWith } from '../support/engines.ts';
import { eventually } from '../support/eventually.ts';
import { startHttpServer } from '../support/http-server.ts';
import { accessibilityOf, complaintsOf, picture, scrollsSideways } from '../support/page-checks.ts';
import { PASSWORD } from '../support/relying-party.ts';
import { type ServiceProvider, serviceProvider } from '../support/saml-sp.ts';
import { type SamlStage, samlStage } from '../support/saml-stage.ts';

/** A service provider on another site, in Chromium: its rules for cookies, forms and scripts decide whether it works. */

const looks: [string, BrowserContextOptions][] = [
  ['light', {}],
  ['dark', { colorScheme: 'dark' }],
  ['phone', { viewport: { width: 320, height: 640 }, hasTouch: true }],
];

describeWith('browser', 'SAML', () => {
  let stage: SamlStage;
  let browser: Browser;
  let site: Awaited<ReturnType<typeof startHttpServer>>;
  let elsewhere: Awaited<ReturnType<typeof startHttpServer>>;
  let sp: ServiceProvider;
  /** Where the service provider sends who has signed in. */
  let home: string;
  beforeAll(async () => {
    [stage, site, elsewhere] = await Promise.all([samlStage(), startHttpServer(), startHttpServer()]);
    const config = { authnRequestBinding: 'HTTP-POST', skipRequestCompression: true };
    sp = serviceProvider(stage.acme, 'site', { base: site.url, config });
    site.state.answer = ({ path, body }, res) => {
      const form = Object.fromEntries(new URLSearchParams(body));
      const answers: Record<string, () => Promise<void>> = {
        '/': async () => {
          const fields = Object.entries(await sp.beginByForm());
          const inputs = fields.map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`);
          res.setHeader('content-type', 'text/html');
          res.end(
            `<form method="post" action="${stage.acme.issuer}/saml/sso">${inputs.join('')}<button>On</button></form>`,
          );
        },
        '/acs': async () => {
          const { profile } = await sp.library.validatePostResponseAsync(form);
          res.writeHead(303, { location: `${home}?${new URLSearchParams({ name: profile!.nameID })}` }).end();
        },
      };
      const answer = answers[path] ?? (async () => void res.end('here'));
      answer().catch((error) => res.writeHead(500).end(String(error)));
    };
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all([stage?.stop(), site?.stop(), elsewhere?.stop()]);
  });

  let page: Page;
  let complaints: string[];
  afterEach(() => page.context().close());

  async function open(options: BrowserContextOptions = {}, saml: object = {}) {
    await stage.client(stage.acme, sp.client(saml));
    home = `${site.url}/home`;
    const context = await browser.newContext(options);
    page = await context.newPage();
    complaints = complaintsOf(page);
  }
  async function signIn() {
    await page.goto(site.url);
    await page.click('text=On');
    await page.fill('#identifier', 'ada@example.com');
    await page.fill('#password', PASSWORD);
    await page.click('button[type=submit].primary');
  }
  const arrived = (at = home) => eventually(() => page.url().startsWith(`${at}?name=`));

  test('there and back by itself, and again without a question', async () => {
    await open();
    await signIn();
    await arrived();
    await page.goto(site.url);
    await page.click('text=On');
    await arrived();
    expect(complaints).toEqual([]);
  });

  test('by a button, where there are no scripts', async () => {
    await open({ javaScriptEnabled: false });
    await signIn();
    await page.click('text=Continue');
    await arrived();
  });

  test('a service provider that sends its users on to another origin needs to say so', async () => {
    await open({}, { redirect_origins: [elsewhere.url] });
    home = `${elsewhere.url}/home`;
    await signIn();
    await arrived();
    expect(complaints).toEqual([]);
  });

  test.each(looks)('looks: %s', async (look, options) => {
    await open(options, { slo: { uri: `${site.url}/slo`, binding: 'post' } });
    // They stay where they would go on.
    await page.addInitScript('HTMLFormElement.prototype.requestSubmit = () => {}');
    const seen = async (name: string) => {
      await picture(page, `saml-${name}-${look}`);
      expect(await scrollsSideways(page)).toBe(false);
      if (look !== 'phone') expect(await accessibilityOf(page)).toEqual([]);
    };
    await signIn();
    await page.waitForSelector('form[data-at-once]');
    await seen('go');
    await page.goto(`${stage.acme.issuer}/session/end`);
    await page.click('button[value=yes]');
    await page.waitForSelector('form[data-at-once]');
    await seen('sign-out');
    await page.goto(`${stage.acme.issuer}/saml/sso`);
    await seen('refused');
  });
});
