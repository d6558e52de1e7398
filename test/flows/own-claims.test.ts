import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { CALLBACK, goThrough, PASSWORD, relyingParty, webClient } from '../support/relying-party.ts';
import { createUserAgent } from '../support/user-agent.ts';

let gatehouse: TestGatehouse;
let acme: Tenant;

beforeAll(async () => {
  gatehouse = await startGatehouse();
  const text = { type: 'string' };
  acme = await gatehouse.tenant({
    id: 'acme',
    settings: {
      profile: {
        attributes: {
          plan: { schema: text, sensitivity: 'internal', claim: 'plan' },
          diet: { schema: text, sensitivity: 'special', claim: 'https://acme.example/diet' },
          note: { schema: text, sensitivity: 'public' },
        },
      },
    },
  });
  await gatehouse.services.clients.create(acme, webClient('web'));
  await gatehouse.services.accounts.create(acme, {
    email: 'ada@example.com',
    password: PASSWORD,
    attributes: { plan: 'gold', diet: 'vegan', note: 'not mapped' },
  });
});
afterAll(() => gatehouse.stop());

async function userinfo(params: Record<string, string> = {}) {
  const party = await relyingParty(acme.issuer, 'web');
  const { url, checks } = await party.begin(params);
  const page = await goThrough(createUserAgent({ stopAt: CALLBACK }), url, 'ada@example.com');
  const tokens = await party.redeem(page.url, checks);
  return party.userinfo(tokens.access_token, tokens.claims()!.sub);
}

test('attributes that are mapped are told as claims, confidential ones to who asks by name', async () => {
  const told = await userinfo();
  expect(told).toMatchObject({ plan: 'gold' });
  expect(JSON.stringify(told)).not.toMatch(/vegan|not mapped/);
  const claims = JSON.stringify({ userinfo: { 'https://acme.example/diet': null } });
  expect(await userinfo({ claims })).toMatchObject({ 'https://acme.example/diet': 'vegan' });
});
