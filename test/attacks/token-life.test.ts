import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { outliveCaches } from '../support/clock.ts';
import { claimsOf } from '../support/forge.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { inhabited, OPAQUE_API } from '../support/inhabited.ts';
import { newCode, newTokens, type RawClient, rawClient } from '../support/raw-client.ts';
import { CALLBACK, PASSWORD, webClient } from '../support/relying-party.ts';
import { createUserAgent, type UserAgent } from '../support/user-agent.ts';

const EMAIL = 'grace@example.com';

let gatehouse: TestGatehouse;
let acme: Tenant;
let web: RawClient;
let agent: UserAgent;
let sub: string;

beforeAll(async () => {
  gatehouse = await startGatehouse();
  acme = await inhabited(gatehouse, 'acme');
  web = rawClient(acme.issuer, 'web');
});
afterAll(() => gatehouse.stop());

/** All that a signed-in user's application has, and another browser tab in mid-flow. */
async function signedIn(client = web) {
  const user = await gatehouse.services.accounts.create(acme, { email: EMAIL, password: PASSWORD });
  sub = user.id;
  agent = createUserAgent({ stopAt: CALLBACK });
  const first = await newCode(agent, client, {}, EMAIL);
  const tokens = (await client.token(first)).body;
  const forApi = await newTokens(agent, client, { resource: OPAQUE_API, scope: 'openid read' });
  return { tokens, forApi, code: await newCode(agent, client, {}, EMAIL) };
}
afterEach(async () => {
  const { accounts } = gatehouse.services;
  if (await accounts.get(acme, sub)) await accounts.remove(acme, sub);
});

const silently = async (client = web) => (await agent.get(client.begin({ prompt: 'none' }).url)).url;

describe('T033, T034 a user who is', () => {
  const ENDS: [string, () => Promise<unknown>][] = [
    ['disabled', () => gatehouse.services.accounts.disable(acme, sub)],
    ['removed', () => gatehouse.services.accounts.remove(acme, sub)],
    ['given a new password', () => gatehouse.services.accounts.setPassword(acme, sub, { password: `new ${PASSWORD}` })],
    ['signed out everywhere', () => gatehouse.services.accounts.signOutEverywhere(acme, sub)],
  ];
  test.each(ENDS)('%s: within a second no code, token or session of his works', async (_name, end) => {
    const { tokens, forApi, code } = await signedIn();
    await end();
    outliveCaches();
    expect((await web.userinfo(tokens.access_token)).status).toBe(401);
    expect(await web.token(code)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    for (const { refresh_token } of [tokens, forApi])
      expect(await web.refresh(refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(await web.introspect(forApi.access_token)).toEqual({ active: false });
    expect(await silently()).toContain('error=login_required');
  });
});

test('T033 a client that is removed or has a new secret is refused within a second', async () => {
  await gatehouse.services.clients.create(acme, webClient('short-lived'));
  const client = rawClient(acme.issuer, 'short-lived');
  const { tokens } = await signedIn(client);
  await gatehouse.services.clients.rotateSecret(acme, 'short-lived', 0);
  outliveCaches();
  expect((await client.refresh(tokens.refresh_token)).body.error).toBe('invalid_client');
  await gatehouse.services.clients.remove(acme, 'short-lived');
  outliveCaches();
  expect((await client.userinfo(tokens.access_token)).status).toBe(401);
  const page = await agent.get(client.begin().url);
  expect(page.status).toBe(400);
});

test('T033 a client under the name of one that was removed gets nothing of that one’s', async () => {
  const { clients } = gatehouse.services;
  await clients.create(acme, webClient('twice'));
  const client = rawClient(acme.issuer, 'twice');
  const { tokens, forApi, code } = await signedIn(client);
  await clients.remove(acme, 'twice');
  await setTimeout(1100);
  await clients.create(acme, webClient('twice', { skip_consent: true }));
  outliveCaches();
  expect((await client.userinfo(tokens.access_token)).status).toBe(401);
  expect(await client.introspect(forApi.access_token)).toEqual({ active: false });
  expect(await client.refresh(tokens.refresh_token)).toMatchObject({ body: { error: 'invalid_grant' } });
  expect(await client.token(code)).toMatchObject({ body: { error: 'invalid_grant' } });
  // It begins anew.
  const again = await newTokens(agent, client, {}, EMAIL);
  expect((await client.userinfo(again.access_token)).status).toBe(200);
});

test('T033 signing out ends the session and what is bound to it', async () => {
  const { tokens, code } = await signedIn();
  const hint = new URLSearchParams({ id_token_hint: tokens.id_token });
  const asked = await agent.get(`${acme.issuer}/session/end?${hint}`);
  await agent.submit(asked, { logout: 'yes' });
  expect(await silently()).toContain('error=login_required');
  expect((await web.userinfo(tokens.access_token)).status).toBe(401);
  expect(await web.refresh(tokens.refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  expect(await web.token(code)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  expect(claimsOf(tokens.id_token).sub).toBe(sub);
});
