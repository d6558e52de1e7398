import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { dangers, elementsOf } from '../support/html.ts';
import { rawClient } from '../support/raw-client.ts';
import { CALLBACK } from '../support/relying-party.ts';
import {
  authorizationUrl,
  CHALLENGE,
  isMain,
  raw,
  type Stage,
  setStage,
  signedIn,
  signIn,
  userAgent,
} from '../support/stage.ts';
import type { Page } from '../support/user-agent.ts';

/** Every kind of page there is, looked at as an attacker's browser would: headers, policy, what it loads, what it tells. */

type Seen = Pick<Page, 'status' | 'headers' | 'body'>;
const HTML = { accept: 'text/html' };

let stage: Stage;
const seen: Record<string, Seen> = {};
const trails: Page['trail'] = [];

beforeAll(async () => {
  stage = await setStage();
  const { issuer } = stage.acme;
  const agent = userAgent();
  const see = async (name: string, page: Promise<Page>) => {
    const { status, headers, body, trail } = await page;
    trails.push(...trail);
    seen[name] = { status, headers, body };
    return page;
  };
  const fetched = async (name: string, path: string, headers: Record<string, string> = {}, method = 'GET') => {
    const { status, headers: given, body } = await raw(stage.url, path, { method, headers: { ...HTML, ...headers } });
    const pairs = Object.entries(given).flatMap(([key, value]) => [value ?? []].flat().map((one) => [key, one]));
    seen[name] = { status, headers: new Headers(pairs as [string, string][]), body };
  };

  const asked = await see('sign-in', agent.get(authorizationUrl(issuer, { client_id: 'web' })));
  await see('wrong password', agent.submit(asked, { identifier: 'ada@example.com', password: 'wrong' }, isMain));
  const consent = await see('consent', signIn(agent, asked));
  await see('form of another site', agent.submit(asked, { csrf: 'wrong' }, isMain));
  await see('step out of turn', agent.post(`${consent.url.split('?')[0]}/account`, {}));
  await agent.submit(consent, { decision: 'accept' }, isMain);
  await see('finished sign-in', agent.get(asked.url));
  await see('finished resume', agent.get(asked.url.split('?')[0]!.replace('/interaction/', '/auth/')));
  await see('account', agent.get(authorizationUrl(issuer, { prompt: 'select_account' })));
  await see('form_post', agent.get(authorizationUrl(issuer, { response_mode: 'form_post' })));
  await see('form_post error', agent.get(authorizationUrl(issuer, { response_mode: 'form_post', max_age: 'x' })));
  await see('unknown client', agent.get(authorizationUrl(issuer, { client_id: 'nobody' })));
  await see('unknown redirect', agent.get(authorizationUrl(issuer, { redirect_uri: 'https://evil.example' })));
  await see('logout', agent.get(`${issuer}/session/end`));
  await see('logout error', agent.get(`${issuer}/session/end?id_token_hint=x`, HTML));
  await see('signed out', agent.get(`${issuer}/session/end/success`));
  const switcher = await signedIn(issuer);
  const again = await switcher.agent.get(authorizationUrl(issuer, { prompt: 'login' }));
  await see('change of account', signIn(switcher.agent, again, 'grace@example.com'));
  await see('logout, nobody there', userAgent().get(`${issuer}/session/end`));
  await see('language', agent.get(authorizationUrl(issuer, { prompt: 'login', ui_locales: 'de' })));

  await fetched('no such page', '/t/acme/nothing');
  await fetched('no such tenant', '/t/nobody/auth');
  await fetched('no tenant', '/nothing');
  await fetched('wrong method', '/t/acme/auth', {}, 'DELETE');
  await fetched('wrong host', '/', { host: 'evil.example' });
  await fetched('long address', `/t/acme/auth?state=${'x'.repeat(9000)}`);
  await fetched('no such resume', '/t/acme/auth/nothing');
  await fetched('no such interaction', '/t/acme/interaction/nothing');
  await fetched('no such asset', '/t/acme/assets/nothing.js');
});
const started: Stage[] = [];
afterAll(async () => {
  await stage.stop();
  for (const each of started) await each.stop().catch(() => {});
});

test('the crawl saw pages of each kind', () => {
  expect(Object.values(seen).filter(({ body }) => !/<html/.test(body))).toEqual([]);
  expect(Object.keys(seen).length).toBeGreaterThan(25);
  expect(Object.entries(seen).filter(([, { status }]) => status >= 500)).toEqual([]);
});

test('the headers of all pages', () => {
  for (const [page, { headers }] of Object.entries(seen)) {
    expect({ page, ...Object.fromEntries(headers) }).toMatchObject({
      page,
      'content-type': 'text/html; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': expect.stringContaining('camera=()'),
      'cache-control': expect.stringContaining('no-store'),
      'x-request-id': expect.any(String),
    });
    for (const name of ['server', 'x-powered-by', 'via']) {
      expect({ page, [name]: headers.get(name) }).toEqual({ page, [name]: null });
    }
  }
});

const policyOf = ({ headers }: Seen) =>
  Object.fromEntries(
    headers
      .get('content-security-policy')!
      .split(';')
      .map((text) => text.trim().split(/\s+/))
      .map(([name = '', ...sources]) => [name, sources]),
  );

test('the content security policy of all pages', () => {
  for (const [page, each] of Object.entries(seen)) {
    const { 'form-action': formAction, 'script-src': scripts, ...policy } = policyOf(each);
    expect({ page, policy }).toEqual({
      page,
      policy: {
        'default-src': ["'none'"],
        'style-src': ["'self'"],
        'img-src': ["'self'", 'data:'],
        'connect-src': ["'self'"],
        'base-uri': ["'none'"],
        'frame-ancestors': ["'none'"],
      },
    });
    expect(formAction).toContain("'self'");
    for (const source of formAction!) expect(["'self'", 'https://app.example.com', stage.url]).toContain(source);
    // What is not named there, Chromium blocks: also where it is a redirect after the submit.
    for (const [, target = ''] of each.body.matchAll(/<form[^>]* action="(https?:[^"]*)"/g)) {
      const source = target.startsWith(stage.url) ? "'self'" : new URL(target).origin;
      expect({ page, formAction }).toEqual({ page, formAction: expect.arrayContaining([source]) });
    }
    const inline = [...each.body.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(
      ([, text]) => `'sha256-${createHash('sha256').update(text!).digest('base64')}'`,
    );
    expect({ page, scripts }).toEqual({ page, scripts: ["'self'", ...inline] });
  }
});

test('nothing inline, nothing from elsewhere', () => {
  for (const [page, { body }] of Object.entries(seen)) {
    const isCorePage = body.includes('document.forms[0].submit()');
    // The core's own pages: one script, which the policy knows by its hash, and one form.
    const found = isCorePage
      ? dangers(body.replace(/<script>[\s\S]*?<\/script>|<br\/>|<\/?noscript>/g, ''))
      : dangers(body);
    expect({ page, found }).toEqual({ page, found: [] });
    expect(body).not.toMatch(/https?:\/\/(?!localhost|app\.example\.com)/);
    for (const { attributes } of elementsOf(body.replace(/<script>[\s\S]*?<\/script>/g, ''))) {
      if (attributes.target === '_blank') expect(attributes.rel).toContain('noopener');
    }
  }
});

test('pages tell nothing of the inside', () => {
  for (const [page, { body }] of Object.entries(seen)) {
    expect({
      page,
      found: /\n\s+at |node_modules|\.ts:\d|\/work\/|Error:\s+\w+Error|sqlite/i.exec(body)?.[0],
    }).toEqual({
      page,
      found: undefined,
    });
  }
});

test('after each form 303, and no password in an address (RFC 9700 4.12)', () => {
  const redirects = trails.filter(({ status }) => status >= 300 && status < 400);
  expect(redirects.length).toBeGreaterThan(4);
  expect(redirects.filter(({ status }) => status !== 303)).toEqual([]);
  expect(trails.filter(({ url }) => /password|correct/.test(url))).toEqual([]);
});

test('a fault of ours says no more than that, and where to ask', async () => {
  const broken = await setStage();
  started.push(broken);
  const { agent } = await signedIn(broken.acme.issuer);
  const asked = await userAgent().get(authorizationUrl(broken.acme.issuer));
  await broken.services.store.close();
  const answers = [
    await agent.get(asked.url),
    await agent.get(authorizationUrl(broken.acme.issuer)),
    await agent.get(`${broken.acme.issuer}/session/end`),
  ];
  const machine = await rawClient(broken.acme.issuer, 'first-party').post('/request', {
    client_id: 'first-party',
    response_type: 'code',
    redirect_uri: CALLBACK,
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
  });
  expect(machine).toMatchObject({ body: { error: 'temporarily_unavailable' }, status: 503 });
  for (const { status, body } of [...answers, { status: machine.status, body: JSON.stringify(machine.body) }]) {
    expect(status).toBeGreaterThanOrEqual(500);
    expect(body).not.toMatch(/\n\s+at |node_modules|\.ts:\d|sqlite|database/i);
  }
});
