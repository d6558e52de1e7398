import { randomUUID, X509Certificate } from 'node:crypto';
import { type ConnectionOptions, connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { type Certified, certified, FOR_CLIENTS, type Subject } from '../support/certificate.ts';
import { ecKeys, es256, forge, publicJwk } from '../support/forge.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { freePort } from '../support/ports.ts';
import { type Fields, newCode, rawClient } from '../support/raw-client.ts';
import { CALLBACK, PASSWORD, secretOf, webClient } from '../support/relying-party.ts';
import { createUserAgent } from '../support/user-agent.ts';
import { withCertificate } from '../support/with-certificate.ts';

/** RFC 8705 over a listener of our own and by the word of a proxy. T042: whose word counts. */

const authority = certified({ subject: [['CN', 'Acme CA']], isAuthority: true });
const foreign = certified({ subject: [['CN', 'Acme CA']], isAuthority: true });
const server = certified({ subject: [['CN', 'localhost']], names: { dns: ['localhost'] } });
const DN: Subject = [
  ['O', 'Acme, Inc'],
  ['CN', 'web'],
];
const issued = (more: object = {}) => certified({ subject: DN, issuer: authority, usage: FOR_CLIENTS, ...more });
const web = issued({ names: { dns: ['web.acme.example'], uri: ['spiffe://acme/web'], ip: [[192, 0, 2, 7]] } });
const own = certified({ subject: [['CN', 'self']] });
const another = certified({ subject: [['CN', 'self']] });

const ES256 = { signing: { algorithms: ['ES256' as const] } };

const agent = createUserAgent({ stopAt: CALLBACK });
let gatehouse: TestGatehouse;
let acme: Tenant;
let globex: Tenant;
/** Where callers with certificates go. */
let mtls: string;

const jwkOf = ({ cert, publicKey }: Certified) => ({
  ...publicJwk(publicKey),
  x5c: [new X509Certificate(cert).raw.toString('base64')],
});
const thumbprint = ({ cert }: Certified) => {
  const { raw } = new X509Certificate(cert);
  return crypto.subtle.digest('SHA-256', raw).then((digest) => Buffer.from(digest).toString('base64url'));
};

beforeAll(async () => {
  const port = await freePort();
  mtls = `https://localhost:${port}`;
  gatehouse = await startGatehouse({
    GATEHOUSE_MTLS_PORT: String(port),
    GATEHOUSE_MTLS_CERT: server.cert,
    GATEHOUSE_MTLS_KEY: server.key,
    GATEHOUSE_CLIENT_CERT_HEADER: 'Client-Cert',
    GATEHOUSE_TRUSTED_PROXIES: '127.0.0.2/32',
  });
  const { clients, accounts } = gatehouse.services;
  const settings = {
    signing: { algorithms: ['ES256' as const] },
    protocol: { certificate_authorities: [authority.cert] },
  };
  acme = await gatehouse.tenant({ id: 'acme', settings });
  globex = await gatehouse.tenant({ id: 'globex', settings: { signing: settings.signing } });
  await accounts.create(acme, { email: 'ada@example.com', email_verified: true, password: PASSWORD });
  const { client_secret: _, ...metadata } = webClient('x');
  const client = (client_id: string, more: object) =>
    clients.create(acme, {
      ...metadata,
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      skip_consent: true,
      client_id,
      ...more,
    });
  const byName = (name: object) => ({ token_endpoint_auth_method: 'tls_client_auth', ...name });
  await client('dn', byName({ tls_client_auth_subject_dn: 'CN=web,O=Acme\\, Inc' }));
  await client('dns', byName({ tls_client_auth_san_dns: 'web.acme.example' }));
  await client('uri', byName({ tls_client_auth_san_uri: 'spiffe://acme/web' }));
  await client('ip', byName({ tls_client_auth_san_ip: '192.0.2.7' }));
  await client('other', byName({ tls_client_auth_subject_dn: 'CN=other' }));
  await client('self', {
    token_endpoint_auth_method: 'self_signed_tls_client_auth',
    jwks: { keys: [jwkOf(own)] },
    tls_client_certificate_bound_access_tokens: true,
  });
  await client('public', {
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'],
    tls_client_certificate_bound_access_tokens: true,
  });
  await client('bound', {
    token_endpoint_auth_method: 'client_secret_basic',
    client_secret: secretOf('bound'),
    tls_client_certificate_bound_access_tokens: true,
  });
});
afterAll(() => gatehouse.stop());

const at = (client: string, certificate: Certified | undefined, headers: Fields = {}) =>
  rawClient(`${mtls}/t/acme`, client, {
    send: withCertificate(certificate, server.cert),
    headers,
    fields: { client_id: client },
  });
const credentials = (client: string, certificate: Certified | undefined) =>
  at(client, certificate).token({ grant_type: 'client_credentials' });

test('discovery says where to go and what can be done there', async () => {
  const document = await (await fetch(`${acme.issuer}/.well-known/openid-configuration`)).json();
  expect(document).toMatchObject({
    tls_client_certificate_bound_access_tokens: true,
    token_endpoint_auth_methods_supported: expect.arrayContaining(['tls_client_auth', 'self_signed_tls_client_auth']),
    mtls_endpoint_aliases: { token_endpoint: `${mtls}/t/acme/token`, userinfo_endpoint: `${mtls}/t/acme/me` },
  });
  // Whose certificates count, globex has not said.
  const other = await (await fetch(`${globex.issuer}/.well-known/openid-configuration`)).json();
  expect((other as { token_endpoint_auth_methods_supported: string[] }).token_endpoint_auth_methods_supported).toEqual(
    expect.not.arrayContaining(['tls_client_auth']),
  );
});

test('every endpoint that programs call has an address there, where the tenant offers it', async () => {
  const mtlsOf = async ({ issuer }: Tenant) => {
    const document = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
    return (document as { mtls_endpoint_aliases: Record<string, string> }).mtls_endpoint_aliases;
  };
  const everything = await mtlsOf(
    await gatehouse.tenant({
      id: 'everything',
      settings: { ...ES256, protocol: { device_authorization: { enabled: true }, ciba: { enabled: true } } },
    }),
  );
  const optional = ['registration_endpoint', 'device_authorization_endpoint', 'backchannel_authentication_endpoint'];
  expect(everything).toMatchObject({
    registration_endpoint: `${mtls}/t/everything/reg`,
    device_authorization_endpoint: `${mtls}/t/everything/device/auth`,
    backchannel_authentication_endpoint: `${mtls}/t/everything/backchannel`,
  });
  // Each is there: a refusal in the words of the protocol, not a page that is missing.
  for (const address of Object.values(everything)) {
    const answer = await withCertificate(web, server.cert)(address, { method: 'POST', body: new URLSearchParams() });
    expect([400, 401, 415]).toContain(answer.status);
    expect(answer.headers.get('content-type')).toMatch(/json/);
  }
  const nothing = await mtlsOf(
    await gatehouse.tenant({
      id: 'nothing',
      settings: {
        ...ES256,
        protocol: {
          client_registration: { mode: 'off' },
          device_authorization: { enabled: false },
          ciba: { enabled: false },
        },
      },
    }),
  );
  for (const name of optional) expect(nothing).not.toHaveProperty(name);
  const off = await withCertificate(web, server.cert)(`${mtls}/t/nothing/reg`, { method: 'POST' });
  expect(off.status).toBe(404);
});

test('who registers there manages the client at the issuer', async () => {
  const { issuer } = await gatehouse.tenant({
    id: 'open',
    settings: { ...ES256, protocol: { client_registration: { mode: 'open' } } },
  });
  const answer = await withCertificate(web, server.cert)(`${mtls}/t/open/reg`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ redirect_uris: [CALLBACK], client_name: 'Notes' }),
  });
  expect(answer.status).toBe(201);
  const { client_id, registration_client_uri } = (await answer.json()) as Fields;
  expect(registration_client_uri).toBe(`${issuer}/reg/${client_id}`);
});

test.each<[string, ConnectionOptions, boolean]>([
  ['TLS 1.3', { minVersion: 'TLSv1.3' }, true],
  ['TLS 1.2 with forward secrecy and GCM', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' }, true],
  ['TLS 1.2 with CBC', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256' }, false],
  ['TLS 1.1', { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }, false],
])('%s', async (_name, options, expected) => {
  const socket = connect({ host: 'localhost', port: Number(new URL(mtls).port), ca: server.cert, ...options });
  const connected = await new Promise((resolve) => {
    socket.once('secureConnect', () => resolve(true)).once('error', () => resolve(false));
  });
  socket.destroy();
  expect(connected).toBe(expected);
});

describe('who a client is', () => {
  test.each<[string, Certified | undefined, number]>([
    ['dn', web, 200],
    ['dns', web, 200],
    ['uri', web, 200],
    ['ip', web, 200],
    ['other', web, 401],
    ['dn', undefined, 401],
    ['dn', certified({ subject: DN }), 401],
    ['dn', certified({ subject: DN, issuer: foreign }), 401],
    ['dn', issued({ until: '251231235959Z' }), 401],
    ['dn', own, 401],
    ['self', own, 200],
    ['self', another, 401],
    ['self', web, 401],
    ['self', undefined, 401],
  ])('%s, case %#', async (client, certificate, status) => {
    const answer = await credentials(client, certificate);
    expect(answer.status).toBe(status);
    if (status === 401) expect(answer.body).toMatchObject({ error: 'invalid_client' });
  });

  test('a certificate proves nothing at another tenant', async () => {
    const answer = await rawClient(`${mtls}/t/globex`, 'dn', {
      send: withCertificate(web, server.cert),
      headers: {},
      fields: { client_id: 'dn' },
    }).token({ grant_type: 'client_credentials' });
    expect(answer.body).toMatchObject({ error: 'invalid_client' });
  });
});

describe('a bound token', () => {
  test('says so, is used with its certificate, and with no other', async () => {
    const client = at('self', own);
    const { body } = await client.token(await newCode(agent, rawClient(acme.issuer, 'self')));
    expect(body.token_type).toBe('Bearer');
    expect(await client.introspect(body.access_token)).toMatchObject({
      active: true,
      cnf: { 'x5t#S256': await thumbprint(own) },
    });
    expect((await client.userinfo(body.access_token)).status).toBe(200);
    for (const certificate of [another, web, undefined])
      expect((await at('self', certificate).userinfo(body.access_token)).status).toBe(401);
    expect((await rawClient(acme.issuer, 'self').userinfo(body.access_token)).status).toBe(401);

    expect((await client.refresh(body.refresh_token)).status).toBe(200);
  });

  test('is not given without a certificate', async () => {
    const code = await newCode(agent, rawClient(acme.issuer, 'bound'));
    const answer = await rawClient(acme.issuer, 'bound').token(code);
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_grant']);
  });

  test('of a public client is refreshed with the same certificate alone (RFC 8705 4)', async () => {
    const tokens = async () =>
      (await at('public', own).token(await newCode(agent, rawClient(acme.issuer, 'public')))).body;
    expect((await at('public', own).refresh((await tokens()).refresh_token)).status).toBe(200);
    const stolen = await at('public', another).refresh((await tokens()).refresh_token);
    expect([stolen.status, stolen.body.error]).toEqual([400, 'invalid_grant']);
  });
});

test('proofs of possession and assertions name the address that they are sent to', async () => {
  const keys = ecKeys();
  const dpop = (htu: string) =>
    forge(
      { alg: 'ES256', typ: 'dpop+jwt', jwk: publicJwk(keys.publicKey) },
      { jti: htu, iat: Math.floor(Date.now() / 1000), htm: 'POST', htu },
      es256(keys.privateKey),
    );
  const ask = (htu: string) => at('dn', web, { dpop: dpop(htu) }).token({ grant_type: 'client_credentials' });
  expect((await ask(`${mtls}/t/acme/token`)).body.token_type).toBe('DPoP');
  expect((await ask(`${acme.issuer}/token`)).status).toBe(400);
});

test('assertions name an endpoint by either of its addresses, and no other tenant’s', async () => {
  const keys = ecKeys();
  const jwks = { keys: [{ ...publicJwk(keys.publicKey), kid: 'k', alg: 'ES256' }] };
  const { client_secret: _, ...metadata } = webClient('by-key', {
    token_endpoint_auth_method: 'private_key_jwt',
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    jwks,
  });
  await gatehouse.services.clients.create(acme, metadata as never);
  const iat = Math.floor(Date.now() / 1000);
  const ask = async (base: string, aud: string) => {
    const claims = { iss: 'by-key', sub: 'by-key', aud, jti: randomUUID(), iat, exp: iat + 60 };
    const fields = {
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: forge({ alg: 'ES256', kid: 'k' }, claims, es256(keys.privateKey)),
    };
    const send = base === acme.issuer ? fetch : withCertificate(undefined, server.cert);
    return (await rawClient(base, 'by-key', { send, headers: {} }).token(fields)).status;
  };
  const alias = `${mtls}/t/acme`;
  for (const base of [acme.issuer, alias]) {
    for (const aud of [acme.issuer, `${acme.issuer}/token`, `${alias}/token`])
      expect([base, aud, await ask(base, aud)]).toEqual([base, aud, 200]);
    for (const aud of [alias, `${alias}/request`, `${mtls}/t/globex/token`, `${globex.issuer}/token`, mtls])
      expect([base, aud, await ask(base, aud)]).toEqual([base, aud, 401]);
  }
});

describe('T042 the word of a proxy', () => {
  const header = (certificate: Certified) => `:${new X509Certificate(certificate.cert).raw.toString('base64')}:`;
  const ask = (certificate: Certified) =>
    rawClient(acme.issuer, 'dn', {
      headers: { 'client-cert': header(certificate) },
      fields: { client_id: 'dn' },
    }).token({
      grant_type: 'client_credentials',
    });

  test('counts from nobody else', async () => {
    expect((await ask(web)).body).toMatchObject({ error: 'invalid_client' });
  });

  test('is not heard at the listener of our own, where the connection says it', async () => {
    const answer = await at('dn', undefined, { 'client-cert': header(web) }).token({
      grant_type: 'client_credentials',
    });
    expect(answer.body).toMatchObject({ error: 'invalid_client' });
  });
});

test.each([
  '/t/acme/auth?client_id=dn',
  '/t/acme/.well-known/openid-configuration',
  '/t/acme/account',
  '/t/nobody/token',
  '/',
])('%s is not at that address', async (path) => {
  const answer = await withCertificate(web, server.cert)(mtls + path, { redirect: 'manual' });
  expect(answer.status).toBe(404);
});

test.each([
  ['tls_client_auth', {}],
  ['tls_client_auth', { tls_client_auth_subject_dn: 'CN=a', tls_client_auth_san_dns: 'a.example' }],
  ['self_signed_tls_client_auth', {}],
])('a client of %s that says %j is refused', async (token_endpoint_auth_method, more) => {
  const { client_secret: _, ...metadata } = webClient('bad', { token_endpoint_auth_method, ...more });
  await expect(gatehouse.services.clients.create(acme, metadata)).rejects.toMatchObject({ code: 'invalid_input' });
});
