import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { fakeSaml } from '../../../test/support/fake-saml.ts';
import { checked } from '../../core/validate.ts';
import { hideSecrets } from '../sealed-settings.ts';
import { upstreams } from './upstreams.ts';

const pemOf = (namedCurve: string) =>
  generateKeyPairSync('ec', { namedCurve }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const PEM = pemOf('P-256');

const oidc = {
  id: 'acme',
  name: 'Acme',
  type: 'oidc',
  issuer: 'https://login.acme.example',
  client_id: 'gatehouse',
  client_secret: 'a secret of the client',
};
const endpoints = {
  authorization: 'https://a.example/auth',
  token: 'https://a.example/token',
  userinfo: 'https://a.example/me',
};
const { issuer: _, ...rest } = oidc;
const oauth2 = { ...rest, type: 'oauth2', endpoints };
const { type: __, client_secret: ___, ...bare } = rest;
const apple = { ...bare, preset: 'apple', private_key: PEM, key_id: 'K', team_id: 'T' };
const google = { ...bare, preset: 'google', client_secret: 'x' };
const microsoft = { ...google, preset: 'microsoft' };
const always = { email_verified: 'always', domains: ['acme.example'] };
const ofOneTenant = 'https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0';

const saml = { id: 'corp', name: 'Corp', type: 'saml', saml: fakeSaml().settings };

test.each<[string, object[]]>([
  ['SAML', [saml]],
  ['OpenID Connect', [oidc]],
  ['on this machine', [{ ...oidc, issuer: 'http://127.0.0.1:4000' }]],
  ['OAuth 2.0', [oauth2]],
  ['a preset alone', [google]],
  ['a preset with its type', [{ ...google, type: 'oidc' }]],
  ['Apple', [apple]],
  [
    'an assertion',
    [
      {
        ...bare,
        ...{ type: 'oidc', issuer: oidc.issuer },
        token_endpoint_auth_method: 'private_key_jwt',
        private_key: PEM,
        key_id: 'K',
      },
    ],
  ],
  [
    'domains apart',
    [
      { ...oidc, domains: ['a.example'] },
      { ...google, id: 'g', domains: ['b.example'] },
    ],
  ],
  ['one tenant of Microsoft, whose word counts', [{ ...microsoft, issuer: ofOneTenant, trust: always }]],
  ['allowed domains, by a preset', [{ ...google, allowed_domains: ['acme.example'] }]],
])('taken: %s', (_name, given) => {
  expect(checked(upstreams, given)).toMatchObject(given);
});

test('what is not said is the careful choice', () => {
  expect(checked(upstreams, [oidc])[0]).toMatchObject({
    enabled: true,
    linking: 'ask',
    provisioning: 'jit',
    authoritative: false,
    logout: false,
    trust: { domains: [], acr: {}, amr: {} },
  });
});

test('what is secret is not shown', () => {
  const shown = hideSecrets(upstreams, checked(upstreams, [oidc, { ...apple, id: 'apple' }]));
  expect(shown).toMatchObject([{ client_secret: '(set)' }, { private_key: '(set)', key_id: 'K' }]);
});

describe('refused', () => {
  test.each<[string, object[], string, RegExp]>([
    ['neither type nor preset', [bare], '/0/type', /give a type or a preset/],
    ['a type that the preset does not speak', [{ ...google, type: 'oauth2' }], '/0/type', /must be oidc/],
    ['no issuer', [{ ...oidc, issuer: undefined }], '/0/issuer', /is missing/],
    ['no endpoints', [{ ...oauth2, endpoints: undefined }], '/0/endpoints', /is missing/],
    ['endpoints of OpenID Connect', [{ ...oidc, endpoints }], '/0/endpoints', /not for the type oidc/],
    ['an issuer of OAuth 2.0', [{ ...oauth2, issuer: oidc.issuer }], '/0/issuer', /not for the type oauth2/],
    ['another subject of OpenID Connect', [{ ...oidc, subject: 'email' }], '/0/subject', /not for the type oidc/],
    ['no openid', [{ ...oidc, scopes: ['email'] }], '/0/scopes', /must have openid/],
    ['http', [{ ...oidc, issuer: 'http://login.acme.example' }], '/0/issuer', /https/],
    ['user and password in an issuer', [{ ...oidc, issuer: 'https://a:b@acme.example' }], '/0/issuer', /https/],
    ['no secret', [{ ...oidc, client_secret: undefined }], '/0/client_secret', /is missing/],
    ['a private key beside a secret', [{ ...oidc, private_key: PEM }], '/0/private_key', /not for client_secret/],
    ['Apple without a key', [{ ...apple, private_key: undefined }], '/0/private_key', /apple needs it/],
    ['a key that is none', [{ ...apple, private_key: 'PEM' }], '/0/private_key', /P-256/],
    ['a key of another curve', [{ ...apple, private_key: pemOf('P-384') }], '/0/private_key', /P-256/],
    ['Apple with a secret', [{ ...apple, client_secret: 'x' }], '/0/client_secret', /not for apple/],
    [
      'Apple with another method',
      [{ ...apple, token_endpoint_auth_method: 'client_secret_post' }],
      '/0/token_endpoint_auth_method',
      /has its own/,
    ],
    [
      'an address trusted of any domain',
      [{ ...oidc, trust: { email_verified: 'always' } }],
      '/0/trust/domains',
      /name/,
    ],
    ['any tenant of Microsoft trusted', [{ ...microsoft, trust: always }], '/0/trust/email_verified', /Microsoft/],
    ['domains that cannot be told', [{ ...oidc, allowed_domains: ['a.example'] }], '/0/allowed_domains', /trust/],
    ['one that is exclusive for nobody', [{ ...oidc, exclusive: true }], '/0/domains', /must name/],
    ['SAML without a provider', [{ ...saml, saml: undefined }], '/0/saml', /is missing/],
    ['SAML with a client', [{ ...saml, client_id: 'x' }], '/0/client_id', /not for the type saml/],
    ['SAML with a secret', [{ ...saml, client_secret: 'x' }], '/0/client_secret', /not for the type saml/],
    [
      'SAML with a certificate that is none',
      [{ ...saml, saml: { ...saml.saml, certificates: [PEM] } }],
      '/0/saml/certificates/0',
      /X\.509/,
    ],
    ['OpenID Connect with a SAML provider', [{ ...oidc, saml: saml.saml }], '/0/saml', /not for the type oidc/],
    ['no client', [{ ...oidc, client_id: undefined }], '/0/client_id', /is missing/],
    ['an id twice', [oidc, oidc], '/1/id', /upstreams\/0/],
    [
      'a domain twice',
      [
        { ...oidc, domains: ['a.example'] },
        { ...google, id: 'g', domains: ['a.example'] },
      ],
      '/1/domains/0',
      /belongs to/,
    ],
    ['a domain in capitals', [{ ...oidc, domains: ['Acme.example'] }], '/0/domains/0', /lower-case/],
    ['a domain that is none', [{ ...oidc, domains: ['*.acme.example'] }], '/0/domains/0', /lower-case/],
    ['a claim that accounts do not take', [{ ...oidc, attributes: { sub: 'x' } }], '/0/attributes', /./],
    ['a verified phone', [{ ...oidc, attributes: { phone_number_verified: 'x' } }], '/0/attributes', /./],
    [
      'a role in capitals',
      [{ ...oidc, roles: { claim: 'groups', map: { a: 'Admin' } } }],
      '/0/roles/map/a',
      /small letters/,
    ],
    ['a level that there is not', [{ ...oidc, trust: { acr: { gold: 4 } } }], '/0/trust/acr/gold', /./],
    ['an id with a slash', [{ ...oidc, id: 'a/b' }], '/0/id', /must be/],
    ['an unknown field', [{ ...oidc, secret: 'x' }], '/0/secret', /not a known field/],
  ])('%s', (_name, given, pointer, message) => {
    let problems: { pointer: string; message: string }[] = [];
    try {
      checked(upstreams, given);
    } catch (error) {
      problems = (error as { problems: typeof problems }).problems;
    }
    const found = problems.find((problem) => problem.pointer.startsWith(pointer));
    expect({ problems, message: found?.message }).toEqual({ problems, message: expect.stringMatching(message) });
  });
});
