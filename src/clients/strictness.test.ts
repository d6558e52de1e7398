import { describe, expect, test } from '@jest/globals';
import { tenantSettings } from '../tenants/settings.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { Metadata } from './record.ts';
import { strictness, tooLoose } from './strictness.ts';

const tenant = (protocol: object): Tenant => ({ settings: tenantSettings.parse({ protocol }) }) as Tenant;

const NOTHING = {
  require_pkce: false,
  require_pushed_authorization_requests: false,
  require_signed_request_object: false,
};
const DPOP = { dpop_bound_access_tokens: true, tls_client_certificate_bound_access_tokens: false };
const TLS = { dpop_bound_access_tokens: false, tls_client_certificate_bound_access_tokens: true };

describe('what a tenant demands of a client that says nothing', () => {
  test.each<[string, object, Metadata]>([
    ['secure', {}, { ...NOTHING, require_pkce: true }],
    [
      'fapi2',
      { profile: 'fapi2' },
      { ...NOTHING, require_pkce: true, require_pushed_authorization_requests: true, ...DPOP },
    ],
    ['fapi1', { profile: 'fapi1' }, { ...NOTHING, require_signed_request_object: true, ...TLS }],
    ['compat', { profile: 'compat' }, NOTHING],
    ['a switch over the profile', { profile: 'compat', pkce_required: true }, { ...NOTHING, require_pkce: true }],
    ['a switch off', { profile: 'secure', pkce_required: false }, NOTHING],
  ])('%s', (_name, protocol, expected) => {
    expect(strictness(tenant(protocol), {})).toEqual(expected);
  });
});

test('a client may be stricter', () => {
  const metadata = {
    require_pkce: true,
    require_pushed_authorization_requests: true,
    require_signed_request_object: true,
  };
  expect(strictness(tenant({ profile: 'compat' }), metadata)).toEqual(metadata);
  expect(tooLoose(tenant({ profile: 'compat' }), metadata)).toEqual([]);
});

describe('a client that would be looser', () => {
  const bound = { sender_constrained: true };
  test.each<[string, object, Metadata, string[]]>([
    ['without PKCE', {}, { require_pkce: false }, ['require_pkce']],
    ['without PKCE, as it may', { clients_may_loosen: ['pkce_required'] }, { require_pkce: false }, []],
    ['without PKCE where nobody asks', { profile: 'compat' }, { require_pkce: false }, []],
    [
      'unpushed',
      { par_required: true },
      { require_pushed_authorization_requests: false },
      ['require_pushed_authorization_requests'],
    ],
    ['unbound', bound, { dpop_bound_access_tokens: false }, ['dpop_bound_access_tokens']],
    ['bound otherwise', bound, { ...TLS }, []],
    [
      'unbound, as it may',
      { ...bound, clients_may_loosen: ['sender_constrained'] },
      { dpop_bound_access_tokens: false },
      [],
    ],
  ])('%s', (_name, protocol, metadata, fields) => {
    const at = tenant(protocol);
    expect(tooLoose(at, metadata).map(({ field }) => field)).toEqual(fields);
    // And where the tenant became strict after the client was made, it is bound all the same.
    const filled = { ...metadata, ...strictness(at, metadata) };
    for (const [field, value] of Object.entries(metadata))
      expect([field, filled[field]]).toEqual([field, fields.includes(field) ? true : value]);
  });
});

test('web_message is for clients that name it', () => {
  const at = tenant({ web_message: true });
  expect(strictness(at, {}).response_modes).not.toContain('web_message');
  expect(strictness(at, { response_modes: ['web_message'] })).not.toHaveProperty('response_modes');
});
