import { describe, expect, test } from '@jest/globals';
import Koa from 'koa';
import request from 'supertest';
import { fakeTenant, pages } from '../../test/support/hosted-pages.ts';
import { dangers, elementsOf, textOf } from '../../test/support/html.ts';
import { unavailable } from '../core/errors.ts';
import { type CoreContext, createOidcPages } from './oidc-pages.ts';

const hooks = createOidcPages({ pages, tenant: fakeTenant(), requestIdOf: () => 'req-1' });

function answer(oidc: object | undefined, hook: (ctx: CoreContext) => unknown) {
  const app = new Koa();
  app.use((ctx) => {
    ctx.oidc = oidc;
    ctx.status = 400;
    // As much of it as the pages read.
    hook(ctx as unknown as CoreContext);
  });
  return request(app.callback()).get('/');
}

describe('renderError', () => {
  const render = (out: { error: string; error_description?: string }, error: Error, oidc?: object) =>
    answer(oidc, (ctx) => hooks.renderError(ctx, out, error));

  test.each(['"><svg onload=alert(1)>', '</details><script>alert(1)</script>', '{{7*7}}', '<img src=x onerror=1>'])(
    'shows %s as it was sent, and leads nowhere',
    async (payload) => {
      const out = { error: 'invalid_request', error_description: payload };
      const { text, headers } = await render(out, new Error(payload), { params: { ui_locales: payload } }).expect(400);
      expect(dangers(text)).toEqual([]);
      expect(textOf(text)).toContain(`invalid_request: ${payload}`);
      expect(headers.location).toBeUndefined();
    },
  );

  test.each([
    ['invalid_redirect_uri', new Error(), 'This app sent a wrong address'],
    ['invalid_client', new Error(), 'This app is not known here'],
    ['invalid_request', Object.assign(new Error(), { name: 'SessionNotFound' }), 'This sign-in is over'],
    ['invalid_request', new Error(), 'That did not work'],
  ])('%s', async (code, error, title) => {
    const { text } = await render({ error: code }, error);
    expect(textOf(text)).toContain(title);
  });

  test('a store that is down says when to come back', async () => {
    const { text, headers } = await render({ error: 'server_error' }, unavailable('secret')).expect(503);
    expect(headers['retry-after']).toBe('2');
    expect(text).not.toContain('secret');
  });

  test('speaks the language that was asked for', async () => {
    const { text } = await render({ error: 'invalid_request' }, new Error(), { params: { ui_locales: 'sv de' } });
    expect(text).toContain('<html lang="de" dir="ltr">');
  });
});

describe('logoutSource', () => {
  const form =
    '<form id="op.logoutForm" method="post" action="/t/acme/session/end/confirm"><input type="hidden" name="xsrf" value="s"/></form>';

  test('asks, with one primary button, and may lead on to the checked address only', async () => {
    const oidc = {
      params: { post_logout_redirect_uri: 'https://app.example/bye' },
      client: { clientId: 'web', clientName: '<b>Boat' },
    };
    const { text, headers } = await answer(oidc, (ctx) => hooks.logoutSource(ctx, form));
    expect(dangers(text)).toEqual([]);
    const buttons = elementsOf(text).filter(({ name }) => name === 'button');
    expect(buttons.map(({ attributes }) => attributes)).toEqual([
      { type: 'submit', class: 'primary', form: 'op.logoutForm', name: 'logout', value: 'yes' },
      { type: 'submit', class: 'secondary', form: 'op.logoutForm' },
    ]);
    expect(text).toContain(form);
    expect(textOf(text)).toContain('You are leaving <b>Boat.');
    expect(headers['content-security-policy']).toMatch(/form-action 'self' https:\/\/app\.example$/);
  });

  test('needs no client', async () => {
    const { text } = await answer({ params: {} }, (ctx) => hooks.logoutSource(ctx, form));
    expect(textOf(text)).toContain('You are signed in at Acme Inc.');
  });
});

test('signedOutInFrames goes on by header, link and script', async () => {
  const page = {
    frames: ['https://a.example/out?x="><b>', 'https://b.example/'],
    goal: 'https://app.example/bye?state=%22',
    stays: false,
  };
  const { text, headers } = await answer({ params: {} }, (ctx) => hooks.signedOutInFrames(ctx, page)).expect(200);
  expect(dangers(text, ['a.example', 'b.example'])).toEqual(['<iframe>', '<iframe>']);
  const all = elementsOf(text);
  const ofName = (name: string) => all.filter((element) => element.name === name).map(({ attributes }) => attributes);
  expect(ofName('iframe').map(({ src }) => src)).toEqual(page.frames);
  expect(ofName('a')).toMatchObject([{ href: page.goal, rel: 'noreferrer' }]);
  expect(ofName('script').map(({ src }) => src)).toContainEqual(expect.stringMatching(/\/assets\/frames\.js\?v=/));
  expect(headers.refresh).toBe(`1; url=${page.goal}`);
  expect(headers['content-security-policy']).toContain('; frame-src https://a.example https://b.example;');
});

describe('postLogoutSuccessSource', () => {
  test('says goodbye', async () => {
    const { text } = await answer({ params: {} }, hooks.postLogoutSuccessSource);
    expect(textOf(text)).toContain('You are signed out');
  });

  test.each([
    ['https://boat.example/', 1],
    ['javascript:alert(1)', 0],
  ])('a client at %s', async (clientUri, links) => {
    const { text } = await answer({ client: { clientId: 'web', clientUri } }, hooks.postLogoutSuccessSource);
    expect(dangers(text)).toEqual([]);
    expect(textOf(text)).toContain('You are still signed in');
    expect(elementsOf(text).filter(({ name }) => name === 'a')).toHaveLength(links);
  });
});
