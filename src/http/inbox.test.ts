import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, test } from '@jest/globals';
import { loadAssets } from './assets.ts';
import { createInboxPages } from './inbox.ts';
import { loadViews } from './views.ts';

const MAIL = {
  id: '000.m1',
  at: Date.UTC(2030, 0, 1),
  channel: 'mail' as const,
  tenant: 'acme',
  to: '<ada>@example.com',
  template: 'sign_in_link',
  subject: 'Sign in <now>',
  text: 'Code 123456\nSign in:\nhttps://login.example/link?t=a&b=c\n<script>',
  html: '<html><head><title>x</title></head><body><script>alert(1)</script><a href="https://login.example/">in</a></body></html>',
};
const SMS = { ...MAIL, id: '000.m2', channel: 'sms' as const, subject: '', html: undefined };

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function open(access: 'local' | 'open' = 'local', url = 'http://localhost:3000') {
  const handle = createInboxPages({
    inbox: { list: async () => [MAIL, SMS], get: async (id) => [MAIL, SMS].find((message) => message.id === id) },
    access,
    url,
    views: loadViews(),
    assets: loadAssets(),
    fault: (error) => {
      throw error;
    },
  });
  server = createServer((req, res) => void (handle(req, res) || res.writeHead(404).end('another')));
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  const { port } = server.address() as AddressInfo;
  return (path: string, headers: Record<string, string> = {}, hostname = '127.0.0.1', method = 'GET') =>
    new Promise<{ status: number; headers: Record<string, string>; body: string }>((resolve, reject) => {
      const req = request({ hostname, port, path, method, headers }, (res) => {
        let body = '';
        res.on('data', (chunk) => {
          body += chunk;
        });
        res.on('end', () => resolve({ status: res.statusCode!, headers: res.headers as Record<string, string>, body }));
      });
      req.on('error', reject);
      req.end();
    });
}

test('the list, and a message with its links and its text', async () => {
  const get = await open();
  const list = await get('/inbox');
  expect(list.status).toBe(200);
  expect(list.body).toContain('href="/inbox/000.m1"');
  expect(list.body).toContain('Sign in &lt;now&gt;');
  expect(list.body).toContain('Text message');
  const { body } = await get('/inbox/000.m1');
  expect(body).toContain('href="https://login.example/link?t=a&amp;b=c"');
  expect(body).toContain('Code 123456');
  expect(body).not.toContain('<script>');
  expect(body).toMatch(
    /<iframe [^>]*sandbox="allow-popups allow-popups-to-escape-sandbox" src="\/inbox\/000.m1\/html">/,
  );
  expect((await get('/inbox/000.m2')).body).not.toContain('<iframe');
  expect((await get('/inbox/nothing')).status).toBe(404);
});

test('the HTML of a mail runs nothing and stays within its frame', async () => {
  const get = await open();
  const { headers, body } = await get('/inbox/000.m1/html');
  expect(body).toContain('<head><base target="_blank"><title>');
  const policy = headers['content-security-policy'];
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain('sandbox allow-popups allow-popups-to-escape-sandbox');
  expect(policy).not.toContain('allow-scripts');
  expect(policy).not.toContain('allow-same-origin');
  expect(headers['x-frame-options']).toBe('SAMEORIGIN');
  const page = await get('/inbox');
  expect(page.headers['content-security-policy']).toContain("default-src 'none'; style-src 'self'");
  expect(page.headers['cache-control']).toBe('no-store');
  expect(page.headers['x-frame-options']).toBe('DENY');
});

describe('who may read it', () => {
  const outside = Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === 'IPv4' && !address.internal)?.address;

  test.each<[string, number, Record<string, string>]>([
    ['this machine', 200, {}],
    ['by another name of it', 200, { host: '127.0.0.1:3001' }],
    ['a request by way of a proxy', 403, { 'x-forwarded-for': '127.0.0.1' }],
    ['one that says so otherwise', 403, { forwarded: 'for=127.0.0.1' }],
    ['a site whose name leads here (DNS rebinding)', 404, { host: 'evil.example' }],
    ['a look-alike', 404, { host: 'localhost.evil.example' }],
  ])('%s: %i', async (_name, status, headers) => {
    const get = await open('local');
    const { status: given, body } = await get('/inbox/000.m1', { host: 'localhost:3000', ...headers });
    expect(given).toBe(status);
    if (status !== 200) expect(body).not.toContain('123456');
  });

  (outside ? test : test.skip)('another machine: only where it was opened', async () => {
    const closed = await open('local');
    expect((await closed('/inbox', { host: 'localhost:3000' }, outside)).status).toBe(403);
    server.close();
    const opened = await open('open');
    expect((await opened('/inbox', { host: 'localhost:3000' }, outside)).status).toBe(200);
    expect((await opened('/inbox', { host: 'evil.example' }, outside)).status).toBe(404);
  });
});

test.each(['/inboxes', '/', '/t/acme/inbox', '/inbox2/x'])('%s is not its path', async (path) => {
  expect((await (await open())(path, { host: 'localhost:3000' })).body).toBe('another');
});

test('it can only be read', async () => {
  expect((await (await open())('/inbox', { host: 'localhost:3000' }, '127.0.0.1', 'POST')).body).toBe('another');
});
