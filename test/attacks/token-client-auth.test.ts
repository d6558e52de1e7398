import type { KeyObject } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { MAX_WRONG_SECRETS } from '../../src/risk/client-guesses.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { moveClock, restoreClock } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';
import { ecKeys, es256, forge, publicJwk } from '../support/forge.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { inhabited, JWT_API } from '../support/inhabited.ts';
import { basic, type Fields, type RawClient, rawClient } from '../support/raw-client.ts';
import { secretOf, webClient } from '../support/relying-party.ts';

const GRANT = { grant_type: 'client_credentials' };
const NONE: Fields = {};

let gatehouse: TestGatehouse;
let acme: Tenant;
let service: RawClient;
const signer = ecKeys();
const stranger = ecKeys();

beforeAll(async () => {
  gatehouse = await startGatehouse();
  acme = await inhabited(gatehouse, 'acme');
  const machine = {
    redirect_uris: [],
    post_logout_redirect_uris: [],
    response_types: [],
    grant_types: [GRANT.grant_type],
  };
  const { client_secret: _, ...keyed } = webClient('keyed', {
    ...machine,
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [{ ...publicJwk(signer.publicKey), kid: 'k', use: 'sig', alg: 'ES256' }] },
  });
  await gatehouse.services.clients.create(acme, keyed);
  await gatehouse.services.clients.create(acme, webClient('guessed', machine));
  await gatehouse.services.clients.create(
    acme,
    webClient('poster', { ...machine, token_endpoint_auth_method: 'client_secret_post' }),
  );
  service = rawClient(acme.issuer, 'service');
});
afterAll(() => gatehouse.stop());

const secret = { client_id: 'service', client_secret: secretOf('service') };

describe('T025 client authentication', () => {
  const cases: [string, Fields, Fields, number, string][] = [
    ['wrong secret', {}, basic('service', 'wrong'), 401, 'invalid_client'],
    ['unknown client', {}, basic('nobody', 'wrong'), 401, 'invalid_client'],
    ['none', { client_id: 'service' }, NONE, 401, 'invalid_client'],
    ['no client at all', {}, NONE, 401, 'invalid_client'],
    ['a grant that it may not use', { grant_type: 'authorization_code' }, basic('guessed'), 400, 'unauthorized_client'],
    ['two methods at once', secret, basic('service'), 400, 'invalid_request'],
    ['another client in the body', { client_id: 'web' }, basic('service'), 400, 'invalid_request'],
    ['a broken header', {}, { authorization: 'Basic !' }, 400, 'invalid_request'],
    ['a secret where a key is registered', {}, basic('keyed', 'secret'), 401, 'invalid_client'],
  ];
  test.each(cases)('%s is refused', async (_name, fields, headers, status, error) => {
    const answer = await service.token({ ...GRANT, ...fields }, headers);
    expect(answer).toMatchObject({ status, body: { error } });
  });

  test('a secret in the query counts for nothing', async () => {
    const answer = await service.request(`/token?${new URLSearchParams(secret)}`, {
      method: 'POST',
      body: new URLSearchParams(GRANT),
    });
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });

  test('an unknown client and a wrong secret get the same answer', async () => {
    const [unknown, wrong] = await Promise.all([
      service.token(GRANT, basic('nobody', 'wrong')),
      service.token(GRANT, basic('service', 'wrong')),
    ]);
    expect(unknown.body).toEqual(wrong.body);
    expect(unknown.headers.get('www-authenticate')).toBe(wrong.headers.get('www-authenticate'));
  });
});

describe('T025 guesses of a secret', () => {
  afterEach(restoreClock);
  const guess = (client: string, secret?: string) => service.token(GRANT, basic(client, secret));

  test('are limited by client and address, for the right one too', async () => {
    const wrong = Array.from({ length: MAX_WRONG_SECRETS }, (_, i) => guess('guessed', `wrong ${i}`));
    expect(new Set((await Promise.all(wrong)).map(({ status }) => status))).toEqual(new Set([401]));
    const { status, body, headers } = await guess('guessed');
    expect({ status, body }).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await guess('service')).status).toBe(200);
    moveClock(15 * 60 + 1);
    expect((await guess('guessed')).status).toBe(200);
  });
});

describe('T021 scope of a machine', () => {
  const cases: [string, Fields, object][] = [
    ['what it may have', { resource: JWT_API, scope: 'read' }, { status: 200, body: { scope: 'read' } }],
    ['no more', { resource: JWT_API, scope: 'read write admin' }, { status: 200, body: { scope: 'read' } }],
    [
      'none of an API that it does not name',
      { scope: 'read' },
      { status: 200, body: expect.not.objectContaining({ scope: expect.anything() }) },
    ],
    ['no claims of a user', { scope: 'email' }, { status: 400, body: { error: 'invalid_scope' } }],
    ['no unknown API', { resource: 'https://other.api.example' }, { status: 400, body: { error: 'invalid_target' } }],
  ];
  test.each(cases)('%s', async (_name, fields, expected) => {
    expect(await service.token({ ...GRANT, ...fields })).toMatchObject(expected);
  });
});

describe('T026 private_key_jwt', () => {
  const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
  let count = 0;
  type Over = { claims?: object; header?: object; key?: KeyObject; exp?: number };

  function assertion({ claims = {}, header = {}, key = signer.privateKey, exp = 60 }: Over = {}): string {
    const now = Math.floor(Date.now() / 1000);
    const standard = { iss: 'keyed', sub: 'keyed', aud: acme.issuer, jti: `jti-${count++}`, iat: now, exp: now + exp };
    return forge({ alg: 'ES256', kid: 'k', ...header }, { ...standard, ...claims }, es256(key));
  }
  const present = (client_assertion: string) =>
    service.token({ ...GRANT, client_assertion, client_assertion_type: ASSERTION }, NONE);

  test('a good one is accepted, once', async () => {
    const good = assertion();
    expect((await present(good)).status).toBe(200);
    expect(await present(good)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    const reuse = { where: { field: 'type', equals: 'token.reuse_detected' } };
    await eventually(async () => (await gatehouse.services.audit.find('acme', reuse)).items.length === 1);
  });

  test('of twenty uses at once one is accepted', async () => {
    const good = assertion();
    const answers = await Promise.all(Array.from({ length: 20 }, () => present(good)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(19).fill(401)]);
  });

  const cases: [string, () => Over][] = [
    ['for another issuer', () => ({ claims: { aud: 'https://other.example' } })],
    ["for another tenant's issuer", () => ({ claims: { aud: acme.issuer.replace('acme', 'bravo') } })],
    ['issued by another', () => ({ claims: { iss: 'web' } })],
    ['about another', () => ({ claims: { sub: 'web' } })],
    ['without jti', () => ({ claims: { jti: undefined } })],
    ['without exp', () => ({ claims: { exp: undefined } })],
    ['expired', () => ({ exp: -60 })],
    ['not valid yet', () => ({ claims: { nbf: Math.floor(Date.now() / 1000) + 600 } })],
    ['with a foreign key', () => ({ key: stranger.privateKey })],
    [
      'with its own key in the header',
      () => ({ key: stranger.privateKey, header: { jwk: publicJwk(stranger.publicKey) } }),
    ],
    [
      'with an address of a key',
      () => ({ key: stranger.privateKey, header: { jku: 'https://evil.example/jwks', kid: undefined } }),
    ],
    [
      'with an address of a certificate',
      () => ({ key: stranger.privateKey, header: { x5u: 'https://evil.example/x5u', kid: undefined } }),
    ],
    ['with a critical header that nobody knows', () => ({ header: { crit: ['x'], x: 1 } })],
  ];
  test.each(cases)('%s: refused', async (_name, over) => {
    const { status, body } = await present(assertion(over()));
    expect([status, body.error]).toEqual([401, 'invalid_client']);
  });
});
