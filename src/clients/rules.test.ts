import { describe, expect, test } from '@jest/globals';
import { clientIdProblem, metadataProblems } from './rules.ts';

const web = { application_type: 'web' };
const native = { application_type: 'native' };

describe('redirect URIs', () => {
  test.each([
    ['https://app.example.com/cb', web],
    ['https://app.example.com', web],
    ['https://app.example.com:8443/cb?tenant=a', web],
    ['https://xn--fa-hia.example/cb', web],
    ['http://localhost:3000/cb', web],
    ['http://127.0.0.1/cb', native],
    ['http://[::1]:9000/cb', native],
    ['com.example.app:/cb', native],
    ['com.example.app://cb', native],
    ['https://app.example.com/cb', native],
  ])('%s is fine', (uri, metadata) => {
    const uris = { redirect_uris: [uri], post_logout_redirect_uris: [uri] };
    expect(metadataProblems({ ...metadata, ...uris }, false)).toEqual([]);
  });

  test.each([
    ['http://app.example.com/cb', web, 'https'],
    ['http://localhost.evil.example/cb', web, 'https'],
    ['http://127.0.0.1.evil.example/cb', native, 'https'],
    ['javascript:alert(1)', native, 'not javascript:'],
    ['data:text/html,x', native, 'not data:'],
    ['vbscript:x', native, 'not vbscript:'],
    ['file:///etc/passwd', native, 'not file:'],
    ['blob:https://a.example/x', native, 'not blob:'],
    ['about:blank', native, 'not about:'],
    ['myapp:/cb', native, 'not myapp:'],
    ['com.example.app:/cb', web, 'native'],
    ['https://app.example.com/cb#x', web, 'fragment'],
    ['https://app.example.com/cb#', web, 'fragment'],
    ['https://user@app.example.com/cb', web, 'user information'],
    ['https://user:pw@app.example.com/cb', web, 'user information'],
    ['https://@app.example.com/cb', web, 'user information'],
    ['https:user@app.example.com/cb', web, 'user information'],
    ['https://*.example.com/cb', web, 'wildcard'],
    ['https://app.example.com/*', web, 'wildcard'],
    ['https:\\\\app.example.com\\cb', web, 'backslash'],
    ['https://app.example.com/\tcb', web, 'ASCII'],
    ['https://app.example.com/cb\r\n', web, 'ASCII'],
    [' https://app.example.com/cb', web, 'ASCII'],
    ['https://faß.example/cb', web, 'ASCII'],
    ['https://app.example.com/../cb', web, 'normal form'],
    ['https://app.example.com/%2e%2e/cb', web, 'normal form'],
    ['https://APP.example.com/cb', web, 'normal form'],
    ['https://app.example.com:443/cb', web, 'normal form'],
    ['https:/app.example.com/cb', web, 'normal form'],
    ['https:app.example.com/cb', web, 'normal form'],
    ['https://2130706433/cb', web, 'normal form'],
    ['/cb', web, 'absolute'],
    ['', web, 'ASCII'],
    [`https://app.example.com/${'x'.repeat(2048)}`, web, '2048'],
    [42, web, 'text'],
    [null, web, 'text'],
  ])('%p is refused', (uri, metadata, reason) => {
    for (const field of ['redirect_uris', 'post_logout_redirect_uris']) {
      const problems = metadataProblems({ ...metadata, [field]: ['https://ok.example/cb', uri] }, false);
      expect(problems).toEqual([{ pointer: `/${field}/1`, message: expect.stringContaining(reason) }]);
    }
  });

  test('http on loopback is for native apps only, in production', () => {
    const redirect_uris = ['http://localhost:3000/cb'];
    expect(metadataProblems({ ...native, redirect_uris }, true)).toEqual([]);
    expect(metadataProblems({ ...web, redirect_uris }, true)[0]?.message).toMatch('production');
  });
});

test.each([
  ['client_uri', 'https://app.example.com', undefined],
  ['logo_uri', 'http://localhost/logo.png', undefined],
  ['policy_uri', 'javascript:alert(1)', 'https'],
  ['tos_uri', 'http://app.example.com', 'https'],
  ['logo_uri', 'data:image/png;base64,AA', 'https'],
  ['client_uri', 'https://user@app.example.com', 'user information'],
  ['jwks_uri', 'ftp://app.example.com/jwks', 'https'],
  ['client_name', 'Zoë’s Käseladen 🧀', undefined],
  ['client_name', 'Adm\u202Enigol', 'text-direction'],
  ['client_name', 'Goo\u200Bgle', 'invisible'],
  ['client_name', 'two\nlines', 'control'],
  ['client_name', '  ', '1 to 100'],
  ['client_name', 'x'.repeat(101), '1 to 100'],
  ['client_name', null, 'must have a value'],
  ['skip_consent', true, undefined],
  ['skip_consent', 'yes', 'true or false'],
  ['redirect_uris', 'https://app.example.com/cb', 'list'],
  ['redirect_url', 'https://app.example.com/cb', 'redirect_uris'],
  ['__proto__x', 1, 'not known'],
  ['constructor', 1, 'not known'],
  ['client_uri', 'https://app.example.com/#/home', undefined],
  ['client_name#de', 'Käseladen', undefined],
  ['client_name#ja-Hani-JP', 'クライアント', undefined],
  ['logo_uri#fr', 'javascript:alert(1)', 'https'],
  ['client_name#', 'x', 'not known'],
  ['client_name#d e', 'x', 'not known'],
  ['redirect_uris#de', ['https://app.example.com/cb'], 'not known'],
  ['client_id_issued_at', 1_700_000_000, undefined],
  // What is not offered yet is refused by name, unless nothing is asked for.
  ['require_signed_request_object', true, undefined],
  ['require_pkce', 'yes', 'true or false'],
  ['request_uris', ['https://app.example.com/request'], 'request objects'],
  ['request_uris', [], undefined],
  ['backchannel_logout_uri', 'https://app.example.com/logout?tenant=1', undefined],
  ['backchannel_logout_uri', 'http://localhost:8080/logout', undefined],
  ['backchannel_logout_uri', 'http://app.example.com/logout', 'must be an https URI'],
  ['backchannel_logout_uri', 'https://user@app.example.com/logout', 'user information'],
  ['backchannel_logout_uri', 'https://app.example.com/logout#now', 'must not have a fragment'],
  ['backchannel_logout_uri', '/logout', 'must be an https URI'],
  ['frontchannel_logout_session_required', false, undefined],
  ['frontchannel_logout_session_required', 'yes', 'true or false'],
  ['frontchannel_logout_session_required', true, 'of no use without'],
  ['frontchannel_logout_uri', ['https://app.example.com/logout'], 'must be a text'],
  ['client_secret_expires_at', 0, undefined],
  ['client_secret_expires_at', 1_700_000_000, 'register themselves'],
  ['software_statement', 'ey', 'register themselves'],
  ['untrusted', 'yes', 'true or false'],
  ['token_endpoint_auth_method', 'password', 'client_secret_basic'],
  ['token_endpoint_auth_method', 'private_key_jwt', undefined],
])('%s %p', (field, value, reason) => {
  const expected = reason === undefined ? [] : [{ pointer: `/${field}`, message: expect.stringContaining(reason) }];
  expect(metadataProblems({ [field]: value }, false)).toEqual(expected);
});

describe('frontchannel_logout_uri', () => {
  const redirect_uris = ['https://app.example.com/cb', 'http://localhost:3000/cb', 'http://[::1]:3000/cb'];
  const problems = (frontchannel_logout_uri: unknown, more: object = {}) =>
    metadataProblems({ redirect_uris, frontchannel_logout_uri, ...more }, false);

  test.each([
    'https://app.example.com/logout',
    'https://app.example.com',
    'https://app.example.com:443/logout?tenant=a%20b&x',
    'http://localhost:3000/logout',
  ])('%s is fine', (uri) => {
    expect(problems(uri, { frontchannel_logout_session_required: true })).toEqual([]);
  });

  test.each([
    ['https://other.example.com/logout', 'one of the redirect_uris'],
    ['https://app.example.com:8443/logout', 'one of the redirect_uris'],
    ['https://app.example.com.evil.example/logout', 'one of the redirect_uris'],
    ['https://localhost:3000/logout', 'one of the redirect_uris'],
    ['http://localhost:3001/logout', 'one of the redirect_uris'],
    ['http://127.0.0.1:3000/logout', 'one of the redirect_uris'],
    ['http://[::1]:3000/logout', 'IPv6'],
    ['http://app.example.com/logout', 'must be an https URI'],
    ['javascript:alert(1)', 'must be an https URI'],
    ['data:text/html,x', 'must be an https URI'],
    ['blob:https://app.example.com/x', 'must be an https URI'],
    ['com.example.app:/logout', 'must be an https URI'],
    ['/logout', 'must be an https URI'],
    ['https://app.example.com/logout#now', 'must not have a fragment'],
    ['https://app.example.com@evil.example/logout', 'user information'],
    ['https://app.example.com\\\\.evil.example/logout', 'backslash'],
    ['https://app.example.com/"><script>', undefined],
  ])('%s: %s', (uri, reason) => {
    const expected = reason ? [{ pointer: '/frontchannel_logout_uri', message: expect.stringContaining(reason) }] : [];
    expect(problems(uri)).toEqual(expected);
  });

  test('needs redirect URIs', () => {
    expect(problems('https://app.example.com/logout', { redirect_uris: [] })).toMatchObject([
      { message: expect.stringContaining('redirect_uris') },
    ]);
  });
});

test('who does not authenticate gets no token of its own (RFC 6749 4.4)', () => {
  const metadata = { token_endpoint_auth_method: 'none', grant_types: ['authorization_code', 'client_credentials'] };
  expect(metadataProblems(metadata, false)).toEqual([
    { pointer: '/grant_types/1', message: expect.stringContaining('authenticates') },
  ]);
  expect(metadataProblems({ ...metadata, token_endpoint_auth_method: 'client_secret_post' }, false)).toEqual([]);
});

test.each([
  ['web', true],
  ['https://app.example.com/client', true],
  ['x'.repeat(128), true],
  ['x'.repeat(129), false],
  ['', false],
  ['my app', false],
  ['app\n', false],
  ['äpp', false],
  ['01ARZ3NDEKTSV4RRFFQ69G5FAV', false],
  ['01arz3ndektsv4rrffq69g5fav', false],
  ['01ARZ3NDEKTSV4RRFFQ69G5FAVX', true],
  [7, false],
])('client_id %p: %p', (id, fine) => {
  expect(clientIdProblem(id) === undefined).toBe(fine);
});
