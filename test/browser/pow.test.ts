import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { contentSecurityPolicy } from '../../src/http/csp.ts';
import { checkWork, makeWork } from '../../src/risk/proof-of-work.ts';
import { startChromium } from '../support/chromium.ts';
import { describeWith } from '../support/engines.ts';
import { type TestTenants, twoTenants } from '../support/tenants.ts';

const SCRIPTS = Object.fromEntries(
  ['page.js', 'pow.js'].map((name) => [`/${name}`, readFileSync(new URL(`../../public/${name}`, import.meta.url))]),
);

describeWith('browser', 'work in a browser, by our policy for pages', () => {
  let browser: Browser;
  let at: TestTenants;
  let html = '';
  const bodies: URLSearchParams[] = [];
  const server = createServer(async (req, res) => {
    const script = SCRIPTS[req.url ?? ''];
    if (script) return res.setHeader('content-type', 'text/javascript').end(script);
    if (req.method === 'POST') {
      let body = '';
      for await (const chunk of req) body += chunk;
      bodies.push(new URLSearchParams(body));
    }
    res.setHeader('content-security-policy', contentSecurityPolicy());
    res.setHeader('content-type', 'text/html').end(req.method === 'POST' ? 'taken' : html);
  });
  beforeAll(async () => {
    at = await twoTenants();
    await new Promise<void>((resolve) => server.listen(0, resolve));
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
    server.close();
    await at.store.close();
  });

  test('a form that is sent at once waits for its solution, is sent once, and keeps its button', async () => {
    const work = makeWork(at.a, { purpose: 'sign-in', bits: 17 }, Date.now());
    html = `<!doctype html><script src="/page.js" defer></script><script src="/pow.js" type="module"></script>
      <form method="post"><input type="hidden" name="challenge" value="${work.token}">
      <input type="hidden" name="solution" data-salt="${work.salt}" data-bits="${work.bits}" data-status="working">
      <p id="working" hidden>working</p><button name="decision" value="accept">go</button></form>`;
    const page = await (await browser.newContext()).newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.evaluate(() => {
      const button = (globalThis as unknown as { document: { querySelector(name: string): { click(): void } } })
        .document;
      for (let i = 0; i < 3; i += 1) button.querySelector('button').click();
    });
    await page.getByText('taken').waitFor();
    expect(bodies).toHaveLength(1);
    const [form] = bodies as [URLSearchParams];
    expect(form.get('decision')).toBe('accept');
    const answer = {
      purpose: 'sign-in',
      token: form.get('challenge')!,
      solution: form.get('solution')!,
      ip: '192.0.2.1',
    };
    expect(await checkWork(at.a, answer, Date.now())).toEqual({ passed: true, by: 'work' });
    await page.context().close();
  });
});
