import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { raw, type Stage, setStage } from '../support/stage.ts';

/** What programs call, by whatever library: among them those that ask for HTML first, as Java's does. */

const JAVA = 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage.stop());

describe('an error is JSON, whatever is accepted', () => {
  test.each([
    ['POST', '/token', 'grant_type=client_credentials', 401, 'invalid_client'],
    ['POST', '/token', 'grant_type=client_credentials&client_id=web&client_secret=wrong', 401, 'invalid_client'],
    ['POST', '/token/introspection', 'token=x', 401, 'invalid_client'],
    ['POST', '/token/revocation', 'token=x', 401, 'invalid_client'],
    ['POST', '/request', 'client_id=nobody', 401, 'invalid_client'],
    ['POST', '/backchannel', 'client_id=nobody', 401, 'invalid_client'],
    ['POST', '/device/auth', 'client_id=nobody', 401, 'invalid_client'],
    ['GET', '/me', '', 401, 'invalid_token'],
  ])('%s %s %s', async (method, path, body, status, error) => {
    for (const accept of [JAVA, 'text/html', '*/*', 'application/json']) {
      const answer = await raw(stage.url, `/t/acme${path}`, { method, headers: { ...FORM, accept }, body });
      expect({ accept, status: answer.status, type: answer.headers['content-type'] }).toEqual({
        accept,
        status,
        type: expect.stringContaining('application/json'),
      });
      expect(JSON.parse(answer.body).error).toBe(error);
    }
  });

  test('of ours as well', async () => {
    const answer = await raw(stage.url, '/t/acme/token', { headers: { accept: JAVA } });
    expect(answer).toMatchObject({
      status: 405,
      headers: { 'content-type': 'application/problem+json', allow: 'POST, OPTIONS' },
    });
  });
});

test('to who browses, an error of the authorization endpoint is a page', async () => {
  const answer = await raw(stage.url, '/t/acme/auth', { headers: { accept: 'text/html' } });
  expect(answer.headers['content-type']).toContain('text/html');
});

test.each(['/jwks', '/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'])(
  '%s can only be read',
  async (path) => {
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const answer = await raw(stage.url, `/t/acme${path}`, { method });
      expect(answer).toMatchObject({ status: 405, headers: { allow: expect.stringContaining('GET') } });
    }
    expect((await raw(stage.url, `/t/acme${path}`, { method: 'HEAD' })).status).toBe(200);
  },
);

test.each(['/jwks', '/.well-known/openid-configuration', '/token', '/me'])(
  'a script of another origin may ask first whether it may call %s',
  async (path) => {
    const headers = { origin: 'https://app.example.com', 'access-control-request-method': 'GET' };
    const answer = await raw(stage.url, `/t/acme${path}`, { method: 'OPTIONS', headers });
    expect(answer).toMatchObject({
      status: 204,
      headers: { 'access-control-allow-origin': 'https://app.example.com' },
    });
  },
);
