import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { TenantSettingsInput } from '../../src/tenants/settings.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { type Authenticator, BE, BS, createAuthenticator, UP } from '../support/authenticator.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { PASSWORD, webClient } from '../support/relying-party.ts';
import { answerOf, authorizationUrl, goOn, redeem, signIn, userAgent } from '../support/stage.ts';
import { formsOf, type Page, to, type UserAgent } from '../support/user-agent.ts';

/** What policies make of passkeys: an authenticator in software says whatever a test wants. */

type Authentication = NonNullable<TenantSettingsInput['authentication']>;
/** It was touched, and asked for neither PIN nor finger. */
const TOUCHED = UP | BE | BS;

let gatehouse: TestGatehouse;
beforeAll(async () => {
  gatehouse = await startGatehouse();
});
afterAll(() => gatehouse.stop());

let count = 0;
/** A tenant where Ada and Grace have passwords, and passkeys on one authenticator. */
async function setTenant(authentication: Authentication = {}, flags?: number) {
  count += 1;
  const settings = { signing: { algorithms: ['ES256' as const] }, authentication };
  const tenant = await gatehouse.tenant({ id: `t${count}`, settings });
  await gatehouse.services.clients.create(tenant, webClient('first-party', { skip_consent: true }));
  const authenticator = createAuthenticator({ origin: gatehouse.url, ...(flags !== undefined && { flags }) });
  const ids: string[] = [];
  for (const email of ['ada@example.com', 'grace@example.com']) {
    const { accounts, passkeys } = gatehouse.services;
    const { id } = await accounts.create(tenant, { email, email_verified: true, password: PASSWORD });
    const ceremony = { binding: 'test', name: 'Key' };
    const options = await passkeys.registrationOptions(tenant, { id, name: email, displayName: email }, ceremony);
    expect(await passkeys.register(tenant, id, authenticator.create(options), ceremony)).toMatchObject({ ok: true });
    ids.push(id);
  }
  const [ada, grace] = ids as [string, string];
  return { tenant, authenticator, ada, grace };
}

const begin = (agent: UserAgent, { issuer }: Tenant, params = {}) =>
  agent.get(authorizationUrl(issuer, { client_id: 'first-party', ...params }));
const requestIn = (page: Page) =>
  JSON.parse(/data-options="([^"]+)"/.exec(page.body)![1]!.replaceAll('&quot;', '"').replaceAll('&amp;', '&'));
/** Ada's key is the first of the authenticator, Grace's the second. */
const answer = (agent: UserAgent, page: Page, authenticator: Authenticator, key = 0) =>
  agent.submit(page, { credential: authenticator.get(requestIn(page), {}, authenticator.keys[key]) }, to('passkey'));

async function claimsOf(tenant: Tenant, page: Page) {
  const { body } = await redeem(tenant.issuer, answerOf(page).code);
  return decodeJwt(body.id_token as string);
}

test('a passkey that verified its user is enough where two factors are required', async () => {
  const { tenant, authenticator, ada } = await setTenant({ mfa: 'required' });
  const agent = userAgent();
  const end = await answer(agent, await begin(agent, tenant), authenticator);
  expect(await claimsOf(tenant, end)).toMatchObject({
    sub: ada,
    acr: 'urn:gatehouse:aal2',
    amr: ['user', 'swk', 'mfa'],
  });
});

test('one that verified nobody is a first factor: the password makes two of it, whatever is typed wrong before', async () => {
  const { tenant, authenticator, ada } = await setTenant({ mfa: 'required' }, TOUCHED);
  const agent = userAgent();
  const asked = await answer(agent, await begin(agent, tenant), authenticator);
  expect(formsOf(asked).find(to('login'))?.fields.identifier).toBe('ada@example.com');
  const wrong = await agent.submit(asked, { password: 'wrong' }, to('login'));
  expect([wrong.status, wrong.body.includes('id="password-error"')]).toEqual([422, true]);
  const end = await agent.submit(wrong, { password: PASSWORD }, to('login'));
  expect(await claimsOf(tenant, end)).toMatchObject({
    sub: ada,
    acr: 'urn:gatehouse:aal2',
    amr: ['user', 'swk', 'pwd', 'mfa'],
  });
});

test('as the second factor it has to be the account’s own, and to verify its user', async () => {
  const { tenant, authenticator, ada } = await setTenant({ mfa: 'required' });
  const agent = userAgent();
  const asked = await signIn(agent, await begin(agent, tenant));
  const request = requestIn(asked);
  expect([request.allowCredentials.length, request.userVerification]).toEqual([1, 'required']);

  const others = await answer(agent, asked, authenticator, 1);
  expect([others.status, answerOf(others).code]).toEqual([401, undefined]);
  const touched = authenticator.get(requestIn(others), { flags: TOUCHED }, authenticator.keys[0]);
  const unverified = await agent.submit(others, { credential: touched }, to('passkey'));
  expect([unverified.status, answerOf(unverified).code]).toEqual([401, undefined]);
  // Nor does what the first page of another sign-in asked for.
  const elsewhere = requestIn(await begin(userAgent(), tenant));
  const foreign = authenticator.get(elsewhere, {}, authenticator.keys[0]);
  expect((await agent.submit(unverified, { credential: foreign }, to('passkey'))).status).toBe(401);

  const end = await answer(agent, unverified, authenticator);
  expect(await claimsOf(tenant, end)).toMatchObject({ sub: ada, amr: ['pwd', 'user', 'swk', 'mfa'] });
});

test('whoever is asked again may turn out to be somebody else, who is then signed in as that', async () => {
  const { tenant, authenticator, grace } = await setTenant();
  const agent = userAgent();
  await signIn(agent, await begin(agent, tenant)).then((page) => answer(agent, page, authenticator));
  const again = await begin(agent, tenant, { prompt: 'login' });
  const end = await goOn(agent, await answer(agent, again, authenticator, 1));
  expect(await claimsOf(tenant, end)).toMatchObject({ sub: grace, amr: ['user', 'swk', 'mfa'] });
});

test('who chooses another account is asked for that one alone, once', async () => {
  const { tenant, authenticator, grace } = await setTenant({ mfa: 'required' });
  const agent = userAgent();
  await answer(agent, await begin(agent, tenant), authenticator);
  const choice = await begin(agent, tenant, { prompt: 'select_account' });
  const first = await agent.submit(choice, { choice: 'other' }, to('account'));
  const second = await signIn(agent, first, 'grace@example.com');
  expect(formsOf(second).some(to('account'))).toBe(false);
  const end = await goOn(agent, await answer(agent, second, authenticator, 1));
  expect(await claimsOf(tenant, end)).toMatchObject({ sub: grace, amr: ['pwd', 'user', 'swk', 'mfa'] });
});

test.each<[string, Authentication]>([
  ['as the first factor', { first_factors: ['password'], mfa: 'off' }],
  ['as the second factor', { first_factors: ['password'], second_factors: ['totp'], mfa: 'required' }],
])('no passkey is taken where the policy does not want it %s', async (_, authentication) => {
  const { tenant, authenticator } = await setTenant(authentication);
  const agent = userAgent();
  const page = await begin(agent, tenant);
  expect(formsOf(page).some(to('passkey'))).toBe(false);
  const form = formsOf(page).find(to('login'))!;
  expect((await agent.get(form.action.replace('/login?', '/passkey-request?'))).status).toBe(400);
  const binding = new URL(page.url).pathname.split('/').at(-1)!;
  const request = await gatehouse.services.passkeys.authenticationOptions(tenant, { binding });
  const credential = authenticator.get(request, {}, authenticator.keys[0]);
  const posted = await agent.post(form.action.replace('/login?', '/passkey?'), { ...form.fields, credential });
  expect([posted.status, answerOf(posted).code]).toEqual([400, undefined]);
});

test('no password is taken where the policy wants passkeys alone', async () => {
  const { tenant } = await setTenant({ first_factors: ['passkey'] });
  const agent = userAgent();
  const page = await begin(agent, tenant);
  const form = formsOf(page).find(to('passkey'))!;
  const posted = await agent.post(form.action.replace('/passkey?', '/login?'), {
    ...form.fields,
    identifier: 'ada@example.com',
    password: PASSWORD,
  });
  expect([posted.status, answerOf(posted).code]).toEqual([400, undefined]);
});

test('T106 the passkey of a disabled account signs nobody in', async () => {
  const { tenant, authenticator, ada } = await setTenant();
  await gatehouse.services.accounts.disable(tenant, ada);
  const agent = userAgent();
  const end = await answer(agent, await begin(agent, tenant), authenticator);
  expect(answerOf(end)).toMatchObject({ error: 'access_denied' });
});
