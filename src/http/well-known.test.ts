import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { byHost } from '../../test/support/by-host.ts';
import { startGatehouse, type TestGatehouse } from '../../test/support/gatehouse.ts';

let gatehouse: TestGatehouse;
let get: (url: string) => Promise<Response>;

beforeAll(async () => {
  gatehouse = await startGatehouse({ GATEHOUSE_TRUSTED_PROXIES: '127.0.0.1' });
  const own = byHost(Number(new URL(gatehouse.url).port));
  get = (url) => own(url, {});
  const related_origins = ['https://acme.example', 'https://acme-shop.example'];
  await gatehouse.tenant({
    id: 'acme',
    issuer: 'https://login.acme.test',
    settings: { passkeys: { related_origins } },
  });
  await gatehouse.tenant({
    id: 'parent',
    issuer: 'https://login.parent.test',
    settings: { passkeys: { rp_id: 'parent.test', related_origins } },
  });
  await gatehouse.tenant({ id: 'plain', issuer: 'https://login.plain.test' });
  await gatehouse.tenant({ id: 'path' });
});
afterAll(() => gatehouse.stop());

describe('the origins that may use the passkeys of a tenant', () => {
  test('are told at its RP ID', async () => {
    const answer = await get('https://login.acme.test/.well-known/webauthn');
    expect(answer.headers.get('content-type')).toMatch(/^application\/json\b/);
    expect(await answer.json()).toEqual({ origins: ['https://acme.example', 'https://acme-shop.example'] });
  });

  test.each(['https://login.parent.test', 'https://login.plain.test'])('and not at %s', async (issuer) => {
    expect((await get(`${issuer}/.well-known/webauthn`)).status).toBe(404);
  });

  test('nor at a host that tenants share', async () => {
    expect((await get(`${gatehouse.url}/.well-known/webauthn`)).status).toBe(404);
    expect((await get(`${gatehouse.url}/t/path/.well-known/webauthn`)).status).toBe(404);
  });
});

test('password managers find the pages of passkeys and of the password', async () => {
  const endpoints = await get('https://login.plain.test/.well-known/passkey-endpoints');
  const page = 'https://login.plain.test/account/passkeys';
  expect(await endpoints.json()).toEqual({ enroll: page, manage: page });

  const moved = await get('https://login.plain.test/.well-known/change-password');
  expect([moved.status, moved.headers.get('location')]).toEqual([303, 'https://login.plain.test/account/password']);
  // By which they know that a redirect means something (W3C Detecting the reliability of HTTP status codes).
  const bogus = 'resource-that-should-not-exist-whose-status-code-should-not-be-200';
  expect((await get(`https://login.plain.test/.well-known/${bogus}`)).status).toBe(404);
});

test('nothing is told of a tenant that is suspended', async () => {
  await gatehouse.services.tenants.suspend('path');
  expect((await get(`${gatehouse.url}/t/path/.well-known/passkey-endpoints`)).status).toBe(403);
});
