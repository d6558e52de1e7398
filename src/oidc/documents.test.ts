import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import supertest from 'supertest';
import { bareCore } from '../../test/support/bare-core.ts';
import { startGatehouse, type TestGatehouse } from '../../test/support/gatehouse.ts';
import { webClient } from '../../test/support/relying-party.ts';
import { authorizationUrl, raw } from '../../test/support/stage.ts';
import { LOCALES, type TenantSettingsInput } from '../tenants/settings.ts';
import { renderDocuments } from './documents.ts';

const DISCOVERY = '/.well-known/openid-configuration';
const PATHS = [DISCOVERY, '/.well-known/oauth-authorization-server', '/jwks'];

let gatehouse: TestGatehouse;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  await gatehouse.tenant({ id: 'acme' });
});
afterAll(() => gatehouse.stop());

test('the rendered documents are what the core itself answers', async () => {
  const core = bareCore();
  const documents = await renderDocuments(core);
  expect(Object.keys(documents).sort()).toEqual([...PATHS].sort());
  const server = createServer((req: IncomingMessage, res: ServerResponse) => {
    req.headers.host = 'localhost';
    core.callback()(req, res);
  });
  for (const path of [DISCOVERY, '/jwks']) {
    const { text, headers } = await supertest(server).get(path);
    expect(String(documents[path]!.body)).toBe(text);
    expect(documents[path]!.headers['content-type']).toBe(headers['content-type']);
  }
  expect(documents[PATHS[1]!]).toBe(documents[DISCOVERY]);
});

test('a document that cannot be rendered is an error, never half a document', async () => {
  const core = bareCore();
  core.use((ctx) => {
    ctx.status = 500;
  });
  await expect(renderDocuments(core)).rejects.toThrow('answered 500');
});

describe.each(PATHS)('%s', (path) => {
  const ask = (headers: Record<string, string> = {}, method = 'GET') =>
    raw(gatehouse.url, `/t/acme${path}`, { method, headers });

  test('is for everybody, for a while, and no more than JSON', async () => {
    const { status, headers, body } = await ask({ origin: 'https://spa.example' });
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': expect.stringMatching(/^application\/(jwk-set\+)?json/),
      'content-length': String(Buffer.byteLength(body)),
      'cache-control': 'public, max-age=300',
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'x-content-type-options': 'nosniff',
      'x-request-id': expect.any(String),
    });
    expect(headers).not.toHaveProperty('set-cookie');
  });

  test('HEAD has the headers of GET, and no body', async () => {
    const [get, head] = [await ask(), await ask({}, 'HEAD')];
    const own = ({ date: _, 'x-request-id': __, ...headers }: Record<string, unknown>) => headers;
    expect(own(head.headers)).toEqual(own(get.headers));
    expect([head.status, head.body]).toEqual([200, '']);
  });

  // RFC 9110 13.1.2: a list, compared weakly, or anything at all.
  const known: [string, (etag: string) => string, number][] = [
    ['the same', (etag) => etag, 304],
    ['the same, made weak by a proxy', (etag) => `W/${etag}`, 304],
    ['one of several', (etag) => `"other", ${etag}`, 304],
    ['any', () => '*', 304],
    ['another', () => '"other"', 200],
    ['a part of it', (etag) => etag.slice(0, -2), 200],
  ];
  test.each(known)('If-None-Match names %s', async (_name, ifNoneMatch, status) => {
    const { headers } = await ask();
    const answer = await ask({ 'if-none-match': ifNoneMatch(headers.etag!) });
    expect(answer.status).toBe(status);
    expect(answer.headers.etag).toBe(headers.etag);
    if (status === 304) expect(answer.body).toBe('');
  });

  test.each(['POST', 'PUT', 'DELETE'])('%s is refused', async (method) => {
    expect((await ask({}, method)).status).toBeGreaterThanOrEqual(404);
  });
});

test('a change of the tenant makes another document, under another ETag', async () => {
  const tenant = await gatehouse.tenant({ id: 'changing' });
  const ask = () => fetch(tenant.issuer + DISCOVERY);
  const before = await ask();
  await gatehouse.services.tenants.change('changing', { settings: { protocol: { par_required: true } } });
  const after = await ask();
  expect(after.headers.get('etag')).not.toBe(before.headers.get('etag'));
  expect(await after.json()).toMatchObject({ require_pushed_authorization_requests: true });
});

describe('discovery says what the tenant does', () => {
  type Doc = Record<string, unknown>;
  const CODE = ['code'];
  const HYBRID = ['code', 'code id_token', 'code token', 'code id_token token', 'id_token', 'id_token token'];
  const GRANTS = ['authorization_code', 'refresh_token', 'client_credentials'];
  const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
  const CIBA = 'urn:openid:params:grant-type:ciba';
  const cases: [string, TenantSettingsInput, Doc][] = [
    [
      'by default',
      {},
      {
        response_types_supported: CODE,
        grant_types_supported: [...GRANTS, DEVICE, CIBA],
        device_authorization_endpoint: expect.stringMatching(/\/device\/auth$/),
        response_modes_supported: [
          'form_post',
          'fragment',
          'query',
          'jwt',
          'query.jwt',
          'fragment.jwt',
          'form_post.jwt',
        ],
        code_challenge_methods_supported: ['S256'],
        id_token_signing_alg_values_supported: ['RS256', 'ES256'],
        subject_types_supported: ['public', 'pairwise'],
        authorization_response_iss_parameter_supported: true,
        request_uri_parameter_supported: false,
        ui_locales_supported: [...LOCALES],
        prompt_values_supported: ['none', 'select_account', 'login', 'consent'],
      },
    ],
    [
      'open to everybody',
      { registration: { who: 'anybody' } },
      { prompt_values_supported: ['none', 'create', 'select_account', 'login', 'consent'] },
    ],
    [
      'implicit',
      { protocol: { implicit: true } },
      { response_types_supported: HYBRID, grant_types_supported: expect.arrayContaining(['implicit', ...GRANTS]) },
    ],
    [
      'no devices',
      { protocol: { device_authorization: { enabled: false } } },
      { grant_types_supported: [...GRANTS, CIBA] },
    ],
    ['no requests', { protocol: { ciba: { enabled: false } } }, { grant_types_supported: [...GRANTS, DEVICE] }],
    ['par_required', { protocol: { par_required: true } }, { require_pushed_authorization_requests: true }],
    [
      'algorithms',
      { signing: { algorithms: ['EdDSA', 'PS256'] } },
      { id_token_signing_alg_values_supported: ['EdDSA', 'PS256'] },
    ],
    ['locales', { locales: { default: 'de', supported: ['de'] } }, { ui_locales_supported: ['de'] }],
    [
      'links',
      { links: { terms_uri: 'https://a.example/t', privacy_uri: 'https://a.example/p' } },
      { op_tos_uri: 'https://a.example/t', op_policy_uri: 'https://a.example/p' },
    ],
  ];

  test.each(cases)('%s', async (name, settings, expected) => {
    const id = `says-${name.replace(/\W|_/g, '-')}`;
    const tenant = await gatehouse.tenant({ id, settings });
    const { client_secret: _, ...web } = webClient('web', {
      response_types: settings.protocol?.implicit ? HYBRID : CODE,
      grant_types: settings.protocol?.implicit ? ['authorization_code', 'implicit'] : ['authorization_code'],
      id_token_signed_response_alg: settings.signing?.algorithms?.[0] ?? 'RS256',
    });
    await gatehouse.services.clients.create(tenant, web);
    const document = (await (await fetch(tenant.issuer + DISCOVERY)).json()) as Doc;
    expect(document).toMatchObject(expected);

    for (const [field, url] of Object.entries(document)) {
      if (/_endpoint$|^jwks_uri$/.test(field)) expect(url).toMatch(new RegExp(`^${tenant.issuer}/[a-z/]+$`));
    }
    expect(document.issuer).toBe(tenant.issuer);
    const { keys } = (await (await fetch(String(document.jwks_uri))).json()) as { keys: { alg: string }[] };
    expect(keys.map(({ alg }) => alg)).toEqual(document.id_token_signing_alg_values_supported);
    expect(JSON.stringify(keys)).not.toMatch(/"(d|p|q|dp|dq|qi|k)":/);

    for (const response_type of [...HYBRID, 'none', 'token']) {
      const { headers, status } = await fetch(
        authorizationUrl(tenant.issuer, { response_type, scope: 'openid', prompt: undefined }),
        { redirect: 'manual' },
      );
      const isSaid =
        (document.response_types_supported as string[]).includes(response_type) &&
        document.require_pushed_authorization_requests !== true;
      expect({ response_type, status, isTaken: /\/interaction\//.test(headers.get('location') ?? '') }).toEqual({
        response_type,
        status: 303,
        isTaken: isSaid,
      });
    }
  });
});
