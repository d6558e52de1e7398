import { describe, expect, test } from '@jest/globals';
import { clientRegistration } from '../../tenants/settings/client-registration.ts';
import type { Metadata } from '../record.ts';
import { byPolicy } from './policy.ts';

const REDIRECT = { redirect_uris: ['https://app.example.com/cb'] };
const got = (policy: object, asked: Metadata) => byPolicy(clientRegistration.parse(policy), { ...REDIRECT, ...asked });

describe('what a client gets of what it asks for', () => {
  test.each<[string, object, Metadata, Metadata]>([
    ['nothing said', {}, {}, { grant_types: ['authorization_code'], scope: expect.stringMatching(/^openid profile/) }],
    [
      'a grant that is not allowed',
      {},
      { grant_types: ['password', 'refresh_token'] },
      { grant_types: ['refresh_token'] },
    ],
    ['none', {}, { grant_types: [], response_types: [] }, { grant_types: [], response_types: [] }],
    [
      'a response type in another order',
      { response_types: ['code id_token'] },
      { response_types: ['id_token code', 'code'] },
      { response_types: ['id_token code'] },
    ],
    ['scopes', { scopes: ['openid', 'a'] }, { scope: 'a b  a' }, { scope: 'a' }],
    ['no scope', { scopes: ['a'] }, { scope: 'b' }, { scope: 'openid' }],
    ['a method by default', { token_endpoint_auth_methods: ['none'] }, {}, { token_endpoint_auth_method: 'none' }],
    ['a default', { defaults: { client_uri: 'x' } }, {}, { client_uri: 'x' }],
    ['a default that is said otherwise', { defaults: { client_uri: 'x' } }, { client_uri: 'y' }, { client_uri: 'y' }],
    [
      'a default that stands',
      { defaults: { client_uri: 'x' }, metadata: [] },
      { client_uri: 'y' },
      { client_uri: 'x' },
    ],
    ['a name in another language', { metadata: ['client_name'] }, { 'client_name#de': 'x' }, { 'client_name#de': 'x' }],
    [
      'what is no list stays, for the rules to refuse',
      {},
      { grant_types: 'x', scope: 5 },
      { grant_types: 'x', scope: 5 },
    ],
  ])('%s', (_, policy, asked, expected) => {
    expect(got(policy, asked)).toMatchObject(expected);
  });

  test.each<[string, object, Metadata, string]>([
    ['no grant is left', {}, { grant_types: ['client_credentials'] }, '/grant_types'],
    ['the default grant is not allowed', { grant_types: ['refresh_token'] }, {}, '/grant_types'],
    ['no response type is left', { response_types: ['id_token'] }, {}, '/response_types'],
    [
      'a method',
      { token_endpoint_auth_methods: ['none'] },
      { token_endpoint_auth_method: 'private_key_jwt' },
      '/token_endpoint_auth_method',
    ],
  ])('refused: %s', (_, policy, asked, pointer) => {
    expect(() => got(policy, asked)).toThrow(
      expect.objectContaining({ code: 'invalid_input', problems: [expect.objectContaining({ pointer })] }),
    );
  });

  test('T048 nothing that is the word of who runs the tenant, nor what nobody knows', () => {
    const asked = {
      skip_consent: true,
      authentication_policy: { mfa: 'optional' },
      require_pkce: false,
      untrusted: false,
      client_id_issued_at: 1,
      request_uris: ['x'],
      frobnicate: 1,
      client_uri: null,
      constructor: 'x',
    };
    const { grant_types: _, scope: __, redirect_uris: ___, ...rest } = got({}, asked);
    expect(rest).toEqual({ untrusted: true });
    expect(got({ trusted: true }, asked)).not.toHaveProperty('untrusted');
  });
});
