import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { byHost } from '../support/by-host.ts';
import { type Op, startOp } from './suite/op.ts';

/** The plan `oidcc-config`: one module, `oidcc-discovery-endpoint-verification`, a check a test. */

let op: Op;
beforeAll(async () => {
  op = await startOp('conformance', {
    GATEHOUSE_URL: 'https://op.example',
    GATEHOUSE_TRUSTED_PROXIES: '127.0.0.1',
  });
});
afterAll(() => op.stop());

const get = (address: string) => byHost(op.port)(address, { headers: { accept: '*/*' } });
// biome-ignore lint/suspicious/noExplicitAny: the whole document
type Metadata = any;

test('the discovery endpoint answers with JSON', async () => {
  const { status, headers } = await get(`${op.issuer}/.well-known/openid-configuration`);
  expect([status, headers.get('content-type')]).toEqual([200, expect.stringMatching(/^application\/json/)]);
});

test.each<[string, (metadata: Metadata) => void]>([
  ['issuer', ({ issuer }) => expect(issuer).toBe('https://op.example/t/conformance')],
  [
    'response_types_supported',
    ({ response_types_supported }) =>
      expect(response_types_supported).toEqual(expect.arrayContaining(['code', 'id_token', 'id_token token'])),
  ],
  ['subject_types_supported', ({ subject_types_supported }) => expect(subject_types_supported).toContain('public')],
  [
    'id_token_signing_alg_values_supported',
    ({ id_token_signing_alg_values_supported }) => expect(id_token_signing_alg_values_supported).toContain('RS256'),
  ],
  [
    'userinfo_signing_alg_values_supported',
    ({ userinfo_signing_alg_values_supported }) => expect(userinfo_signing_alg_values_supported).toContain('RS256'),
  ],
  [
    'request_object_signing_alg_values_supported',
    ({ request_object_signing_alg_values_supported }) =>
      expect(request_object_signing_alg_values_supported).toContain('RS256'),
  ],
  [
    'request parameters',
    (metadata) =>
      expect(metadata).toMatchObject({ request_parameter_supported: true, request_uri_parameter_supported: false }),
  ],
  ['claims_parameter_supported', ({ claims_parameter_supported }) => expect(claims_parameter_supported).toBe(true)],
  [
    'claims_supported',
    ({ claims_supported }) => expect(claims_supported).toEqual(expect.arrayContaining(['sub', 'name', 'email'])),
  ],
  [
    'grant_types_supported',
    ({ grant_types_supported }) =>
      expect(grant_types_supported).toEqual(expect.arrayContaining(['authorization_code', 'implicit'])),
  ],
  ['scopes_supported', ({ scopes_supported }) => expect(scopes_supported).toContain('openid')],
  [
    'the syntax of scopes',
    ({ scopes_supported }) => {
      for (const scope of scopes_supported) expect(scope).toMatch(/^[\x21\x23-\x5b\x5d-\x7e]+$/);
    },
  ],
  [
    'locales are tags in their canonical case',
    ({ ui_locales_supported, claims_locales_supported = [] }) => {
      const locales = [...ui_locales_supported, ...claims_locales_supported];
      expect(Intl.getCanonicalLocales(locales)).toEqual(locales);
    },
  ],
  [
    'code_challenge_methods_supported',
    ({ code_challenge_methods_supported }) => expect(code_challenge_methods_supported).toEqual(['S256']),
  ],
  [
    'every endpoint is https',
    (metadata) => {
      const endpoints = Object.entries<string>(metadata).filter(([name]) => /_(endpoint|uri)$/.test(name));
      expect(endpoints.map(([name]) => name)).toEqual(
        expect.arrayContaining(['authorization_endpoint', 'token_endpoint', 'userinfo_endpoint', 'jwks_uri']),
      );
      for (const [, address] of endpoints) expect(address).toMatch(/^https:\/\/op\.example\//);
    },
  ],
])('%s', (_name, check) => check(op.metadata));

test('the keys have ids, and nothing private', () => {
  const { keys } = op.jwks;
  expect(keys.length).toBeGreaterThan(0);
  expect(new Set(keys.map(({ kid }) => kid)).size).toBe(keys.length);
  for (const key of keys) {
    expect(key).toMatchObject({ kid: expect.any(String), kty: expect.stringMatching(/^(RSA|EC|OKP)$/) });
    for (const part of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(key).not.toHaveProperty(part);
  }
});
