import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { NEAR_MISSES, UNREGISTRABLE } from '../support/hostile.ts';
import { rawClient } from '../support/raw-client.ts';
import { CALLBACK, webClient } from '../support/relying-party.ts';
import { answerOf, authorizationUrl, type Stage, setStage, signedIn, userAgent } from '../support/stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
  const { clients } = stage.services;
  const native = { application_type: 'native', token_endpoint_auth_method: 'none', client_secret: undefined };
  const loopback = ['http://127.0.0.1/cb', 'http://[::1]/cb'];
  await clients.create(stage.acme, webClient('native', { ...native, redirect_uris: loopback }));
  await clients.create(stage.acme, webClient('local-web', { redirect_uris: ['http://127.0.0.1:8080/cb'] }));
  await clients.create(stage.acme, webClient('many', { redirect_uris: [CALLBACK, 'https://app.example.com/other'] }));
});
afterAll(() => stage.stop());

/** The one visit that matters: signed in, so that a code would be given at once. */
const visit = async (url: string) => {
  const { agent } = await signed;
  return agent.get(url);
};
let signed: ReturnType<typeof signedIn>;
beforeAll(() => {
  signed = signedIn(stage.acme.issuer);
  return signed;
});

test.each(NEAR_MISSES)('%j is not the registered address: a page of ours, no redirect', async (redirect_uri) => {
  const attempts = [
    { client_id: 'first-party' },
    { client_id: 'first-party', response_type: 'token', prompt: 'none' },
    { client_id: 'first-party', response_mode: 'form_post' },
  ];
  for (const params of attempts) {
    const page = await visit(authorizationUrl(stage.acme.issuer, { ...params, redirect_uri }));
    expect({ status: page.status, location: page.headers.get('location'), hops: page.trail.length }).toEqual({
      status: 400,
      location: null,
      hops: 1,
    });
    expect(page.body).toContain('invalid_redirect_uri');
    expect(page.body).not.toContain('<form');
  }
  const pushed = await rawClient(stage.acme.issuer, 'first-party').post('/request', { ...request, redirect_uri });
  expect(pushed).toMatchObject({
    status: 400,
    body: { error: 'invalid_request', error_description: expect.stringContaining('redirect_uri') },
  });
});

const request = {
  client_id: 'first-party',
  response_type: 'code',
  scope: 'openid',
  code_challenge: 'x'.repeat(43),
  code_challenge_method: 'S256',
};

test('the registered address itself does redirect', async () => {
  const page = await visit(authorizationUrl(stage.acme.issuer, { client_id: 'first-party' }));
  expect(page.url).toMatch(`${CALLBACK}?code=`);
});

test.each(['many', 'first-party'])(
  'no address at all is not guessed, even for who has but one (%s)',
  async (client_id) => {
    const page = await visit(authorizationUrl(stage.acme.issuer, { client_id, redirect_uri: undefined }));
    expect(page).toMatchObject({ status: 400, trail: { length: 1 } });
  },
);

test.each([
  ['native', 'http://127.0.0.1:49152/cb', true],
  ['native', 'http://[::1]:49152/cb', true],
  ['native', 'http://localhost:49152/cb', false],
  ['native', 'http://localhost.evil.example/cb', false],
  ['native', 'http://127.0.0.1.evil.example/cb', false],
  ['native', 'http://127.0.0.1@evil.example/cb', false],
  ['native', 'http://127.0.0.1:80@evil.example/cb', false],
  ['native', 'http://127.0.0.2:49152/cb', false],
  ['native', 'http://127.1:49152/cb', false],
  ['native', 'http://2130706433:49152/cb', false],
  ['native', 'https://127.0.0.1:49152/cb', false],
  ['native', 'http://127.0.0.1:49152/cb/', false],
  ['native', 'http://127.0.0.1:49152/cb?x=1', false],
  ['native', 'http://127.0.0.1:99999/cb', false],
  ['local-web', 'http://127.0.0.1:49152/cb', false],
  ['local-web', 'http://127.0.0.1/cb', false],
])('loopback (RFC 8252 7.3): %s at %s is allowed: %s', async (client_id, redirect_uri, isAllowed) => {
  const agent = userAgent();
  const page = await agent.get(authorizationUrl(stage.acme.issuer, { client_id, redirect_uri }));
  expect(page.status).toBe(isAllowed ? 200 : 400);
  if (isAllowed) expect(page.url).toContain('/interaction/');
  else expect(page.trail).toHaveLength(1);
});

test.each(UNREGISTRABLE)('%j cannot be registered', async (uri) => {
  for (const field of ['redirect_uris', 'post_logout_redirect_uris']) {
    const refused = stage.services.clients.create(stage.acme, webClient('refused', { [field]: [uri] }));
    await expect(refused).rejects.toMatchObject({
      code: 'invalid_input',
      status: 400,
      problems: [expect.objectContaining({ pointer: `/${field}/0` })],
    });
  }
});

test('errors that do redirect name the issuer and give the state back', async () => {
  const page = await visit(
    authorizationUrl(stage.acme.issuer, {
      client_id: 'first-party',
      scope: 'openid nothing',
      code_challenge: undefined,
    }),
  );
  expect(answerOf(page)).toMatchObject({ error: 'invalid_request', iss: stage.acme.issuer, state: 'the-state' });
});
