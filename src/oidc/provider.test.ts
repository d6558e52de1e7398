import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import type Provider from 'oidc-provider';
import supertest from 'supertest';
import { bareCore } from '../../test/support/bare-core.ts';
import { type TestTenants, twoTenants } from '../../test/support/tenants.ts';
import type { LogoutNotices } from '../logout/notices.ts';
import { createSessions } from '../sessions/sessions.ts';
import { tenantSettings } from '../tenants/settings.ts';
import type { SecretMatches } from './adapter/adapter.ts';
import { deferBackchannelLogout, type SendLogout } from './backchannel-logout.ts';
import type { SendPing } from './ciba/ping.ts';
import { grantOf } from './core-grants.ts';
import { methodsOf } from './model-methods.ts';
import { createProvider } from './provider.ts';

/** The methods of the core's models that have bodies of ours: not in its types, so an upgrade may move one unseen. */

const JWT_API = 'https://jwt.api.example';
const OPAQUE_API = 'https://opaque.api.example';
const resources = [
  { indicator: JWT_API, scopes: ['read'] },
  { indicator: OPAQUE_API, scopes: ['read'], access_token_format: 'opaque' as const },
];
const METHODS = [
  ['AccessToken', 'generateTokenId'],
  ['ClientCredentials', 'generateTokenId'],
  ['RefreshToken', 'generateTokenId'],
  ['Client', 'compareClientSecret'],
  ['Client', 'backchannelLogout'],
  ['Client', 'backchannelPing'],
  ['Client', 'includeSid'],
] as const;

const secretMatches = jest.fn<SecretMatches>((_tenant, _id, stored, given) => stored === `hash of ${given}`);
const sendPing = jest.fn<SendPing>(async () => {});
const nothing = () => {};
const noPages = {
  renderError: nothing,
  logoutSource: nothing,
  signedOutOfStranger: nothing,
  postLogoutSuccessSource: nothing,
  signedOutInFrames: nothing,
  askForUserCode: nothing,
  askForDevice: nothing,
  deviceConnected: nothing,
  deviceRefused: nothing,
};

let at: TestTenants;
let provider: Provider;
let sendLogout: SendLogout;
const tell = jest.fn<LogoutNotices['tell']>(async () => {});

beforeAll(async () => {
  at = await twoTenants();
  const settings = tenantSettings.parse({
    signing: { algorithms: ['ES256'] },
    protocol: { native_sso: true },
    resources,
  });
  provider = createProvider(
    { ...at.a, settings },
    {
      clock: at.clock,
      findUser: async () => ({ claims: {} }),
      findPerson: async () => undefined,
      trustedDevices: { holds: async () => false },
      sessions: createSessions(at),
      findClient: () => async (client_id) => ({
        client_id,
        client_secret: 'hash of the secret',
        redirect_uris: [],
        response_types: [],
        grant_types: ['client_credentials'],
      }),
      secretMatches,
      allowDocument: async (_tenant, said) => said,
      logoutNotices: { tell },
      signals: { note: async () => {}, sessionLeft: async () => {} },
      issuerKeys: () => {
        throw new Error('no network');
      },
      fetch: () => Promise.reject(new Error('no network')),
      attacks: { report: async () => {} },
      ciba: { findByIdentifier: async () => undefined, tellUser: async () => {}, sendPing },
      pages: () => noPages,
    },
  );
  sendLogout = deferBackchannelLogout(at.a, provider, { tell });
});
afterAll(() => at.store.close());

describe.each(METHODS)('%s.%s', (model, method) => {
  const bodyOf = (of: Provider) => (of[model].prototype as unknown as Record<string, unknown>)[method];

  test('is a method of the core, and ours stands in its place', () => {
    const bare = bareCore();
    expect(bodyOf(bare)).toBeInstanceOf(Function);
    expect(String(bodyOf(provider))).not.toBe(String(bodyOf(bare)));
  });
});

const client = () => provider.Client.find('service') as Promise<never>;
const server = (indicator: string, accessTokenFormat: 'jwt' | 'opaque') =>
  new provider.ResourceServer(indicator, {
    scope: 'read',
    audience: indicator,
    accessTokenFormat,
    jwt: { sign: { alg: 'ES256' } },
  });

test.each([
  ['AccessToken', /^at_[\w-]{43}$/],
  ['ClientCredentials', /^cc_[\w-]{43}$/],
] as const)(
  '%s: opaque ones have our form and are found by it; JWTs have the id that the core gives',
  async (kind, form) => {
    const Model = provider[kind] as typeof provider.AccessToken;
    const opaque = await new Model({ client: await client(), accountId: 'ada', scope: 'read' } as never).save();
    expect(opaque).toMatch(form);
    expect(await Model.find(opaque)).toMatchObject({ clientId: 'service', jti: opaque });

    const made = { client: await client(), accountId: 'ada', scope: 'read', resourceServer: server(JWT_API, 'jwt') };
    const { jti } = decodeJwt(await new Model(made as never).save());
    expect(jti).toMatch(/^[\w-]{21,}$/);
    expect(jti).not.toMatch(/^(at|cc|rt)_/);
  },
);

test.each(['authorization_code', 'client_credentials'])(
  'the core registers its grant %s by the public method',
  (name) => {
    expect(grantOf(provider, name)).toEqual(expect.any(Function));
    expect(() => grantOf(provider, 'password')).toThrow(/no grant/);
  },
);

test('RefreshToken: the first of a chain', async () => {
  const made = { client: await client(), accountId: 'ada', grantId: 'g', scope: 'openid', gty: 'authorization_code' };
  const token = await new provider.RefreshToken(made as never).save();
  expect(token).toMatch(/^rt_[\w-]{32}~0~[\w-]{43}$/);
  expect(await provider.RefreshToken.find(token)).toMatchObject({ accountId: 'ada', jti: token });
});

describe('Client: the secret', () => {
  const ask = (secret: string, more = {}) =>
    supertest((req: IncomingMessage, res: ServerResponse) => {
      Object.assign(req, { baseUrl: at.a.basePath });
      return provider.callback()(req, res);
    })
      .post('/token')
      .auth('service', secret)
      .type('form')
      .send({ grant_type: 'client_credentials', ...more });

  test.each([
    ['the secret', 200],
    ['another', 401],
    ['hash of the secret', 401],
  ])('%j is compared by us: %i', async (given, status) => {
    secretMatches.mockClear();
    await ask(given).expect(status);
    expect(secretMatches.mock.calls).toEqual([
      [expect.objectContaining({ id: 'a' }), 'service', 'hash of the secret', given],
    ]);
  });

  test.each([
    [undefined, /^cc_/],
    [OPAQUE_API, /^cc_/],
    [JWT_API, /^ey/],
  ])('a token for %s', async (resource, form) => {
    const { body } = await ask('the secret', resource && { resource, scope: 'read' }).expect(200);
    expect(body.access_token).toMatch(form);
  });
});

describe('Client: the logout token', () => {
  test('is not sent when the core asks for it, but queued', async () => {
    const { backchannelLogout } = methodsOf(provider.Client);
    await backchannelLogout.call(await client(), 'ada', 'the-sid');
    expect(tell.mock.calls).toEqual([[at.a, 'ada', [{ clientId: 'service', sid: 'the-sid' }]]]);
  });

  test('is not sent to a client that wants none any more, or is gone', async () => {
    expect(await sendLogout('service', 'ada', undefined)).toEqual({
      state: 'refused',
      reason: 'the client wants no logout tokens any more',
    });
  });
});
