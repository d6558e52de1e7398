import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { TenantSettingsInput } from '../../src/tenants/settings.ts';
import { ADA, linkIn, mailsTo, mailTo, NEW_PASSWORD } from '../support/accounts-stage.ts';
import { createAuthenticator } from '../support/authenticator.ts';
import { appCode, wrongCode } from '../support/authenticator-app.ts';
import { moveClock, restoreClock } from '../support/clock.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { textOf } from '../support/html.ts';
import { codeIn, wrong } from '../support/messages.ts';
import { linkUpstream, openAccount, portalTenant } from '../support/portal-stage.ts';
import { rawClient } from '../support/raw-client.ts';
import { PASSWORD } from '../support/relying-party.ts';
import { enrolApp, typeCode } from '../support/second-factor.ts';
import { answerOf, authorizationUrl, redeem, userAgent } from '../support/stage.ts';
import { formsOf, type Page, to, type UserAgent } from '../support/user-agent.ts';

/** Users look after their accounts, without script. */

let gatehouse: TestGatehouse;
beforeAll(async () => {
  gatehouse = await startGatehouse();
});
afterAll(() => gatehouse.stop());
afterEach(restoreClock);

const setTenant = (settings?: TenantSettingsInput) => portalTenant(gatehouse, settings);
const said = (page: Page) => textOf(page.body.replace(/^[\s\S]*<main/, '<main'));
const pathOf = ({ url }: Page) => new URL(url).pathname.replace(/^\/t\/\w+/, '');
const secretIn = (page: Page) => /class="secret"[^>]*>([A-Z2-7 ]+)</.exec(page.body)![1]!;
const codesIn = (page: Page) => [...page.body.matchAll(/<li><code>([^<]+)</g)].map(([, code]) => code!);
/** Reaches an application, or shows why not. */
const authorize = (agent: UserAgent, issuer: string, params = {}) =>
  agent.get(authorizationUrl(issuer, { client_id: 'first-party', ...params }));

test.each([
  '',
  '/password',
  '/passkeys',
  '/passkeys/new',
  '/authenticators',
  '/authenticators/new',
  '/phones',
  '/phones/new',
  '/phones/code',
  '/recovery-codes',
  '/links',
  '/email',
  '/email/code',
  '/sessions',
  '/apps',
  '/devices',
  '/deactivate',
])('/account%s: who is not signed in signs in, and is there', async (path) => {
  const { tenant } = await setTenant();
  const agent = userAgent();
  await agent.get(`${tenant.issuer}/account${path}`).then(({ body }) => expect(body).not.toContain(ADA));
  const { page } = await openAccount(tenant, path, { agent });
  expect([page.status, pathOf(page)]).toEqual([200, `/account${path}`]);
  // A page of a form carries its token; no page says what it is not asked for.
  expect(page.body).not.toContain('grace@example.com');
});

test('an account that has more to be done is told so', async () => {
  const { tenant, ada } = await setTenant();
  const { page, agent } = await openAccount(tenant);
  expect(said(page)).toContain('Add a second step.');
  await enrolApp(gatehouse.services, tenant, ada);
  expect(said(await agent.get(page.url))).not.toContain('Add a second step.');
});

test('a sign-in that is cancelled says so, and leads back', async () => {
  const { tenant } = await setTenant();
  const agent = userAgent();
  const asked = await agent.get(`${tenant.issuer}/account/passkeys`);
  const page = await agent.submit(asked, {}, to('cancel'));
  expect([page.status, pathOf(page)]).toEqual([403, '/account/callback']);
  expect(said(page)).toContain('The sign-in was cancelled.');
  expect(page.body).toContain(`href="${tenant.basePath}/account/passkeys"`);
});

describe('a proof that is new', () => {
  test('is asked for after five minutes, where something can be changed', async () => {
    const { tenant } = await setTenant();
    const { agent } = await openAccount(tenant, '/password');
    moveClock(301);
    expect(pathOf(await agent.get(`${tenant.issuer}/account/sessions`))).toBe('/account/sessions');
    const again = await agent.get(`${tenant.issuer}/account/passkeys`);
    expect(pathOf(again)).toMatch(/^\/interaction/);
    const page = await agent.submit(again, { identifier: ADA, password: PASSWORD }, to('login'));
    expect([page.status, pathOf(page)]).toEqual([200, '/account/passkeys']);
  });

  test.each(['off', 'risk', 'optional'] as const)('is one of two factors, where there are two: mfa %s', async (mfa) => {
    const { tenant, ada } = await setTenant({ authentication: { mfa } });
    const { agent } = await openAccount(tenant, '/authenticators');
    const secret = await enrolApp(gatehouse.services, tenant, ada);
    const asked = await agent.get(`${tenant.issuer}/account/authenticators`);
    expect(asked.body).toContain('name="code"');
    const page = await typeCode(agent, asked, secret);
    expect([page.status, pathOf(page)]).toEqual([200, '/account/authenticators']);
    // Within five minutes nothing more is asked, then the first factor alone: the second was proven today.
    expect(pathOf(await agent.get(`${tenant.issuer}/account/email`))).toBe('/account/email');
    moveClock(301);
    const later = await openAccount(tenant, '/email', { agent });
    expect(pathOf(later.page)).toBe('/account/email');
  });

  test('a trusted device is none', async () => {
    const { tenant, ada } = await setTenant({ authentication: { mfa: 'required' } });
    const secret = await enrolApp(gatehouse.services, tenant, ada);
    const first = await openAccount(tenant);
    await typeCode(first.agent, first.page, secret, { trust: 'yes' });
    const trusted = first.agent.cookies().filter(({ name }) => name.includes('trusted'));
    expect(trusted).toHaveLength(1);
    const agent = userAgent();
    agent.setCookies(trusted);
    const { page } = await openAccount(tenant, '', { agent });
    expect(pathOf(page)).toBe('/account');
    expect((await agent.get(`${tenant.issuer}/account/devices`)).body).toContain('name="code"');
  });
});

describe('the password', () => {
  test('once changed ends every session and trusted device, and its owner is told', async () => {
    const { tenant, ada } = await setTenant();
    const { services } = gatehouse;
    const other = await openAccount(tenant, '/sessions');
    const { code } = answerOf(await authorize(other.agent, tenant.issuer));
    const { body: tokens } = await redeem(tenant.issuer, code);
    await services.trustedDevices.trust(tenant, ada, { origin: {}, days: 30 });
    const { agent, page } = await openAccount(tenant, '/password');
    const changed = await agent.submit(page, { password: NEW_PASSWORD });
    expect(said(changed)).toContain('Your password was changed');

    for (const gone of [agent, other.agent])
      expect(pathOf(await gone.get(`${tenant.issuer}/account`))).toMatch(/^\/interaction/);
    const client = rawClient(tenant.issuer, 'first-party');
    expect((await client.userinfo(tokens.access_token)).status).toBe(401);
    expect(await client.refresh(tokens.refresh_token)).toMatchObject({ status: 400 });
    expect(await services.trustedDevices.list(tenant, ada)).toEqual([]);
    expect(await mailTo(gatehouse, tenant, ADA, 'password_changed')).toBeDefined();

    const old = await openAccount(tenant);
    expect(old.page.status).toBe(422);
    const fresh = await old.agent.submit(old.page, { identifier: ADA, password: NEW_PASSWORD }, to('login'));
    expect(pathOf(fresh)).toBe('/account');
    expect(said(await old.agent.get(`${tenant.issuer}/account/sessions`)).match(/Signed in on/g)).toHaveLength(1);
  });

  test.each([
    ['', 'Enter a new password.'],
    ['short', 'Use at least 15 characters.'],
    ['passwordpassword', 'one of the most common'],
    ['ada@example.com', 'names, rows of keys'],
  ])('“%s” is refused, with the reason, and nothing ends', async (password, reason) => {
    const { tenant } = await setTenant();
    const { agent, page } = await openAccount(tenant, '/password');
    const refused = await agent.submit(page, { password });
    expect(refused.status).toBe(422);
    expect(said(refused)).toContain(reason);
    expect(refused.body).not.toMatch(/<input[^>]*name="password"[^>]*value=/);
    expect((await agent.get(page.url)).status).toBe(200);
  });

  test('is no page where it is not allowed', async () => {
    const { tenant } = await setTenant({ authentication: { first_factors: ['passkey', 'email_code'] } });
    const agent = userAgent();
    const asked = await agent.get(`${tenant.issuer}/account/password`);
    const sent = await agent.submit(asked, { identifier: ADA, method: 'email_code' }, to('login'));
    const code = codeIn(await mailTo(gatehouse, tenant, ADA, 'sign_in_code'));
    expect((await agent.submit(sent, { code }, to('sign-in-code'))).status).toBe(404);
  });
});

describe('authenticator apps', () => {
  test('are added by a code, are no reason to ask at once, and are removed', async () => {
    const { tenant, ada } = await setTenant();
    const { services } = gatehouse;
    const { agent, page } = await openAccount(tenant, '/authenticators/new');
    const refused = await agent.submit(page, { code: wrongCode(appCode(secretIn(page))), name: 'Phone' });
    expect([refused.status, secretIn(refused)]).toEqual([422, secretIn(page)]);
    const list = await agent.submit(refused, { code: appCode(secretIn(page)), name: 'My phone' });
    expect(pathOf(list)).toBe('/account/authenticators');
    expect(said(list)).toContain('The authenticator app “My phone” was added.');
    expect(said(await agent.get(list.url))).not.toContain('was added');

    const [app] = await services.totp.list(tenant, ada);
    const thing = await agent.get(`${list.url}/${app!.id}`);
    await services.recoveryCodes.generate(tenant, ada);
    await services.trustedDevices.trust(tenant, ada, { origin: {}, days: 30 });
    expect(said(await agent.submit(thing))).toContain('The authenticator app “My phone” was removed.');
    expect(await services.totp.list(tenant, ada)).toEqual([]);
    // Both stood for it.
    expect(await services.recoveryCodes.status(tenant, ada)).toBeUndefined();
    expect(await services.trustedDevices.list(tenant, ada)).toEqual([]);
    const told = (await mailsTo(gatehouse, tenant, ADA)).map(({ template }) => template);
    expect(told).toEqual(expect.arrayContaining(['factor_added', 'factor_removed']));
  });

  test('that policy asks for stay, until there is another', async () => {
    const { tenant, ada } = await setTenant({ authentication: { mfa: 'required' } });
    const { services } = gatehouse;
    const secret = await enrolApp(services, tenant, ada);
    const first = await openAccount(tenant, '/authenticators');
    const list = await typeCode(first.agent, first.page, secret);
    const [app] = await services.totp.list(tenant, ada);
    const at = `${list.url}/${app!.id}`;
    const thing = await first.agent.get(at);
    expect(said(thing)).toContain('This is your only second step');
    expect(formsOf(thing)).toEqual([]);
    const { csrf } = formsOf(await first.agent.get(`${tenant.issuer}/account/sessions`))[0]?.fields ?? {};
    const token = csrf ?? formsOf(await first.agent.get(`${tenant.issuer}/account/email`))[0]!.fields.csrf!;
    const refused = await first.agent.post(`${at}/remove`, { csrf: token });
    expect(refused.status).toBe(409);
    expect(await services.totp.list(tenant, ada)).toHaveLength(1);
    await enrolApp(services, tenant, ada);
    expect((await first.agent.post(`${at}/remove`, { csrf: token })).status).toBe(200);
    expect(await services.totp.list(tenant, ada)).toHaveLength(1);
  });
});

test('a phone number is added by the code that was sent to it, and removed', async () => {
  const { tenant, ada } = await setTenant();
  const { services } = gatehouse;
  const { agent, page } = await openAccount(tenant, '/phones/new');
  expect((await agent.submit(page, { number: '' })).status).toBe(422);
  expect((await agent.submit(page, { number: '+1 212 5550100' })).status).toBe(422);
  const sent = await agent.submit(page, { number: '+49 1512 3456789' });
  expect(pathOf(sent)).toBe('/account/phones/code');
  expect(said(sent)).toContain('A code is on its way to +49 1512 3456789.');
  const code = codeIn(await mailTo(gatehouse, tenant, '+4915123456789'));
  expect((await agent.submit(sent, { code: wrong(code) })).status).toBe(422);
  const list = await agent.submit(sent, { code });
  expect(pathOf(list)).toBe('/account/phones');
  const [phone] = await services.phones.list(tenant, ada);
  expect(phone).toMatchObject({ number: '+4915123456789' });
  expect(said(await agent.submit(await agent.get(`${list.url}/${phone!.id}`)))).toContain('was removed.');
  expect(await services.phones.list(tenant, ada)).toEqual([]);
});

test('recovery codes are counted, shown once, and new ones end the old', async () => {
  const { tenant, ada } = await setTenant();
  const { services } = gatehouse;
  const { agent, page } = await openAccount(tenant, '/recovery-codes');
  expect(said(page)).toContain('Set one up before.');
  const form = await agent.get(`${tenant.issuer}/account/authenticators/new`);
  await agent.submit(form, { code: appCode(secretIn(form)), name: 'App' });
  const make = await agent.get(page.url);
  expect(codesIn(make)).toEqual([]);
  const [old] = codesIn(await agent.submit(make));
  expect(said(await agent.get(page.url))).toContain('You have 10 codes left.');
  const shown = await agent.submit(await agent.get(page.url));
  expect(codesIn(shown)).toHaveLength(10);
  expect(shown.headers.get('cache-control')).toBe('no-store');
  expect(await services.recoveryCodes.verify(tenant, ada, old!)).toMatchObject({ ok: false });
  expect(await services.recoveryCodes.verify(tenant, ada, codesIn(shown)[0]!)).toMatchObject({ ok: true });
  expect(said(await agent.get(page.url))).toContain('You have 9 codes left.');
});

test('a link to another provider is listed and removed', async () => {
  const made = await setTenant();
  const id = await linkUpstream(gatehouse, made, made.ada);
  const { agent, page } = await openAccount(made.tenant, '/links');
  expect(said(page)).toContain('As ada@corp.example');
  const after = await agent.submit(await agent.get(`${page.url}/${id}`));
  expect(said(after)).toContain('“Corp” is not linked any more.');
  expect(await gatehouse.services.upstreams.list(made.tenant, made.ada)).toEqual([]);
});

describe('passkeys', () => {
  const optionsIn = ({ body }: Page) =>
    JSON.parse(textOf(/data-options="([^"]*)"/.exec(body)![1]!)) as Parameters<Authenticator['create']>[0] &
      Parameters<Authenticator['get']>[0];
  type Authenticator = ReturnType<typeof createAuthenticator>;

  test('are added, named anew, and removed', async () => {
    const { tenant, ada } = await setTenant();
    const { passkeys } = gatehouse.services;
    const authenticator = createAuthenticator({ origin: gatehouse.url });
    const { agent, page } = await openAccount(tenant, '/passkeys/new');
    const refused = await agent.submit(page, { credential: '{}', name: 'Phone' });
    expect([refused.status, said(refused)]).toEqual([422, expect.stringContaining('could not be kept')]);
    const list = await agent.submit(refused, { credential: authenticator.create(optionsIn(refused)), name: 'Phone' });
    expect(said(list)).toContain('The passkey “Phone” was added.');
    expect(said(list)).toContain('Synced');
    const { id } = (await passkeys.list(tenant, ada))[0]!;
    const thing = await agent.get(`${list.url}/${id}`);
    expect((await agent.submit(thing, { name: '\u202e' }, to('name'))).status).toBe(422);
    expect(said(await agent.submit(thing, { name: 'Old phone' }, to('name')))).toContain('Old phone');
    expect(said(await agent.submit(thing, {}, to('remove')))).toContain('The passkey “Old phone” was removed.');
    expect(await passkeys.list(tenant, ada)).toEqual([]);
  });

  test('another challenge is given to who is signed in', async () => {
    const { tenant } = await setTenant();
    const { agent, page } = await openAccount(tenant, '/passkeys/new');
    const path = `${tenant.issuer}/account/passkeys/request`;
    const given = await agent.get(path, { accept: '*/*' });
    expect(JSON.parse(given.body).challenge).not.toBe(optionsIn(page).challenge);
    expect((await userAgent().get(path, { accept: '*/*' })).status).toBe(401);
  });

  test('and links that are the only way in stay, until there is another', async () => {
    const made = await setTenant({ authentication: { first_factors: ['passkey', 'upstream'] } });
    const { tenant } = made;
    const { services } = gatehouse;
    const { id } = await services.accounts.create(tenant, { email: 'grete@example.com', email_verified: true });
    const ceremony = { binding: 'test', name: 'Phone' };
    const user = { id, name: 'grete@example.com', displayName: 'Grete' };
    const authenticator = createAuthenticator({ origin: gatehouse.url });
    const response = authenticator.create(await services.passkeys.registrationOptions(tenant, user, ceremony));
    await services.passkeys.register(tenant, id, response, ceremony);

    const agent = userAgent();
    const asked = await agent.get(`${tenant.issuer}/account/passkeys`);
    const list = await agent.submit(asked, { credential: authenticator.get(optionsIn(asked)) }, to('passkey'));
    expect(pathOf(list)).toBe('/account/passkeys');
    const [passkey] = await services.passkeys.list(tenant, id);
    const at = `${list.url}/${passkey!.id}`;
    const thing = await agent.get(at);
    expect(said(thing)).toContain('This is your only way to sign in.');
    expect(formsOf(thing).map(({ action }) => action)).toEqual([`${at}/name`]);
    const { csrf } = formsOf(thing)[0]!.fields as { csrf: string };
    expect((await agent.post(`${at}/remove`, { csrf })).status).toBe(409);

    const link = await linkUpstream(gatehouse, made, id);
    expect(said(await agent.post(`${at}/remove`, { csrf }))).toContain('was removed');
    expect((await agent.post(`${tenant.issuer}/account/links/${link}/remove`, { csrf })).status).toBe(409);
    expect(await services.upstreams.list(tenant, id)).toHaveLength(1);
    const refused = (await services.audit.find(tenant.id, { limit: 1000 })).items.filter(
      ({ type, details }) => type === 'account.refused' && details?.reason === 'would_lock_out',
    );
    expect(refused).toHaveLength(2);
    expect(refused[0]).toMatchObject({ actor: id, target: id, outcome: 'failure' });
  });
});

describe('the e-mail address', () => {
  const NEW = 'ada@new.example';

  test('changes by the code that was sent there; the old one is told', async () => {
    const { tenant, ada } = await setTenant();
    const { agent, page } = await openAccount(tenant, '/email');
    expect((await agent.submit(page, { email: 'nobody' })).status).toBe(422);
    const sent = await agent.submit(page, { email: NEW });
    expect([pathOf(sent), said(sent)]).toEqual(['/account/email/code', expect.stringContaining(NEW)]);
    const code = codeIn(await mailTo(gatehouse, tenant, NEW));
    expect((await agent.submit(sent, { code: wrong(code) })).status).toBe(422);
    const { email } = (await gatehouse.services.accounts.get(tenant, ada))!;
    expect(email).toBe(ADA);
    const done = await agent.submit(sent, { code });
    expect(said(done)).toContain(`Your email address is now ${NEW}.`);
    expect(await mailTo(gatehouse, tenant, ADA, 'email_changed_old')).toBeDefined();
  });

  test('changes by the link of the mail, in the browser that began', async () => {
    const { tenant, ada } = await setTenant();
    const { agent, page } = await openAccount(tenant, '/email');
    await agent.submit(page, { email: NEW });
    const link = linkIn(await mailTo(gatehouse, tenant, NEW));
    await agent.submit(await agent.get(link));
    expect((await gatehouse.services.accounts.get(tenant, ada))!.email).toBe(NEW);
  });

  test('of another user is not taken, and who asks is not told', async () => {
    const { tenant, ada } = await setTenant();
    const { agent, page } = await openAccount(tenant, '/email');
    const sent = await agent.submit(page, { email: 'grace@example.com' });
    expect([sent.status, pathOf(sent)]).toEqual([200, '/account/email/code']);
    expect((await mailTo(gatehouse, tenant, 'grace@example.com')).template).toBe('account_exists');
    expect((await agent.submit(sent, { code: '12345678' })).status).toBe(422);
    expect((await gatehouse.services.accounts.get(tenant, ada))!.email).toBe(ADA);
  });
});

describe('sessions', () => {
  const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

  test('are listed with device, place, time and applications; one that is ended is over at once', async () => {
    const { tenant } = await setTenant();
    const lost = userAgent({ 'user-agent': FIREFOX });
    await openAccount(tenant, '', { agent: lost });
    const { body: tokens } = await redeem(tenant.issuer, answerOf(await authorize(lost, tenant.issuer)).code);
    const { agent, page } = await openAccount(tenant, '/sessions');
    for (const words of ['Firefox on Linux', '127.0.0.1', 'Last active on', 'Used for Paper Boat', 'This device'])
      expect(said(page)).toContain(words);
    expect(said(page)).not.toContain('gatehouse-account');

    const id = /name="session" value="([^"]+)"/.exec(page.body)![1]!;
    const after = await agent.submit(page, { session: id }, to('end'));
    expect(said(after)).toContain('The device was signed out.');
    expect(said(after)).not.toContain('Firefox');
    expect(answerOf(await authorize(lost, tenant.issuer, { prompt: 'none' })).error).toBe('login_required');
    const client = rawClient(tenant.issuer, 'first-party');
    expect(await client.refresh(tokens.refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect((await client.userinfo(tokens.access_token)).status).toBe(401);
    expect(pathOf(await lost.get(page.url))).toMatch(/^\/interaction/);
    expect(pathOf(await agent.get(page.url))).toBe('/account/sessions');
  });

  test('elsewhere end all at once', async () => {
    const { tenant } = await setTenant();
    const others = [await openAccount(tenant), await openAccount(tenant)];
    const { agent, page } = await openAccount(tenant, '/sessions');
    const after = await agent.submit(page, {}, to('end-others'));
    expect(said(after).match(/Signed in on/g)).toHaveLength(1);
    for (const other of others) expect(pathOf(await other.agent.get(page.url))).toMatch(/^\/interaction/);
  });

  test('are not signed out by a proof that is old', async () => {
    const { tenant } = await setTenant();
    await openAccount(tenant);
    const { agent, page } = await openAccount(tenant, '/sessions');
    moveClock(3600);
    expect(said(await agent.submit(page, {}, to('end-others')))).toContain('All other devices were signed out.');
  });
});

test('a trusted device is listed, and forgotten', async () => {
  const { tenant, ada } = await setTenant();
  const { trustedDevices } = gatehouse.services;
  await trustedDevices.trust(tenant, ada, { origin: { country: 'DE' }, days: 30 });
  const { agent, page } = await openAccount(tenant, '/devices');
  expect(said(page)).toContain('Germany');
  expect(said(await agent.submit(page, { device: /name="device" value="([^"]+)"/.exec(page.body)![1]! }))).toContain(
    'You trust no device at present.',
  );
  expect(await trustedDevices.list(tenant, ada)).toEqual([]);
});

test('an account is put to rest by who means it', async () => {
  const { tenant, ada } = await setTenant();
  const { accounts } = gatehouse.services;
  const { agent, page } = await openAccount(tenant, '/deactivate');
  expect((await agent.submit(page)).status).toBe(422);
  expect((await accounts.get(tenant, ada))!.status).toBe('active');
  expect(said(await agent.submit(page, { sure: 'yes' }))).toContain('Your account is deactivated');
  expect((await accounts.get(tenant, ada))!.status).toBe('deactivated');
  expect((await openAccount(tenant, '', { agent })).page.status).toBe(422);
});
