import { describe, expect, test } from '@jest/globals';
import Koa from 'koa';
import request from 'supertest';
import { fakeTenant, pages } from '../../test/support/hosted-pages.ts';
import { dangers, elementsOf, textOf } from '../../test/support/html.ts';
import * as errors from '../core/errors.ts';
import { sendError } from './error-page.ts';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const SECRET = 'mongodb://root:hunter2@db/';

function answer(error: unknown, accept: string, tenant = true) {
  const app = new Koa();
  app.use((ctx) => sendError(pages, ctx, { tenant: tenant ? fakeTenant() : undefined, requestId: 'req-1' }, error));
  return request(app.callback()).get('/').set('Accept', accept);
}

const cases: [string, unknown, number, string][] = [
  ['a bug', new TypeError(SECRET), 500, 'server_error'],
  ['something that is no error', SECRET, 500, 'server_error'],
  ['a bad configuration', errors.badConfig(SECRET), 500, 'server_error'],
  ['a store that is down', errors.unavailable(SECRET, new Error(SECRET)), 503, 'unavailable'],
  ['a lost interaction', errors.interactionGone(new Error(SECRET)), 400, 'interaction_gone'],
  ['another step', errors.stepRefused('login', 'consent'), 400, 'step_refused'],
  ['a foreign form', errors.csrfRefused('x'), 403, 'csrf_refused'],
  ['a suspended tenant', errors.tenantSuspended(), 403, 'tenant_suspended'],
  ['a missing page', errors.notFound('this page'), 404, 'not_found'],
  ['bad input', errors.invalidInput('x must be y', [{ pointer: '/x', message: 'must be y' }]), 400, 'invalid_input'],
  ['a large body', errors.payloadTooLarge(1), 413, 'payload_too_large'],
  ['too many attempts', errors.tooManyRequests(240), 429, 'too_many_requests'],
];

describe.each(cases)('%s', (_, error, status, code) => {
  test('is a page to browsers', async () => {
    const { text, headers } = await answer(error, BROWSER).expect(status).expect('Content-Type', /html/);
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(dangers(text)).toEqual([]);
    expect(text).toMatch(/<title>Error: /);
    expect(textOf(text)).toContain('Reference: req-1');
    expect(text).not.toMatch(/hunter2|\.ts:|at .*\(/);
    expect(elementsOf(text).filter(({ attributes }) => attributes.class === 'button').length).toBeLessThanOrEqual(1);
  });

  test('is problem+json to programs', async () => {
    const { text } = await answer(error, 'application/json')
      .expect(status)
      .expect('Content-Type', /problem\+json/);
    expect(JSON.parse(text)).toMatchObject({ type: 'about:blank', status, code, request_id: 'req-1' });
    expect(text).not.toMatch(/hunter2|\.ts:/);
  });
});

test.each([
  ['too many attempts', errors.tooManyRequests(240), '240', 'in 4 minutes'],
  ['a store that is down', errors.unavailable('the store'), '2', 'in 2 seconds'],
])('%s: says when to come back', async (_, error, seconds, words) => {
  const { text } = await answer(error, BROWSER).expect('Retry-After', seconds);
  expect(textOf(text)).toContain(words);
  await answer(error, 'application/json').expect('Retry-After', seconds);
});

test('names the bad fields to programs', async () => {
  const { body } = await answer(errors.invalidInput('no', [{ pointer: '/a', message: 'must be b' }]), '*/*');
  expect(body.errors).toEqual([{ pointer: '/a', detail: 'must be b' }]);
});

test('has a page for an address that is no tenant', async () => {
  const { text } = await answer(errors.notFound('this page'), BROWSER, false).expect(404);
  expect(dangers(text)).toEqual([]);
  expect(text).not.toContain('brand.css');
});
