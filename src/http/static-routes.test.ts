import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import Koa from 'koa';
import request from 'supertest';
import { listen, pagesApp } from '../../test/support/hosted-pages.ts';
import { loadAssets } from './assets.ts';
import { brandUrl } from './brand.ts';
import { staticRoutes } from './static-routes.ts';

const { app, tenant } = pagesApp();
const server = app.callback();

test.each([
  ['a style sheet', loadAssets().url('page.css'), 'text/css; charset=utf-8'],
  ['a script', loadAssets().url('page.js'), 'text/javascript; charset=utf-8'],
  ['an icon', loadAssets().url('icon.svg'), 'image/svg+xml'],
  ["the tenant's colours", brandUrl(tenant), 'text/css; charset=utf-8'],
])('%s is kept for good at its version, else asked for again', async (_, url, type) => {
  const pinned = await request(server).get(`/t/acme${url}`).expect(200);
  expect(pinned.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  expect(pinned.headers['content-type']).toBe(type);
  const { etag } = pinned.headers;
  for (const query of ['', '?v=older', '?v=a&v=b']) {
    const plain = await request(server)
      .get(`/t/acme${url.split('?')[0]}${query}`)
      .expect(200);
    expect(plain.headers).toMatchObject({ 'cache-control': 'no-cache', etag });
  }
  const known = await request(server).get(`/t/acme${url}`).set('If-None-Match', etag!).expect(304);
  expect(known.text).toBe('');
});

test('the script stays small', () => {
  expect(loadAssets().get('page.js')!.body.length).toBeLessThan(15 * 1024);
});

describe('no path leads out of the folder', () => {
  let listening: Awaited<ReturnType<typeof listen>>;
  beforeAll(async () => {
    listening = await listen(app);
  });
  afterAll(() => listening.close());

  /** As it is written: clients would tidy such a path up. */
  const statusOf = (path: string) =>
    new Promise<string>((resolve, reject) => {
      const socket = connect(listening.port, '127.0.0.1', () =>
        socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
      );
      let answer = '';
      socket.on('data', (chunk) => {
        answer += chunk;
      });
      socket.on('end', () => resolve(answer.split(' ')[1]!));
      socket.on('error', reject);
    });

  test.each([
    '../package.json',
    '..%2fpackage.json',
    '..%2Fpackage.json',
    '%2e%2e/package.json',
    '%2e%2e%2fpackage.json',
    '..%5cpackage.json',
    '....//package.json',
    '/etc/passwd',
    '%2fetc%2fpasswd',
    'page.css%00.js',
    'page.css/..%2f..%2fpackage.json',
    'file:%2f%2f%2fetc%2fpasswd',
    '__proto__',
    'constructor',
    '%',
    '%c0%ae%c0%ae/package.json',
    '',
    '.',
  ])('/assets/%s', async (name) => expect(await statusOf(`/t/acme/assets/${name}`)).toBe('404'));

  test('while what is there is found that way too', async () => {
    expect(await statusOf('/t/acme/assets/page.css')).toBe('200');
  });
});

test('where there is no tenant there are its pages’ assets, but no colours', async () => {
  const bare = new Koa();
  bare.use((ctx, next) => next().catch((error) => ctx.throw(error.status)));
  bare.use(staticRoutes(loadAssets()));
  await request(bare.callback()).get('/assets/page.css').expect(200);
  await request(bare.callback()).get('/brand.css').expect(404);
});
