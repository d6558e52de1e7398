import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { rawClient } from '../support/raw-client.ts';
import { CALLBACK } from '../support/relying-party.ts';
import {
  API,
  answerOf,
  authorizationUrl,
  CHALLENGE,
  type Params,
  redeem,
  type Stage,
  setStage,
  signedIn,
  userAgent,
} from '../support/stage.ts';
import type { UserAgent } from '../support/user-agent.ts';

let stage: Stage;
let issuer: string;
let agent: UserAgent;
beforeAll(async () => {
  stage = await setStage();
  issuer = stage.acme.issuer;
  agent = (await signedIn(issuer)).agent;
});
afterAll(() => stage.stop());

const ask = (params: Params) => agent.get(authorizationUrl(issuer, { client_id: 'first-party', ...params }));

const claims = (value: unknown) => JSON.stringify(value);

/** RFC 9207: whoever answers says so, in good and bad answers, in each response mode. */
test.each<[string, Params, string]>([
  ['no code challenge', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
  ['plain code challenge', { code_challenge_method: 'plain' }, 'invalid_request'],
  ['a code challenge without its method, which means plain', { code_challenge_method: undefined }, 'invalid_request'],
  ['a method in other letters', { code_challenge_method: 's256' }, 'invalid_request'],
  ['a method without a code challenge', { code_challenge: undefined }, 'invalid_request'],
  ['a code challenge too short', { code_challenge: 'x'.repeat(42) }, 'invalid_request'],
  ['a code challenge too long', { code_challenge: 'x'.repeat(129) }, 'invalid_request'],
  ['a code challenge of other characters', { code_challenge: `${'x'.repeat(42)}+` }, 'invalid_request'],
  ...['token', 'id_token', 'code id_token', 'code token', 'code id_token token', 'none', 'x'].map(
    (response_type): [string, Params, string] => [
      `response_type=${response_type}`,
      { response_type },
      'unsupported_response_type',
    ],
  ),
  ...['web_message', 'web_message.jwt', 'x'].map((response_mode): [string, Params, string] => [
    `response_mode=${response_mode}`,
    { response_mode },
    'unsupported_response_mode',
  ]),
  ['no response type', { response_type: undefined }, 'invalid_request'],
  ['an unsigned request object', { request: 'eyJhbGciOiJub25lIn0.e30.' }, 'invalid_request_object'],
  ['a request object that is none', { request: 'x' }, 'invalid_request_object'],
  ['a registration', { registration: '{}' }, 'registration_not_supported'],
  ['a scope that is no token', { scope: 'openid "' }, 'invalid_scope'],
  ['no scope, so that nothing is asked for', { scope: undefined, nonce: undefined }, 'invalid_scope'],
  ['unknown scopes alone', { scope: 'launch everything', nonce: undefined }, 'invalid_scope'],
  ['a scope of an API that is not named', { scope: 'read', nonce: undefined }, 'invalid_scope'],
  ['an unknown resource', { resource: 'https://api.evil.example' }, 'invalid_target'],
  ['a resource with a fragment', { resource: `${API}#x` }, 'invalid_target'],
  ['a resource that is relative', { resource: '/api' }, 'invalid_target'],
  ['a resource by another spelling', { resource: `${API}/` }, 'invalid_target'],
  ['prompt=none with another', { prompt: 'none login' }, 'invalid_request'],
  ['an unknown prompt', { prompt: 'sign_up' }, 'invalid_request'],
  ['a negative age', { max_age: '-1' }, 'invalid_request'],
  ['an age that is no number', { max_age: 'NaN' }, 'invalid_request'],
  ['an endless age', { max_age: 'Infinity' }, 'invalid_request'],
  ['claims that are no JSON', { claims: '{' }, 'invalid_request'],
  ['claims that are a list', { claims: '[]' }, 'invalid_request'],
  ['claims that are null', { claims: 'null' }, 'invalid_request'],
  ['claims of no place', { claims: claims({ x: {} }) }, 'invalid_request'],
  ['a claim that is a text', { claims: claims({ id_token: { sub: 'x' } }) }, 'invalid_request'],
  ['a claim that is a number', { claims: claims({ id_token: { acr: 5 } }) }, 'invalid_request'],
  ['a hint that is no token', { id_token_hint: 'a.b.c' }, 'invalid_request'],
  ['a hint that is one character', { id_token_hint: 'x' }, 'invalid_request'],
])('%s is refused, at the client, by name', async (_, params, error) => {
  const page = await ask(params);
  expect(page.url).toMatch(CALLBACK);
  expect(answerOf(page)).toMatchObject({ error, iss: issuer, state: 'the-state' });
});

test.each(['query', 'fragment'])('good and bad answers by %s name the issuer', async (response_mode) => {
  const bad = await ask({ response_mode, max_age: 'x' });
  expect(answerOf(bad)).toMatchObject({ error: 'invalid_request', iss: issuer, state: 'the-state' });
  expect(answerOf(await ask({ response_mode }))).toEqual({ code: expect.any(String), iss: issuer, state: 'the-state' });
});

test.each([
  'client_id',
  'response_type',
  'redirect_uri',
  'scope',
  'state',
  'nonce',
  'code_challenge',
  'code_challenge_method',
  'prompt',
  'max_age',
  'claims',
  'response_mode',
  'id_token_hint',
  'login_hint',
  'ui_locales',
  'acr_values',
  'display',
])('%s given twice is refused', async (name) => {
  for (const values of [
    ['a', 'b'],
    ['a', 'a'],
    ['', ''],
  ]) {
    const url = new URL(authorizationUrl(issuer, { client_id: 'first-party', [name]: undefined }));
    for (const value of values) url.searchParams.append(name, value);
    const page = await agent.get(url.href);
    const isSent = page.url.startsWith(CALLBACK);
    expect(isSent ? answerOf(page).error : page.body).toContain(name === 'client_id' ? 'invalid_' : 'invalid_request');
    expect(page.url).not.toContain('code=');
    if (!isSent) expect(page).toMatchObject({ status: 400, trail: { length: 1 } });
  }
});

test.each(['scope[]', 'scope[0]', 'scope[x]', '__proto__', 'constructor', 'redirect_uri[]', 'toString'])(
  'an odd parameter %s means nothing',
  async (name) => {
    const page = await ask({ [name]: 'https://evil.example' });
    expect(answerOf(page)).toMatchObject({ code: expect.any(String) });
    expect(page.url).not.toContain('evil');
  },
);

test('discovery offers what is allowed only', async () => {
  const metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
  expect(metadata).toMatchObject({
    issuer,
    response_types_supported: ['code'],
    response_modes_supported: ['form_post', 'fragment', 'query', 'jwt', 'query.jwt', 'fragment.jwt', 'form_post.jwt'],
    grant_types_supported: [
      'authorization_code',
      'refresh_token',
      'client_credentials',
      'urn:ietf:params:oauth:grant-type:device_code',
      'urn:openid:params:grant-type:ciba',
    ],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    request_uri_parameter_supported: false,
    claims_parameter_supported: true,
  });
  expect(JSON.stringify(metadata)).not.toMatch(
    /implicit|"password"|plain|id_token_signing_alg_values_supported":\[[^\]]*none|tls_client_certificate_bound/,
  );
});

test.each(['password', 'implicit', 'urn:ietf:params:oauth:grant-type:jwt-bearer', 'x', ''])(
  'the grant type %j gives nothing',
  async (grant_type) => {
    const fields = {
      grant_type,
      username: 'ada@example.com',
      password: 'correct horse battery staple',
      scope: 'openid',
    };
    const answer = await rawClient(issuer, 'web').token(fields);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toBe(grant_type ? 'unsupported_grant_type' : 'invalid_request');
  },
);

test.each(['urn:ietf:params:oauth:grant-type:device_code', 'urn:openid:params:grant-type:ciba'])(
  'the grant type %j is not for a client that was not given it',
  async (grant_type) => {
    const fields = { grant_type, device_code: 'x', auth_req_id: 'x' };
    const answer = await rawClient(issuer, 'web').token(fields);
    expect(answer).toMatchObject({ status: 400, body: { error: 'unauthorized_client' } });
    expect(answer.body.error_description).toContain('not allowed for this client');
  },
);

test('scopes nobody has are not granted, and no refresh gets more than was allowed', async () => {
  const page = await ask({ scope: 'openid email admin no-such-scope' });
  const tokens = await redeem(issuer, answerOf(page).code);
  expect(tokens).toMatchObject({ status: 200, body: { scope: 'openid email' } });
  const party = rawClient(issuer, 'first-party');
  const refresh = { grant_type: 'refresh_token', refresh_token: String(tokens.body.refresh_token) };
  const wider = await party.token({ ...refresh, scope: 'openid email profile' });
  expect(wider).toMatchObject({ status: 400, body: { error: 'invalid_scope' } });
  const elsewhere = await party.token({ ...refresh, resource: API });
  expect(elsewhere).toMatchObject({ status: 400, body: { error: 'invalid_target' } });
});

test('offline_access is given where the user was asked only', async () => {
  const silent = await redeem(issuer, answerOf(await ask({ scope: 'openid offline_access' })).code);
  expect(silent.body.scope).toBe('openid');
});

test.each<[string, Params]>([
  ['by reference to the outside', { request_uri: 'https://evil.example/request' }],
  ['by reference to a file', { request_uri: 'file:///etc/passwd' }],
  ['that was never pushed', { request_uri: 'urn:ietf:params:oauth:request_uri:x' }],
])('a request %s is refused', async (_, params) => {
  const page = await ask(params);
  expect(page.url).not.toContain('code=');
  expect(answerOf(page).error ?? page.body).toMatch(/invalid_request_uri|request_uri_not_supported|invalid_request/);
});

test('a pushed request is for its client, once', async () => {
  const push = async () => {
    const fields = { response_type: 'code', scope: 'openid', redirect_uri: CALLBACK, state: 'pushed' };
    const answer = await rawClient(issuer, 'first-party').post('/request', {
      client_id: 'first-party',
      ...fields,
      code_challenge: CHALLENGE,
      code_challenge_method: 'S256',
    });
    return String(answer.body.request_uri);
  };
  const use = (client_id: string, request_uri: string) =>
    agent.get(`${issuer}/auth?${new URLSearchParams({ client_id, request_uri })}`);

  const request_uri = await push();
  expect((await use('web', request_uri)).url).not.toContain('code=');
  expect(answerOf(await use('first-party', request_uri))).toMatchObject({ code: expect.any(String), state: 'pushed' });
  // What it held is gone, the address to answer to with it.
  const gone = { status: 400, body: expect.stringContaining('invalid_request_uri') };
  expect(await use('first-party', request_uri)).toMatchObject(gone);

  const raced = await push();
  const pages = await Promise.all(Array.from({ length: 10 }, () => use('first-party', raced)));
  expect(pages.filter((page) => page.url.includes('code='))).toHaveLength(1);

  const foreign = await userAgent().get(
    `${stage.globex.issuer}/auth?${new URLSearchParams({ client_id: 'first-party', request_uri: await push() })}`,
  );
  expect(foreign).toMatchObject(gone);
});
