import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { rawClient, USER } from '../support/raw-client.ts';
import { CALLBACK, goThrough, PASSWORD, webClient } from '../support/relying-party.ts';
import { createUserAgent, type Page } from '../support/user-agent.ts';

/** OAuth 2.0 Web Message Response Mode, by allow-list; T022. */

const ES256 = { signing: { algorithms: ['ES256' as const] } };
const WINDOW = { skip_consent: true, response_modes: ['query', 'web_message'] };
const ORIGIN = new URL(CALLBACK).origin;
const STATE = '</script><script>alert(1)</script>';

let gatehouse: TestGatehouse;
let acme: Tenant;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  acme = await gatehouse.tenant({ id: 'acme', settings: { ...ES256, protocol: { web_message: true } } });
  const { clients, accounts } = gatehouse.services;
  await clients.create(acme, webClient('window', WINDOW));
  await clients.create(acme, webClient('other', { skip_consent: true }));
  await accounts.create(acme, { email: USER, email_verified: true, password: PASSWORD });
});
afterAll(() => gatehouse.stop());

const client = (name = 'window') => rawClient(acme.issuer, name);
const request = (params: Record<string, string> = {}, name = 'window') =>
  client(name).begin({ response_mode: 'web_message', state: STATE, ...params });
const agent = () => createUserAgent({ stopAt: CALLBACK });
const openerPolicy = ({ headers }: Page) => headers.get('cross-origin-opener-policy');

/** What the page posts, and to whom. */
function messageIn({ body }: Page) {
  const [, data] = /var data = (.*);/.exec(body) ?? [];
  const { response, redirect_uri } = JSON.parse(data!) as { response: Record<string, string>; redirect_uri: string };
  return { response, redirect_uri, script: /<script>([\s\S]*)<\/script>/.exec(body)![1]! };
}

async function signedIn() {
  const browser = agent();
  await goThrough(browser, client().begin().url, USER);
  return browser;
}

describe('the answer', () => {
  let page: Page;
  let redemption: Record<string, string>;
  beforeAll(async () => {
    const browser = await signedIn();
    const begun = request({ prompt: 'none' });
    redemption = begun.redemption;
    page = await browser.get(begun.url);
  });

  test('is a page that posts the code to the origin of the redirect URI, and no other', async () => {
    expect(page.status).toBe(200);
    const { response, redirect_uri, script } = messageIn(page);
    expect(response).toEqual({ code: expect.any(String), state: STATE, iss: acme.issuer });
    expect(redirect_uri).toBe(CALLBACK);
    expect(script).toContain('respond(mainWin, redirect_uri)');
    expect(script).toContain('postMessage(authorization_response, origin)');
    expect(script).not.toMatch(/['"]\*['"]/);
    expect((await client().token({ ...redemption, code: response.code! })).status).toBe(200);
  });

  test('runs that script alone: what comes from the request does not end it', () => {
    expect(page.body.match(/<\/script>/g)).toHaveLength(1);
    const hash = createHash('sha256').update(messageIn(page).script).digest('base64');
    const policy = page.headers.get('content-security-policy')!;
    expect(policy).toContain(`'sha256-${hash}'`);
    expect(policy).not.toMatch(/unsafe-inline|unsafe-eval|script-src[^;]*\*/);
  });

  test('is in frames of that origin only, and its opener is let in', () => {
    expect(page.headers.get('content-security-policy')).toMatch(new RegExp(`frame-ancestors ${ORIGIN}$`));
    expect(page.headers.get('x-frame-options')).toBeNull();
    expect(openerPolicy(page)).toBe('unsafe-none');
    expect(page.headers.get('cache-control')).toMatch(/no-(store|cache)/);
  });

  test('a refusal comes the same way', async () => {
    const refused = await agent().get(request({ prompt: 'none' }).url);
    expect(refused.status).toBe(400);
    expect(messageIn(refused)).toMatchObject({
      response: { error: 'login_required', state: STATE, iss: acme.issuer },
      redirect_uri: CALLBACK,
    });
  });
});

test('the pages on the way let the opener in, and nobody has them in a frame', async () => {
  const browser = agent();
  const first = await browser.get(request().url);
  expect(first.body).toContain('name="password"');
  expect([openerPolicy(first), first.headers.get('x-frame-options')]).toEqual(['unsafe-none', 'DENY']);
  expect(first.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  const last = await browser.submit(first, { identifier: USER, password: PASSWORD });
  expect(messageIn(last).response.code).toEqual(expect.any(String));
});

test('those of other requests do not', async () => {
  const page = await agent().get(client().begin().url);
  expect(openerPolicy(page)).toBe('same-origin');
});

describe('T022 refused', () => {
  test.each([
    ['a client that does not name the mode', 'other', 'web_message'],
    ['a client that names another of that kind', 'window', 'web_message.jwt'],
  ])('%s', async (_name, clientId, response_mode) => {
    const page = await agent().get(request({ response_mode, state: 's' }, clientId).url);
    expect(page.status).toBe(400);
    expect(messageIn(page).redirect_uri).toBe(CALLBACK);
    expect(page.body).not.toContain('"code"');
    expect(openerPolicy(page)).toBe('same-origin');
    expect(page.headers.get('content-security-policy')).toMatch(new RegExp(`frame-ancestors ${ORIGIN}$`));
  });

  test.each(['https://evil.example/cb', `${CALLBACK}.evil.example`, `${ORIGIN}/other`])(
    'to %s, which is not registered, nothing is posted',
    async (redirect_uri) => {
      const page = await (await signedIn()).get(request({ redirect_uri, prompt: 'none' }).url);
      expect(page.status).toBe(400);
      expect(page.body).not.toContain('postMessage');
      expect([openerPolicy(page), page.headers.get('x-frame-options')]).toEqual(['same-origin', 'DENY']);
    },
  );

  test('a relay of the message to another window (web_message_uri)', async () => {
    const page = await (await signedIn()).get(request({ web_message_uri: 'https://evil.example', prompt: 'none' }).url);
    expect(page.body).not.toContain('evil.example');
    if (page.body.includes('var data')) expect(messageIn(page).response).toHaveProperty('error');
  });

  test('at a tenant that does not offer it', async () => {
    const plain = await gatehouse.tenant({ id: 'plain', settings: ES256 });
    await expect(gatehouse.services.clients.create(plain, webClient('window', WINDOW))).rejects.toThrow(
      /response_modes/,
    );
    const modesOf = async ({ issuer }: Tenant) => {
      const said = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
      return (said as { response_modes_supported: string[] }).response_modes_supported;
    };
    expect(await modesOf(plain)).not.toContain('web_message');
    expect(await modesOf(acme)).toContain('web_message');
  });
});
