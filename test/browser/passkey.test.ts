import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { loadAssets } from '../../src/http/assets.ts';
import { contentSecurityPolicy } from '../../src/http/csp.ts';
import { parseForm } from '../../src/http/form.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { startChromium } from '../support/chromium.ts';
import { describeWith } from '../support/engines.ts';
import { eventually } from '../support/eventually.ts';
import { ADA, type PasskeyStage, setPasskeyStage } from '../support/passkeys.ts';

/** `public/passkey.js` with a real browser on pages that have nothing else, and the server's part behind them. */
describeWith('browser', 'passkeys in a browser', () => {
  const ceremony = { binding: 'browser' };
  const script = loadAssets().get('passkey.js')!;
  let at: PasskeyStage;
  let tenant: Tenant;
  let browser: Browser;
  let server: Server;
  let origin: string;
  let page: Page;
  let cdp: CDPSession;
  let authenticatorId: string;
  let renewed: number;

  beforeAll(async () => {
    at = await setPasskeyStage();
    server = createServer((req, res) => {
      answer(req.url!, req.method === 'POST' ? text(req) : undefined).then(
        ({ type, body }) => {
          res.setHeader('content-type', `${type}; charset=utf-8`);
          res.setHeader('content-security-policy', contentSecurityPolicy());
          res.end(body);
        },
        (error: Error) => res.writeHead(500).end(error.message),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, resolve));
    origin = `http://localhost:${(server.address() as AddressInfo).port}`;
    tenant = { ...at.a, issuer: `${origin}/t/a` };
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
    server.close();
    await at.store.close();
  });

  beforeEach(async () => {
    renewed = 0;
    await at.passkeys.removeAll(tenant, ADA.id);
    page = await (await browser.newContext()).newPage();
    cdp = await page.context().newCDPSession(page);
    await cdp.send('WebAuthn.enable', { enableUI: false });
    const options = {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    } as const;
    ({ authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options }));
  });
  afterEach(() => page.context().close());

  async function answer(url: string, posted?: Promise<string>): Promise<{ type: string; body: string | Buffer }> {
    const { pathname, searchParams } = new URL(url, origin);
    if (pathname === '/passkey.js') return { type: 'text/javascript', body: script.body };
    if (pathname === '/renew') {
      renewed += 1;
      return { type: 'application/json', body: await optionsOf('get') };
    }
    if (!posted) return { type: 'text/html', body: await pageWith(pathname.slice(1), searchParams) };
    const response = parseForm(Buffer.from(await posted)).get('credential')!;
    const result =
      pathname === '/create'
        ? await at.passkeys.register(tenant, ADA.id, response, { ...ceremony, name: 'Chromium' })
        : await at.passkeys.authenticate(tenant, response, ceremony);
    return { type: 'text/html', body: `<!doctype html><pre>${JSON.stringify(result)}</pre>` };
  }

  async function optionsOf(kind: string): Promise<string> {
    const options =
      kind === 'create'
        ? await at.passkeys.registrationOptions(tenant, ADA, ceremony)
        : await at.passkeys.authenticationOptions(tenant, ceremony);
    return JSON.stringify(options);
  }

  /** `/create` or `/get`; each parameter is a data attribute. */
  async function pageWith(kind: string, data: URLSearchParams): Promise<string> {
    const escaped = (value: string) => value.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
    const attributes = [...data, ['options', await optionsOf(kind)] as const]
      .map(([name, value]) => `data-${name}="${escaped(value)}"`)
      .join(' ');
    return `<!doctype html><title>Passkeys</title><script type="module" src="/passkey.js"></script>
      <input autocomplete="username webauthn"><p data-passkey-missing>Without.</p>
      <form hidden method="post" action="/${kind}" data-passkey="${kind}" ${attributes}
        data-cancelled="Cancelled." data-known="Known." data-failed="Failed.">
        <input type="hidden" name="credential"><button>Go</button><p role="alert" data-passkey-message hidden></p>
      </form>`;
  }

  const open = (path: string) => page.goto(`${origin}/${path}`);
  /** A page that may have sent itself on before it is there. */
  const openTouched = (path: string) => page.goto(`${origin}/${path}`, { waitUntil: 'commit' });
  const outcome = async () => JSON.parse((await page.textContent('pre'))!);
  const message = async (words: string) =>
    expect(await page.locator('[role=alert]', { hasText: words }).isVisible()).toBe(true);

  async function enrol() {
    await open('create');
    await page.click('button');
    expect(await outcome()).toMatchObject({ ok: true, passkey: { name: 'Chromium', transports: ['internal'] } });
  }
  const signedIn = { ok: true, accountId: ADA.id, proof: { userVerified: true } };

  test('are made, and asked for by the button', async () => {
    await enrol();
    await open('get');
    expect(await page.isVisible('[data-passkey-missing]')).toBe(false);
    await page.click('button');
    expect(await outcome()).toMatchObject(signedIn);
  });

  test('are offered without a press of the button', async () => {
    await enrol();
    await openTouched('get?mediation=conditional');
    expect(await outcome()).toMatchObject(signedIn);
  });

  test('go on by the button while the browser offers them', async () => {
    await enrol();
    const mediations: unknown[] = [];
    const touch = (enabled: boolean) =>
      cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled });
    await page.exposeFunction('noted', async (mediation: unknown) => {
      mediations.push(mediation);
      // Nobody touches it but for the button.
      if (!mediation) await touch(true);
    });
    await page.addInitScript(`{
      const get = navigator.credentials.get.bind(navigator.credentials);
      navigator.credentials.get = async (options) => (await noted(options.mediation), get(options));
    }`);
    await touch(false);
    await open('get?mediation=conditional');
    await eventually(() => mediations.length === 1);
    await page.click('button');
    expect(await outcome()).toMatchObject(signedIn);
    expect(mediations).toEqual(['conditional', undefined]);
  });

  test('are made while nobody asked, where the browser does so', async () => {
    await page.addInitScript(`{
      const create = navigator.credentials.create.bind(navigator.credentials);
      navigator.credentials.create = ({ mediation, ...rest }) => create(rest);
      PublicKeyCredential.getClientCapabilities = async () => ({ conditionalCreate: true });
    }`);
    await openTouched('create?mediation=conditional');
    expect(await outcome()).toMatchObject({ ok: true });
  });

  test('work in browsers and with password managers that do not know JSON', async () => {
    await page.addInitScript(`
      PublicKeyCredential.parseCreationOptionsFromJSON = undefined;
      PublicKeyCredential.parseRequestOptionsFromJSON = undefined;
      PublicKeyCredential.prototype.toJSON = undefined;
    `);
    await enrol();
    await open('get');
    await page.click('button');
    expect(await outcome()).toMatchObject(signedIn);
  });

  test('tell what went wrong, and can be tried again', async () => {
    await open('get');
    await page.click('button');
    await page.waitForSelector('[role=alert]:not([hidden])');
    await message('Cancelled.');
    await enrol();
    await open('create');
    await page.click('button');
    await page.waitForSelector('[role=alert]:not([hidden])');
    await message('Known.');
    await page.evaluate(`document.querySelector('form').dataset.options = 'no options'`);
    await page.click('button');
    await page.waitForFunction(`document.querySelector('[role=alert]').textContent === 'Failed.'`);
  });

  test('need a new challenge on a page that was open for long', async () => {
    await enrol();
    await open('get?renew=/renew');
    at.wait(301);
    await page.evaluate('{ const now = Date.now; Date.now = () => now() + 301_000; }');
    await page.click('button');
    expect(await outcome()).toMatchObject(signedIn);
    expect(renewed).toBe(1);
  });

  test('are not shown where the browser has none', async () => {
    await page.addInitScript('delete globalThis.PublicKeyCredential');
    await open('get?mediation=conditional');
    await page.waitForLoadState();
    expect(await page.isVisible('button')).toBe(false);
    expect(await page.isVisible('[data-passkey-missing]')).toBe(true);
  });

  test('are forgotten by the authenticator once they are removed here', async () => {
    await enrol();
    const credentials = async () => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials.length;
    expect(await credentials()).toBe(1);
    const [passkey] = await at.passkeys.list(tenant, ADA.id);
    await at.passkeys.remove(tenant, ADA.id, passkey!.id);
    const signals = await at.passkeys.signals(tenant, ADA);
    await open(`get?signal=${encodeURIComponent(JSON.stringify(signals))}`);
    await eventually(async () => (await credentials()) === 0);
  });
});
