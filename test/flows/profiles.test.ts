import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CryptoKey, exportJWK, generateKeyPair } from 'jose';
import * as openid from 'openid-client';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { rawClient, USER } from '../support/raw-client.ts';
import { CALLBACK, goThrough, PASSWORD, secretOf, webClient } from '../support/relying-party.ts';
import { createUserAgent } from '../support/user-agent.ts';

/** What each profile demands, and complete sign-ins by a client that keeps to it. */

const signing = { algorithms: ['ES256' as const, 'RS256' as const] };
let gatehouse: TestGatehouse;
let key: { publicKey: CryptoKey; privateKey: CryptoKey };
let jwks: { keys: object[] };

beforeAll(async () => {
  gatehouse = await startGatehouse();
  key = await generateKeyPair('ES256', { extractable: true });
  jwks = { keys: [{ ...(await exportJWK(key.publicKey)), kid: 'c1', use: 'sig', alg: 'ES256' }] };
});
afterAll(() => gatehouse.stop());

async function tenantWith(id: string, protocol: object, more: object = {}): Promise<Tenant> {
  const tenant = await gatehouse.tenant({ id, settings: { signing, protocol, ...more } });
  await gatehouse.services.accounts.create(tenant, { email: USER, email_verified: true, password: PASSWORD });
  return tenant;
}

const create = (tenant: Tenant, id: string, more: object = {}) => {
  const { client_secret: _, ...keyed } = webClient(id, { skip_consent: true, ...more });
  const hasKey = 'token_endpoint_auth_method' in more && more.token_endpoint_auth_method === 'private_key_jwt';
  return gatehouse.services.clients.create(tenant, hasKey ? keyed : { ...keyed, client_secret: secretOf(id) });
};

const byKey = () => openid.PrivateKeyJwt({ key: key.privateKey, kid: 'c1' });
const discover = (tenant: Tenant, id: string, auth: openid.ClientAuth = byKey(), metadata = {}) =>
  openid.discovery(new URL(tenant.issuer), id, metadata, auth, { execute: [openid.allowInsecureRequests] });

const sendOff = (url: string) => goThrough(createUserAgent({ stopAt: CALLBACK }), url, USER);

async function request(more: Record<string, string> = {}) {
  const pkceCodeVerifier = openid.randomPKCECodeVerifier();
  return {
    params: {
      redirect_uri: CALLBACK,
      scope: 'openid email',
      code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      ...more,
    },
    checks: { pkceCodeVerifier },
  };
}

describe('fapi2', () => {
  let fapi: Tenant;
  const KEYED = { token_endpoint_auth_method: 'private_key_jwt' };

  beforeAll(async () => {
    fapi = await tenantWith('fapi2', { profile: 'fapi2' });
    await create(fapi, 'rp', { ...KEYED, jwks });
    await create(fapi, 'signing', {
      ...KEYED,
      jwks,
      require_signed_request_object: true,
      request_object_signing_alg: 'ES256',
      authorization_signed_response_alg: 'ES256',
      introspection_signed_response_alg: 'ES256',
      response_modes: ['jwt'],
    });
  });

  test('discovery says what is demanded', async () => {
    const document = await (await fetch(`${fapi.issuer}/.well-known/openid-configuration`)).json();
    expect(document).toMatchObject({
      require_pushed_authorization_requests: true,
      response_types_supported: ['code'],
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
      token_endpoint_auth_signing_alg_values_supported: ['PS256', 'ES256', 'EdDSA', 'Ed25519'],
      id_token_signing_alg_values_supported: ['ES256'],
      dpop_signing_alg_values_supported: ['PS256', 'ES256', 'EdDSA', 'Ed25519'],
    });
  });

  test('a sign-in: pushed, bound by DPoP, refreshed without rotation', async () => {
    const config = await discover(fapi, 'rp');
    const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'));
    const { params, checks } = await request();
    const page = await sendOff((await openid.buildAuthorizationUrlWithPAR(config, params, { DPoP })).href);
    const tokens = await openid.authorizationCodeGrant(config, new URL(page.url), checks, undefined, { DPoP });
    expect(tokens.token_type).toBe('dpop');
    const { sub } = tokens.claims()!;
    expect(await openid.fetchUserInfo(config, tokens.access_token, sub, { DPoP })).toMatchObject({ email: USER });
    const first = await openid.refreshTokenGrant(config, tokens.refresh_token!, undefined, { DPoP });
    const second = await openid.refreshTokenGrant(config, tokens.refresh_token!, undefined, { DPoP });
    expect(second.access_token).not.toBe(first.access_token);
    expect(second.refresh_token ?? tokens.refresh_token).toBe(tokens.refresh_token);
  });

  test('a sign-in with message signing: signed request, answer and introspection', async () => {
    const config = await discover(fapi, 'signing');
    openid.useJwtResponseMode(config);
    const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'));
    const { params, checks } = await request({ response_mode: 'jwt' });
    const now = Math.floor(Date.now() / 1000);
    const signed = await openid.buildAuthorizationUrlWithJAR(
      config,
      params,
      { key: key.privateKey, kid: 'c1' },
      {
        [openid.modifyAssertion]: (_header, payload) => {
          payload.nbf = now;
          payload.exp = now + 60;
        },
      },
    );
    const pushed = await openid.buildAuthorizationUrlWithPAR(config, signed.searchParams, { DPoP });
    const page = await sendOff(pushed.href);
    expect([...new URL(page.url).searchParams.keys()]).toEqual(['response']);
    const tokens = await openid.authorizationCodeGrant(config, new URL(page.url), checks, undefined, { DPoP });
    const introspected = await rawClient(fapi.issuer, 'signing').request('/token/introspection', {
      method: 'POST',
      headers: { accept: 'application/token-introspection+jwt' },
      body: new URLSearchParams({
        token: tokens.access_token,
        client_id: 'signing',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await assertion(fapi, 'signing'),
      }),
    });
    expect(introspected.headers.get('content-type')).toContain('application/token-introspection+jwt');
  });

  test.each<[string, () => Promise<{ status: number; body: unknown } | string>, RegExp]>([
    [
      'a request that was not pushed',
      async () => {
        const config = await discover(fapi, 'rp');
        const { params } = await request();
        return (await createUserAgent({ stopAt: CALLBACK }).get(openid.buildAuthorizationUrl(config, params).href)).url;
      },
      /error=invalid_request.*Pushed/,
    ],
    [
      'a token without a key',
      async () => {
        const config = await discover(fapi, 'rp');
        const { params, checks } = await request();
        const page = await sendOff((await openid.buildAuthorizationUrlWithPAR(config, params)).href);
        return openid
          .authorizationCodeGrant(config, new URL(page.url), checks)
          .then(() => 'tokens')
          .catch((error: openid.ResponseBodyError) => `${error.error} ${error.error_description}`);
      },
      /invalid_grant/,
    ],
    [
      'an unsigned request of a client that signs',
      async () => {
        const config = await discover(fapi, 'signing');
        const { params } = await request({ response_mode: 'jwt' });
        return openid
          .buildAuthorizationUrlWithPAR(config, params)
          .then(() => 'pushed')
          .catch((error: openid.ResponseBodyError) => `${error.error} ${error.error_description}`);
      },
      /Request Object must be used/,
    ],
    [
      'an assertion for the token endpoint alone',
      async () => {
        const { body } = await rawClient(fapi.issuer, 'rp', { headers: {} }).post('/request', {
          client_id: 'rp',
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: await assertion(fapi, 'rp', `${fapi.issuer}/token`),
        });
        return JSON.stringify(body);
      },
      /invalid_client/,
    ],
  ])('%s is refused', async (_name, attempt, why) => {
    expect(decodeURIComponent(String(await attempt())).replaceAll('+', ' ')).toMatch(why);
  });

  test.each<[string, object]>([
    ['by a secret', { client_secret: secretOf('bad') }],
    ['by nothing', { token_endpoint_auth_method: 'none', client_secret: undefined }],
    ['with unbound tokens', { ...KEYED, dpop_bound_access_tokens: false }],
    ['that pushes nothing', { ...KEYED, require_pushed_authorization_requests: false }],
    ['without PKCE', { ...KEYED, require_pkce: false }],
    ['with RS256', { ...KEYED, id_token_signed_response_alg: 'RS256' }],
    ['implicit', { ...KEYED, response_types: ['id_token'], grant_types: ['implicit'] }],
  ])('no client %s', async (_name, more) => {
    await expect(create(fapi, 'bad', { jwks, ...more })).rejects.toMatchObject({ code: 'invalid_input' });
  });

  test('its own account pages still sign users in', async () => {
    const page = await createUserAgent({}).get(`${fapi.issuer}/account`);
    expect(page.body).toContain('name="password"');
  });
});

describe('secure, compat, and what a client may do in each', () => {
  let compat: Tenant;
  let secure: Tenant;
  beforeAll(async () => {
    compat = await tenantWith('compat', { profile: 'compat' });
    secure = await tenantWith('secure', { clients_may_loosen: ['pkce_required'] });
    for (const tenant of [compat, secure]) await create(tenant, 'plain', { require_pkce: false });
    await create(compat, 'strict', { require_pkce: true });
    await create(secure, 'usual');
    const RESPONSES = ['code', 'id_token', 'id_token token', 'code id_token', 'code token', 'code id_token token'];
    await create(compat, 'hybrid', {
      response_types: RESPONSES,
      grant_types: ['authorization_code', 'implicit', 'refresh_token'],
    });
    await create(compat, 'hs256', { id_token_signed_response_alg: 'HS256' });
  });

  const answer = async (tenant: Tenant, client_id: string, more: Record<string, string> = {}) => {
    const params = { client_id, redirect_uri: CALLBACK, response_type: 'code', scope: 'openid', nonce: 'n', ...more };
    const page = await sendOff(`${tenant.issuer}/auth?${new URLSearchParams(params)}`);
    const { search, hash } = new URL(page.url);
    return Object.fromEntries(new URLSearchParams(search || hash.slice(1)));
  };

  test('PKCE', async () => {
    expect(Object.keys(await answer(compat, 'plain'))).toContain('code');
    expect(Object.keys(await answer(secure, 'plain'))).toContain('code');
    expect((await answer(compat, 'strict')).error).toBe('invalid_request');
    expect((await answer(secure, 'usual')).error).toBe('invalid_request');
  });

  test.each([
    ['id_token', ['id_token']],
    ['id_token token', ['id_token', 'access_token', 'expires_in', 'token_type', 'scope']],
    ['code id_token', ['code', 'id_token']],
    ['code token', ['code', 'access_token', 'expires_in', 'token_type', 'scope']],
    ['code id_token token', ['code', 'id_token', 'access_token', 'expires_in', 'token_type', 'scope']],
  ])('response type %s', async (response_type, expected) => {
    const given = await answer(compat, 'hybrid', { response_type });
    // RFC 9207 2.4: an ID token says who the issuer is.
    const iss = given.id_token ? [] : ['iss'];
    expect(Object.keys(given).sort()).toEqual([...expected, ...iss].sort());
  });

  test('an ID token signed by the client’s secret', async () => {
    const config = await discover(compat, 'hs256', openid.ClientSecretPost(secretOf('hs256')), {
      id_token_signed_response_alg: 'HS256',
      client_secret: secretOf('hs256'),
    });
    const { params, checks } = await request();
    const page = await sendOff(openid.buildAuthorizationUrl(config, params).href);
    const tokens = await openid.authorizationCodeGrant(config, new URL(page.url), checks);
    expect(tokens.claims()!.sub).toBeTruthy();
    await expect(create(secure, 'hs', { id_token_signed_response_alg: 'HS256' })).rejects.toMatchObject({
      code: 'invalid_input',
    });
  });
});

const assertion = async (tenant: Tenant, clientId: string, aud = tenant.issuer): Promise<string> => {
  const { SignJWT } = await import('jose');
  return new SignJWT({})
    .setProtectedHeader({ alg: 'ES256', kid: 'c1' })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(aud)
    .setJti(openid.randomState())
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(key.privateKey);
};
