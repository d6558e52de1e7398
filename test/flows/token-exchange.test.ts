import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as openid from 'openid-client';
import {
  ACCESS_TOKEN,
  ARCHIVE,
  EXCHANGE,
  type ExchangeStage,
  ID_TOKEN,
  LEDGER,
  ORDERS,
  setExchangeStage,
} from '../support/exchange-stage.ts';
import { claimsOf, headerOf } from '../support/forge.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { relyingParty } from '../support/relying-party.ts';

let gatehouse: TestGatehouse;
let stage: ExchangeStage;
let atOrders: string;
let idToken: string;

beforeAll(async () => {
  gatehouse = await startGatehouse();
  stage = await setExchangeStage(gatehouse, 'acme');
  ({ access_token: atOrders, id_token: idToken } = await stage.signIn());
});
afterAll(() => gatehouse.stop());

test('a service acts for the user at another API, and the token says so (RFC 8693 2.2.1, 4.1)', async () => {
  const { config } = await relyingParty(stage.tenant.issuer, 'orders');
  const answer = await openid.genericGrantRequest(config, EXCHANGE, {
    subject_token: atOrders,
    subject_token_type: ACCESS_TOKEN,
    requested_token_type: ACCESS_TOKEN,
    audience: LEDGER,
    scope: 'read',
  });
  expect(answer).toEqual({
    access_token: expect.any(String),
    issued_token_type: ACCESS_TOKEN,
    token_type: 'bearer',
    expires_in: 300,
    scope: 'read',
  });
  const { sub, acr, amr, auth_time } = claimsOf(atOrders);
  expect(headerOf(answer.access_token)).toMatchObject({ typ: 'at+jwt' });
  expect(claimsOf(answer.access_token)).toMatchObject({
    iss: stage.tenant.issuer,
    ...{ sub, acr, amr, auth_time },
    aud: LEDGER,
    client_id: 'orders',
    scope: 'read',
    act: { sub: 'orders' },
  });
});

test('an opaque token for an opaque API, which may introspect it', async () => {
  const { status, body } = await stage.exchange(atOrders, { resource: ARCHIVE });
  expect(status).toBe(200);
  expect(body.access_token).toMatch(/^at_/);
  expect(await stage.client('archive').introspect(body.access_token)).toMatchObject({
    active: true,
    aud: ARCHIVE,
    client_id: 'orders',
    scope: 'read write',
    sub: claimsOf(atOrders).sub,
    act: { sub: 'orders' },
  });
});

test('an ID token stands for what its user has granted its client', async () => {
  const { status, body } = await stage.exchange(idToken, { subject_token_type: ID_TOKEN, resource: LEDGER });
  expect([status, body.error]).toEqual([400, 'invalid_scope']);
  const ledger = await stage.signIn(LEDGER);
  const { body: got } = await stage.exchange(ledger.id_token, { subject_token_type: ID_TOKEN, resource: LEDGER });
  expect(claimsOf(got.access_token)).toMatchObject({ aud: LEDGER, scope: 'read write', act: { sub: 'orders' } });
});

test('the next service in the chain is named before the one that it acts for', async () => {
  const { body: first } = await stage.exchange(atOrders, { resource: LEDGER });
  const { body: second } = await stage.exchange(first.access_token, { resource: ARCHIVE }, 'ledger');
  expect(await stage.client('archive').introspect(second.access_token)).toMatchObject({
    sub: claimsOf(atOrders).sub,
    act: { sub: 'ledger', act: { sub: 'orders' } },
  });
  expect(second.expires_in).toBeLessThanOrEqual(first.expires_in);
});

describe('actor tokens', () => {
  test('a service that the policy names acts', async () => {
    const actor = { actor_token: await stage.ownToken('robot'), actor_token_type: ACCESS_TOKEN };
    const { body } = await stage.exchange(atOrders, { resource: LEDGER, ...actor });
    expect(claimsOf(body.access_token)).toMatchObject({ client_id: 'orders', act: { sub: 'robot' } });
  });

  test('a user who has a role that the policy names acts', async () => {
    const { accounts } = gatehouse.services;
    const agent = await accounts.create(stage.tenant, {
      email: 'grace@example.com',
      email_verified: true,
      password: 'correct horse battery staple',
      roles: ['support'],
    });
    const { access_token } = await stage.signIn(ORDERS, {}, stage.web, 'grace@example.com');
    const { body } = await stage.exchange(atOrders, {
      resource: LEDGER,
      actor_token: access_token,
      actor_token_type: ACCESS_TOKEN,
    });
    expect(claimsOf(body.access_token)).toMatchObject({ sub: claimsOf(atOrders).sub, act: { sub: agent.id } });
  });
});

test('impersonation, where the policy allows it, leaves no act', async () => {
  const other = await setExchangeStage(gatehouse, 'imp', { policy: { impersonation: true, max_ttl: 60 } });
  const { access_token } = await other.signIn();
  const { body } = await other.exchange(access_token, { resource: LEDGER });
  expect(body.expires_in).toBe(60);
  expect(claimsOf(body.access_token)).not.toHaveProperty('act');
  const { items } = await gatehouse.services.audit.find('imp', { where: { field: 'type', equals: 'token.exchanged' } });
  expect(items).toMatchObject([
    { actor: 'orders', target: claimsOf(access_token).sub, clientId: 'orders', details: { impersonation: true } },
  ]);
});

test('scopes of one API may stand for those of another', async () => {
  const policy = { resources: [{ resource: LEDGER, scopes: { post: 'write' } }] };
  const other = await setExchangeStage(gatehouse, 'mapped', { policy });
  const { access_token } = await other.signIn();
  // The only target needs no name.
  expect(claimsOf((await other.exchange(access_token)).body.access_token)).toMatchObject({
    aud: LEDGER,
    scope: 'post',
  });
  const reader = await other.signIn(ORDERS, { scope: 'openid read' });
  expect((await other.exchange(reader.access_token)).body.error).toBe('invalid_scope');
});

test('users of clients with pairwise subjects are known by none of them', async () => {
  const { clients } = gatehouse.services;
  const other = await setExchangeStage(gatehouse, 'pairs');
  const { metadata } = (await clients.get(other.tenant, 'web'))!;
  await clients.change(other.tenant, 'web', { ...metadata, subject_type: 'pairwise' });
  const { access_token } = await other.signIn();
  const { body } = await other.exchange(access_token, { resource: LEDGER });
  const [user] = (await gatehouse.services.accounts.list(other.tenant)).items;
  expect(claimsOf(access_token).sub).not.toBe(user!.id);
  expect(claimsOf(body.access_token).sub).toBe(user!.id);
});

test('discovery offers it where the tenant does', async () => {
  const { body } = await stage.web.get('/.well-known/openid-configuration');
  expect(body.grant_types_supported).toContain(EXCHANGE);
  const plain = await setExchangeStage(gatehouse, 'plain', { settings: { protocol: {} } }).catch((error) => error);
  expect(plain).toMatchObject({ code: 'invalid_input', problems: [{ pointer: '/grant_types' }] });
});
