import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type TestTenants, twoTenants } from '../../test/support/tenants.ts';
import { selfSigned } from '../core/self-signed.ts';
import { tenantSettings } from '../tenants/settings.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { type Clients, createClients } from './clients.ts';
import { homeOf } from './home.ts';
import { samlProblems } from './saml.ts';

const certificateOf = (modulusLength: number) => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength });
  return selfSigned(privateKey, { name: 'sp', from: 0, until: 1000 });
};
const GOOD = certificateOf(2048);

const sp = { entity_id: 'https://sp.example/metadata', acs: [{ uri: 'https://sp.example/acs' }] };

const settings = tenantSettings.parse({
  profile: { attributes: { badge: { schema: { type: 'string' }, sensitivity: 'internal', claim: 'badge' } } },
});
const problemsOf = (metadata: object, production = false) =>
  samlProblems(metadata as Record<string, unknown>, settings, production).map(
    ({ pointer, message }) => `${pointer} ${message}`,
  );

describe('the metadata of a service provider', () => {
  test.each<[string, object]>([
    ['the least', {}],
    ['several addresses', { acs: [{ uri: 'https://sp.example/a', index: 1 }, { uri: 'https://sp.example/b' }] }],
    ['a sign-out', { slo: { uri: 'https://sp.example/slo' }, certificates: [GOOD] }],
    ['attributes', { attributes: [{ claim: 'email', name: 'urn:oid:0.9.2342.19200300.100.1.3' }, { claim: 'badge' }] }],
    ['encryption', { encryption_certificate: GOOD }],
    ['an address of this machine', { acs: [{ uri: 'http://localhost:3000/acs' }] }],
  ])('%s is taken', (_name, more) => {
    expect(problemsOf({ saml: { ...sp, ...more } })).toEqual([]);
  });

  test.each<[string, object, string]>([
    ['no name', { entity_id: '' }, '/saml/entity_id must be printable'],
    ['a name with a space', { entity_id: 'a b' }, '/saml/entity_id must be printable'],
    ['nowhere to go', { acs: [] }, '/saml/acs Too small'],
    ['plain http', { acs: [{ uri: 'http://sp.example/acs' }] }, '/saml/acs/0/uri must be https'],
    ['a script', { acs: [{ uri: 'javascript:alert(1)' }] }, '/saml/acs/0/uri must be https or'],
    ['an address twice', { acs: [sp.acs[0], sp.acs[0]] }, '/saml/acs must not name one twice'],
    [
      'an index twice',
      {
        acs: [
          { uri: 'https://sp.example/a', index: 1 },
          { uri: 'https://sp.example/b', index: 1 },
        ],
      },
      '/saml/acs must not give one index twice',
    ],
    ['a sign-out that nobody signs', { slo: { uri: 'https://sp.example/slo' } }, '/saml/slo needs certificates'],
    ['signed requests that nobody signs', { require_signed_requests: true }, 'needs certificates'],
    ['a short key', { certificates: [certificateOf(1024)] }, '/saml/certificates/0 must be an X.509'],
    ['no certificate', { certificates: ['x'] }, '/saml/certificates/0 must be an X.509'],
    [
      'a claim that is none',
      { attributes: [{ claim: 'rank' }] },
      '/saml/attributes/0/claim is no claim of this tenant',
    ],
    ['a claim that is no text', { attributes: [{ claim: 'address' }] }, '/saml/attributes/0/claim is no claim'],
    ['a name twice', { attributes: [{ claim: 'name' }, { claim: 'email', name: 'name' }] }, 'one name twice'],
    ['an unknown field', { acs_url: 'x' }, '/saml/acs_url is not a known field'],
    ['a path as origin', { redirect_origins: ['https://sp.example/x'] }, '/saml/redirect_origins/0 must be an origin'],
  ])('%s is not', (_name, more, problem) => {
    expect(problemsOf({ saml: { ...sp, ...more } }).join('\n')).toContain(problem);
  });

  test('what is for OpenID Connect is not', () => {
    const metadata = { saml: sp, client_name: 'HR', 'client_name#de': 'Personal', redirect_uris: [], jwks: {} };
    expect(problemsOf(metadata)).toEqual([
      '/redirect_uris is for OpenID Connect, which a client with saml does not speak',
      '/jwks is for OpenID Connect, which a client with saml does not speak',
    ]);
    expect(problemsOf({ redirect_uris: [] })).toEqual([]);
  });

  test('in production not even this machine goes without TLS', () => {
    const saml = { ...sp, acs: [{ uri: 'http://localhost:3000/acs' }] };
    expect(problemsOf({ saml }, true)[0]).toContain('in production');
  });
});

describe('a service provider among the clients', () => {
  let at: TestTenants;
  let clients: Clients;
  beforeAll(async () => {
    at = await twoTenants();
    clients = createClients({ clock: at.clock, audit: at.audit, production: false, validate: () => {} });
  });
  afterAll(() => at.store.close());

  const create = (tenant: Tenant, client_id: string, more = {}) =>
    clients.create(tenant, { client_id, saml: sp, ...more });

  test('is found by its name, in its own tenant, and has no secret', async () => {
    const { secret } = await create(at.a, 'hr');
    expect(secret).toBeUndefined();
    expect((await clients.serviceProvider(at.a, sp.entity_id))?.id).toBe('hr');
    expect(await clients.serviceProvider(at.b, sp.entity_id)).toBeUndefined();
    expect(await clients.serviceProvider(at.a, 'other')).toBeUndefined();
    await expect(clients.rotateSecret(at.a, 'hr')).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(
      create(at.a, 'hr2', { client_secret: 'x'.repeat(40), saml: { ...sp, entity_id: 'x' } }),
    ).rejects.toThrow('client_secret');
  });

  test('has its name alone', async () => {
    const taken = {
      code: 'invalid_input',
      problems: [{ pointer: '/saml/entity_id', message: 'is that of the client "hr"' }],
    };
    await expect(create(at.a, 'crm')).rejects.toMatchObject(taken);
    await expect(clients.check(at.a, { client_id: 'crm', saml: sp })).rejects.toMatchObject(taken);
    await clients.change(at.a, 'hr', { saml: sp, client_name: 'HR' });
    await create(at.b, 'crm');
    await clients.remove(at.a, 'hr');
    await create(at.a, 'crm');
  });

  test('begins anew at its own site', async () => {
    const client = (await clients.get(at.a, 'crm'))!;
    expect(homeOf(at.a, client)).toEqual({ name: 'crm', uri: 'https://sp.example/' });
  });

  test('is to the protocol core a client that only we speak for', async () => {
    const loaded = await clients.findForProtocol(at.a, 'crm');
    expect(loaded).toMatchObject({
      client_id: 'crm',
      redirect_uris: [`${at.a.issuer}/saml/callback`],
      token_endpoint_auth_method: 'private_key_jwt',
      require_pushed_authorization_requests: true,
      saml_acs_uri: 'https://sp.example/acs',
    });
    expect(loaded).not.toHaveProperty('saml');
    expect(await clients.findForProtocol(at.a, 'crm')).toEqual(loaded);
  });
});
