import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as jose from 'jose';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { CALLBACK, goThrough, PASSWORD, relyingParty, webClient } from '../support/relying-party.ts';
import { createUserAgent } from '../support/user-agent.ts';

let gatehouse: TestGatehouse;
let acme: Tenant;

beforeAll(async () => {
  gatehouse = await startGatehouse();
  acme = await gatehouse.tenant({ id: 'acme', name: 'Acme' });
  await gatehouse.services.clients.create(acme, webClient('web'));
  await gatehouse.services.accounts.create(acme, {
    email: 'ada@example.com',
    email_verified: true,
    password: PASSWORD,
    name: 'Ada Lovelace',
  });
});
afterAll(() => gatehouse.stop());

test('a user signs in, consents, and the application gets tokens that hold', async () => {
  const party = await relyingParty(acme.issuer, 'web');
  const agent = createUserAgent({ stopAt: CALLBACK });
  const { url, checks } = await party.begin();
  const page = await goThrough(agent, url, 'ada@example.com');
  const tokens = await party.redeem(page.url, checks);
  const claims = tokens.claims()!;

  const jwks = jose.createRemoteJWKSet(new URL(`${acme.issuer}/jwks`));
  const { protectedHeader } = await jose.jwtVerify(tokens.id_token!, jwks, { issuer: acme.issuer, audience: 'web' });
  expect(protectedHeader.alg).toBe('RS256');
  expect(await party.userinfo(tokens.access_token, claims.sub)).toMatchObject({
    name: 'Ada Lovelace',
    email: 'ada@example.com',
    email_verified: true,
  });
  expect(await party.introspect(tokens.access_token)).toMatchObject({
    active: true,
    client_id: 'web',
    scope: 'openid profile email',
  });

  const refreshed = await party.refresh(tokens.refresh_token!);
  expect(refreshed.refresh_token).not.toBe(tokens.refresh_token);
  await party.revoke(refreshed.refresh_token!);
  expect(await party.introspect(refreshed.access_token)).toEqual({ active: false });
  expect(page.trail.map(({ status }) => status).filter((status) => status === 307 || status === 308)).toEqual([]);
});

test('a second application is reached without a password, and what was allowed is not asked again', async () => {
  await gatehouse.services.clients.create(acme, webClient('second'));
  const agent = createUserAgent({ stopAt: CALLBACK });
  const first = await relyingParty(acme.issuer, 'web');
  await goThrough(agent, (await first.begin()).url, 'ada@example.com');

  const second = await relyingParty(acme.issuer, 'second');
  const asked = await agent.get((await second.begin()).url);
  expect(asked.body).toContain('value="accept"');
  expect((await agent.submit(asked, { decision: 'accept' })).url).toContain('code=');

  const again = await agent.get((await second.begin()).url);
  expect(again.url).toContain(CALLBACK);
  const more = await agent.get((await second.begin({ scope: 'openid profile email phone' })).url);
  expect(more.body).toContain('value="accept"');
});

test('userinfo is signed for an application that asks for it', async () => {
  await gatehouse.services.clients.create(acme, webClient('signed', { userinfo_signed_response_alg: 'ES256' }));
  const party = await relyingParty(acme.issuer, 'signed');
  const { url, checks } = await party.begin();
  const page = await goThrough(createUserAgent({ stopAt: CALLBACK }), url, 'ada@example.com');
  const { access_token } = await party.redeem(page.url, checks);
  const response = await fetch(`${acme.issuer}/me`, { headers: { authorization: `Bearer ${access_token}` } });
  expect(response.headers.get('content-type')).toContain('application/jwt');
  const jwks = jose.createRemoteJWKSet(new URL(`${acme.issuer}/jwks`));
  const { payload, protectedHeader } = await jose.jwtVerify(await response.text(), jwks, { audience: 'signed' });
  expect(protectedHeader.alg).toBe('ES256');
  expect(payload).toMatchObject({ iss: acme.issuer, name: 'Ada Lovelace', email: 'ada@example.com' });
});
