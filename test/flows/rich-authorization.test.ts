import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { claimsOf } from '../support/forge.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { textOf } from '../support/html.ts';
import { inhabited, JWT_API, OPAQUE_API } from '../support/inhabited.ts';
import { newCode, type RawClient, rawClient, USER } from '../support/raw-client.ts';
import { CALLBACK, PASSWORD, webClient } from '../support/relying-party.ts';
import { createUserAgent } from '../support/user-agent.ts';

/** RFC 9396: what is asked for in detail is checked, shown, allowed once, and in the tokens that it is for. */

let gatehouse: TestGatehouse;
let acme: Tenant;
let web: RawClient;

const PAYMENT = {
  type: 'payment',
  amount: { currency: 'EUR', value: '1000.00' },
  creditor: 'Merchant <A>',
};
const ACCOUNT = { type: 'account', actions: ['read'], locations: [OPAQUE_API] };

beforeAll(async () => {
  gatehouse = await startGatehouse();
  acme = await inhabited(gatehouse, 'acme', {
    authorization_details_types: [
      {
        type: 'payment',
        name: 'A payment',
        resource: JWT_API,
        schema: {
          type: 'object',
          required: ['amount', 'creditor'],
          additionalProperties: false,
          properties: {
            amount: {
              type: 'object',
              required: ['currency', 'value'],
              additionalProperties: false,
              properties: { currency: { enum: ['EUR'] }, value: { type: 'string', pattern: '^\\d+\\.\\d\\d$' } },
            },
            creditor: { type: 'string' },
          },
        },
      },
      { type: 'account', schema: { type: 'object' } },
    ],
  });
  const { clients } = gatehouse.services;
  await clients.create(acme, webClient('trusted', { skip_consent: true, authorization_details_types: ['payment'] }));
  await clients.create(acme, webClient('payer', { authorization_details_types: ['payment'], skip_consent: true }));
  await clients.create(
    acme,
    webClient('machine', {
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      authorization_details_types: ['account'],
    }),
  );
  const { client_id: _, ...metadata } = webClient('web', { authorization_details_types: ['payment', 'account'] });
  await clients.change(acme, 'web', metadata);
  web = rawClient(acme.issuer, 'web');
});
afterAll(() => gatehouse.stop());

const agentOf = () => createUserAgent({ stopAt: CALLBACK });
const asking = (details: unknown, more = {}) => ({
  authorization_details: JSON.stringify(details),
  resource: JWT_API,
  scope: 'openid read',
  ...more,
});

test('discovery names the types', async () => {
  const document = await (await fetch(`${acme.issuer}/.well-known/openid-configuration`)).json();
  expect(document).toMatchObject({ authorization_details_types_supported: ['payment', 'account'] });
});

test('the user sees every detail, each time, and its token has them', async () => {
  const agent = agentOf();
  const { url, redemption } = web.begin(asking([PAYMENT, ACCOUNT]));
  const asked = await agent.get(url);
  const page = await agent.submit(asked, { identifier: USER, password: PASSWORD });
  const text = textOf(page.body);
  for (const part of ['A payment', 'amount currency', 'EUR', '1000.00', 'creditor', 'Merchant <A>', 'account', 'read'])
    expect(text).toContain(part);
  expect(page.body).not.toContain('Merchant <A>');
  const done = await agent.submit(page, { decision: 'accept' });
  const code = new URL(done.url).searchParams.get('code')!;

  const { body } = await web.token({ ...redemption, code, resource: JWT_API });
  // The other API's detail is not for this one.
  expect(body.authorization_details).toEqual([PAYMENT]);
  expect(claimsOf(body.access_token)).toMatchObject({ authorization_details: [PAYMENT] });

  const again = await web.refresh(body.refresh_token, { resource: JWT_API });
  expect(again.body.authorization_details).toEqual([PAYMENT]);

  // The scopes are remembered, a payment never is.
  const next = await agent.get(web.begin(asking([PAYMENT])).url);
  expect(textOf(next.body)).toContain('1000.00');
  const silent = await agent.get(web.begin(asking([PAYMENT], { prompt: 'none' })).url);
  expect(new URL(silent.url).searchParams.get('error')).toBe('interaction_required');
});

test('introspection tells an API of its own details', async () => {
  const params = asking([PAYMENT, ACCOUNT], { resource: OPAQUE_API });
  const { body } = await web.token({ ...(await newCode(agentOf(), web, params)), resource: OPAQUE_API });
  expect(await web.introspect(body.access_token)).toMatchObject({ active: true, authorization_details: [ACCOUNT] });
});

test('a token request may ask for less, and for nothing else', async () => {
  const ask = async (details: unknown) =>
    (
      await web.token({
        ...(await newCode(agentOf(), web, asking([PAYMENT, ACCOUNT]))),
        resource: JWT_API,
        authorization_details: JSON.stringify(details),
      })
    ).body;
  expect((await ask([PAYMENT])).authorization_details).toEqual([PAYMENT]);
  const more = { ...PAYMENT, amount: { currency: 'EUR', value: '9999.00' } };
  expect(await ask([more])).toMatchObject({ error: 'invalid_authorization_details' });
  expect(await ask([{ type: 'account', actions: ['write'] }])).toMatchObject({
    error: 'invalid_authorization_details',
  });
});

test('a client that asks for no consent is given them without', async () => {
  const trusted = rawClient(acme.issuer, 'trusted');
  const { body } = await trusted.token({
    ...(await newCode(agentOf(), trusted, asking([PAYMENT]))),
    resource: JWT_API,
  });
  expect(body.authorization_details).toEqual([PAYMENT]);
});

test('a machine is given what it was registered for', async () => {
  const machine = rawClient(acme.issuer, 'machine');
  const ask = (details: unknown) =>
    machine.token({
      grant_type: 'client_credentials',
      resource: OPAQUE_API,
      authorization_details: JSON.stringify(details),
    });
  expect((await ask([ACCOUNT])).body).toMatchObject({ authorization_details: [ACCOUNT] });
  expect((await ask([PAYMENT])).body.error).toBe('invalid_authorization_details');
  const { body } = await rawClient(acme.issuer, 'service').token({
    grant_type: 'client_credentials',
    resource: OPAQUE_API,
    authorization_details: JSON.stringify([ACCOUNT]),
  });
  expect(body.error).toBe('invalid_authorization_details');
});

describe('what is refused', () => {
  test.each<[string, string]>([
    ['no JSON', '{'],
    ['no list', JSON.stringify(PAYMENT)],
    ['no type', JSON.stringify([{ amount: 1 }])],
    ['an unknown type', JSON.stringify([{ type: 'loan' }])],
    ['a property of every object as type', JSON.stringify([{ type: 'constructor' }])],
    ['a field too many', JSON.stringify([{ ...PAYMENT, fee: '0.00' }])],
    ['a field too few', JSON.stringify([{ type: 'payment', amount: PAYMENT.amount }])],
    ['a bad value', JSON.stringify([{ ...PAYMENT, amount: { currency: 'XXX', value: '1.00' } }])],
    ['a text for a list', JSON.stringify([{ type: 'account', actions: 'read' }])],
  ])('%s', async (_name, authorization_details) => {
    const page = await agentOf().get(web.begin({ authorization_details }).url);
    expect(new URL(page.url).searchParams.get('error')).toBe('invalid_authorization_details');
  });

  test('a type that is not the client’s', async () => {
    const { url } = rawClient(acme.issuer, 'payer').begin(asking([ACCOUNT]));
    expect(new URL((await agentOf().get(url)).url).searchParams.get('error')).toBe('invalid_authorization_details');
  });
});
