import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { TenantSettingsInput } from '../../src/tenants/settings.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { createAuthenticator, UP } from '../support/authenticator.ts';
import { appCode, wrongCode } from '../support/authenticator-app.ts';
import { moveClock, restoreClock } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { textOf } from '../support/html.ts';
import { PASSWORD, webClient } from '../support/relying-party.ts';
import { answerOf, authorizationUrl, begin, isMain, redeem, signIn, userAgent } from '../support/stage.ts';
import { formsOf, type Page, to, type UserAgent } from '../support/user-agent.ts';

/** A tenant asks for a second factor that a user does not have yet. All of it without script. */

type Authentication = NonNullable<TenantSettingsInput['authentication']>;

let gatehouse: TestGatehouse;
beforeAll(async () => {
  gatehouse = await startGatehouse();
});
afterAll(() => gatehouse.stop());
afterEach(restoreClock);

let count = 0;
async function setTenant(authentication: Authentication = {}, settings: TenantSettingsInput = {}): Promise<Tenant> {
  count += 1;
  const tenant = await gatehouse.tenant({
    id: `t${count}`,
    settings: {
      signing: { algorithms: ['ES256'] },
      authentication: { mfa: 'required', ...authentication },
      ...settings,
    },
  });
  const { accounts, clients } = gatehouse.services;
  await clients.create(tenant, webClient('first-party', { skip_consent: true }));
  for (const email of ['ada@example.com', 'grace@example.com'])
    await accounts.create(tenant, { email, email_verified: true, password: PASSWORD });
  return tenant;
}

/** As far as the password leads. */
async function afterPassword(tenant: Tenant, params = {}, agent?: UserAgent) {
  const begun = await begin(tenant, params, agent);
  return { ...begun, page: await signIn(begun.agent, begun.page) };
}
const at = (page: Page, method: string) => `${page.url}&method=${method}`;
const secretIn = (page: Page) => /class="secret"[^>]*>([A-Z2-7 ]+)</.exec(page.body)![1]!;
const codesIn = (page: Page) => [...page.body.matchAll(/<li><code>([^<]+)</g)].map(([, code]) => code!);
const idOf = async (tenant: Tenant) =>
  (await gatehouse.services.accounts.findByIdentifier(tenant, 'ada@example.com'))!.id;
const eventsOf = async (tenant: Tenant) => (await gatehouse.services.audit.find(tenant.id, { limit: 1000 })).items;

async function claimsOf(tenant: Tenant, page: Page) {
  const { body } = await redeem(tenant.issuer, answerOf(page).code);
  return decodeJwt(body.id_token as string);
}

async function enrolTotp(agent: UserAgent, page: Page) {
  const shown = await agent.get(at(page, 'totp'));
  const secret = secretIn(shown);
  return { secret, page: await agent.submit(shown, { code: appCode(secret) }, to('enrol-totp')) };
}
async function withTotp(tenant: Tenant) {
  const begun = await afterPassword(tenant);
  const { secret, page } = await enrolTotp(begun.agent, begun.page);
  const codes = codesIn(await begun.agent.submit(page, {}, to('recovery-codes')));
  moveClock(60);
  return { ...begun, secret, codes };
}

describe('an authenticator app and recovery codes', () => {
  test('are set up within the first sign-in, and good for the next ones', async () => {
    const tenant = await setTenant();
    const { agent, page } = await afterPassword(tenant);
    expect(textOf(page.body)).toContain('Authenticator app');
    expect(page.body).not.toContain('/put-off');

    const enrolled = await enrolTotp(agent, page);
    expect(textOf(enrolled.page.body)).toContain('ten codes, this one time');
    expect(codesIn(await agent.get(enrolled.page.url))).toEqual([]);
    const shown = await agent.submit(enrolled.page, {}, to('recovery-codes'));
    const codes = codesIn(shown);
    expect(codes).toHaveLength(10);
    const onward = /class="button" href="([^"]+)"/.exec(shown.body)![1]!.replaceAll('&amp;', '&');
    const end = await agent.get(new URL(onward, shown.url).href);
    expect(await claimsOf(tenant, end)).toMatchObject({
      acr: 'urn:gatehouse:aal2',
      amr: expect.arrayContaining(['pwd', 'otp', 'mfa']),
    });

    moveClock(60);
    const next = await afterPassword(tenant);
    const wrong = await next.agent.submit(next.page, { code: wrongCode(appCode(enrolled.secret)) }, to('code'));
    expect([wrong.status, answerOf(wrong).code]).toEqual([422, undefined]);
    const right = await next.agent.submit(wrong, { code: appCode(enrolled.secret) }, to('code'));
    expect(await claimsOf(tenant, right)).toMatchObject({ acr: 'urn:gatehouse:aal2' });

    const lost = await afterPassword(tenant);
    const asked = await lost.agent.get(at(lost.page, 'recovery_code'));
    const used = await lost.agent.submit(asked, { code: codes[0]!.toLowerCase() }, to('code'));
    expect(answerOf(used).code).toBeDefined();
    const again = await afterPassword(tenant);
    const twice = await again.agent.get(at(again.page, 'recovery_code'));
    expect((await again.agent.submit(twice, { code: codes[0]! }, to('code'))).status).toBe(422);

    const types = (await eventsOf(tenant)).map(({ type }) => type);
    expect(types.filter((type) => type === 'factor.enrolled')).toHaveLength(2);
    expect(types).toContain('factor.refused');
  });

  test('a wrong code leaves the seed as it was scanned, one that is confirmed is not shown again', async () => {
    const tenant = await setTenant();
    const { agent, page } = await afterPassword(tenant);
    const shown = await agent.get(at(page, 'totp'));
    const secret = secretIn(shown);
    const refused = await agent.submit(shown, { code: wrongCode(appCode(secret)) }, to('enrol-totp'));
    expect([refused.status, secretIn(refused)]).toEqual([422, secret]);
    expect(refused.body).toContain('id="code-error"');
    const confirmed = await agent.submit(refused, { code: appCode(secret) }, to('enrol-totp'));
    expect(confirmed.body).not.toContain(secret);
    expect((await agent.get(at(page, 'totp'))).body).not.toContain(secret);
    expect(await gatehouse.services.totp.list(tenant, await idOf(tenant))).toMatchObject([
      { name: 'Authenticator app' },
    ]);
  });

  test('codes are made by the button, once', async () => {
    const tenant = await setTenant();
    const { agent, page } = await afterPassword(tenant);
    const { page: offered } = await enrolTotp(agent, page);
    const { recoveryCodes } = gatehouse.services;
    await agent.get(offered.url);
    expect(await recoveryCodes.status(tenant, await idOf(tenant))).toBeUndefined();
    const [code] = codesIn(await agent.submit(offered, {}, to('recovery-codes')));
    const again = await agent.submit(offered, {}, to('recovery-codes'));
    expect([again.status, codesIn(again)]).toEqual([400, []]);
    expect(await recoveryCodes.verify(tenant, await idOf(tenant), code!)).toMatchObject({ ok: true, left: 9 });
  });
});

describe('the time of grace', () => {
  const grace = { enrolment_grace_days: 7 };
  const DAY = 86_400;

  test('begins with the first demand, whatever became of that, and ends', async () => {
    const tenant = await setTenant(grace);
    const first = await afterPassword(tenant);
    const until = /until ([A-Z]\w+ \d+, \d{4})/.exec(textOf(first.page.body))![1];
    moveClock(5 * DAY);
    const second = await afterPassword(tenant);
    expect(textOf(second.page.body)).toContain(`until ${until}`);
    const end = await second.agent.submit(second.page, {}, to('put-off'));
    const claims = await claimsOf(tenant, end);
    expect(claims).toMatchObject({ acr: 'urn:gatehouse:aal1', amr: ['pwd'] });

    moveClock(3 * DAY);
    const late = await afterPassword(tenant);
    expect(late.page.body).not.toContain('/put-off');
    const [form] = formsOf(late.page);
    const posted = await late.agent.post(late.page.url.replace('?', '/put-off?'), form!.fields);
    expect([posted.status, answerOf(posted).code]).toEqual([400, undefined]);
    // Who was let in before has to prove anew who it is, and then enrols.
    const session = await second.agent.get(authorizationUrl(tenant.issuer, { client_id: 'first-party' }));
    expect((await signIn(second.agent, session)).body).toContain('method=totp');
  });

  test('is begun by who puts it off without having seen the page', async () => {
    const tenant = await setTenant(grace);
    const { agent, page } = await begin(tenant);
    const [form] = formsOf(page);
    const credentials = { ...form!.fields, identifier: 'ada@example.com', password: PASSWORD };
    const answer = fetch(form!.action, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        cookie: agent
          .cookies()
          .map(({ name, value }) => `${name}=${value}`)
          .join('; '),
      },
      body: new URLSearchParams(credentials),
    });
    expect((await answer).status).toBe(303);
    const end = await agent.post(form!.action.replace('/login?', '/put-off?'), form!.fields);
    expect(answerOf(end).code).toBeDefined();
    const user = await gatehouse.services.accounts.get(tenant, await idOf(tenant));
    expect(user?.enrolmentDemandedAt).toBeLessThanOrEqual(Date.now());
  });

  test('is none for what the client asks for', async () => {
    const tenant = await setTenant(grace);
    const { page } = await afterPassword(tenant, { acr_values: 'urn:gatehouse:aal2' });
    expect(page.body).toContain('method=totp');
    expect(page.body).not.toContain('/put-off');
  });
});

describe('a phone number', () => {
  const texts = { sms: { countries: ['DE'] } };
  const lastCode = async (tenant: Tenant, after = 0) => {
    let text: string | undefined;
    await eventually(async () => {
      const all = (await gatehouse.services.inbox!.list()).filter((one) => one.tenant === tenant.id);
      text = all.filter(({ channel }) => channel === 'sms')[0]?.text;
      return all.filter(({ channel }) => channel === 'sms').length > after;
    });
    return /\b\d{6}\b/.exec(text!)![0];
  };

  test('is told, then proven by the code that is sent to it', async () => {
    const tenant = await setTenant({ second_factors: ['sms_code', 'totp'] }, texts);
    const { agent, page } = await afterPassword(tenant);
    const asked = await agent.get(at(page, 'sms_code'));
    const none = await agent.submit(asked, { number: '' }, to('enrol-phone'));
    expect(none.body).toContain('id="number-error"');
    const abroad = await agent.submit(none, { number: '+1 202 555 0123' }, to('enrol-phone'));
    expect([abroad.status, abroad.body.includes('id="number-error"')]).toEqual([422, true]);
    const sent = await agent.submit(abroad, { number: '+49 1512 3456789' }, to('enrol-phone'));
    expect(sent.status).toBe(200);
    const code = await lastCode(tenant);
    const soon = await agent.submit(sent, { again: 'yes' }, to('enrol-phone'));
    expect([soon.status, formsOf(soon).some(to('enrol-phone-code'))]).toEqual([429, true]);
    const wrong = await agent.submit(soon, { code: wrongCode(code) }, to('enrol-phone-code'));
    expect([wrong.status, wrong.body.includes('id="code-error"')]).toEqual([422, true]);
    const end = await agent.submit(wrong, { code }, to('enrol-phone-code'));
    expect(await claimsOf(tenant, end)).toMatchObject({ amr: expect.arrayContaining(['pwd', 'sms', 'mfa']) });
    expect(await gatehouse.services.phones.list(tenant, await idOf(tenant))).toMatchObject([
      { number: '+4915123456789' },
    ]);
  });

  test('is not on offer where no text messages go out', async () => {
    const tenant = await setTenant({ second_factors: ['sms_code', 'totp'] });
    const { agent, page } = await afterPassword(tenant);
    expect(formsOf(page).some(to('enrol-totp'))).toBe(true);
    const form = formsOf(page).find(to('enrol-totp'))!;
    const posted = await agent.post(form.action.replace('/enrol-totp?', '/enrol-phone?'), {
      ...form.fields,
      number: '+4915123456789',
    });
    expect(posted.status).toBe(400);
  });
});

describe('a passkey', () => {
  const optionsIn = (page: Page) =>
    JSON.parse(/data-options="([^"]+)"/.exec(page.body)![1]!.replaceAll('&quot;', '"').replaceAll('&amp;', '&'));
  const authenticator = (options = {}) => createAuthenticator({ origin: gatehouse.url, ...options });

  test('is made in the sign-in, is its second proof, and opens the next one alone', async () => {
    const tenant = await setTenant();
    const { agent, page } = await afterPassword(tenant);
    const shown = await agent.get(at(page, 'passkey'));
    const key = authenticator();
    const credential = key.create(optionsIn(shown));
    const end = await agent.submit(shown, { credential, name: 'My phone' }, to('enrol-passkey'));
    expect(await claimsOf(tenant, end)).toMatchObject({
      acr: 'urn:gatehouse:aal2',
      amr: ['pwd', 'user', 'swk', 'mfa'],
    });
    expect(await gatehouse.services.passkeys.list(tenant, await idOf(tenant))).toMatchObject([{ name: 'My phone' }]);

    const next = await begin(tenant);
    const answer = await next.agent.submit(next.page, { credential: key.get(optionsIn(next.page)) }, to('passkey'));
    expect(await claimsOf(tenant, answer)).toMatchObject({ amr: ['user', 'swk', 'mfa'] });
  });

  test.each([
    [
      'that verifies nobody',
      (key: ReturnType<typeof authenticator>, page: Page) => key.create(optionsIn(page), { flags: UP }),
    ],
    [
      'for another challenge',
      (key: ReturnType<typeof authenticator>, page: Page) => key.create({ ...optionsIn(page), challenge: 'AAAA' }),
    ],
    ['that is none', () => 'x'],
  ])('%s is refused, and nothing is proven', async (_, forged) => {
    const tenant = await setTenant();
    const { agent, page } = await afterPassword(tenant);
    const shown = await agent.get(at(page, 'passkey'));
    const credential = forged(authenticator(), shown);
    const refused = await agent.submit(shown, { credential, name: 'Mine' }, to('enrol-passkey'));
    expect([refused.status, refused.body.includes('value="Mine"')]).toEqual([422, true]);
    expect(await gatehouse.services.passkeys.list(tenant, await idOf(tenant))).toEqual([]);
    expect(await eventsOf(tenant)).toContainEqual(expect.objectContaining({ type: 'factor.refused' }));
  });

  test('a name that cannot be shown is no reason to lose the passkey', async () => {
    const tenant = await setTenant();
    const { agent, page } = await afterPassword(tenant);
    const shown = await agent.get(at(page, 'passkey'));
    const credential = authenticator().create(optionsIn(shown));
    await agent.submit(shown, { credential, name: '\u202e ' }, to('enrol-passkey'));
    expect(await gatehouse.services.passkeys.list(tenant, await idOf(tenant))).toMatchObject([{ name: 'Passkey' }]);
  });

  test('the request is renewed for who is asked, and for nobody else', async () => {
    const tenant = await setTenant();
    const { agent, page } = await afterPassword(tenant);
    const renewed = await agent.get(page.url.replace('?', '/enrol-passkey-request?'));
    expect(renewed.headers.get('cache-control')).toBe('no-store');
    const { challenge, authenticatorSelection } = JSON.parse(renewed.body);
    expect(authenticatorSelection.userVerification).toBe('required');
    expect(challenge).not.toBe(optionsIn(await agent.get(at(page, 'passkey'))).challenge);
    expect((await agent.get(page.url.replace('?', '/passkey-request?'))).status).toBe(400);
    expect((await userAgent().get(page.url.replace('?', '/enrol-passkey-request?'))).status).toBe(400);
  });
});

/** T056, T102: every form of enrolment, at every state that does not ask for it. */
describe('T102 no form of enrolment is taken but when it is asked for', () => {
  const FORMS = ['enrol-totp', 'enrol-passkey', 'enrol-phone', 'enrol-phone-code', 'put-off', 'recovery-codes'];
  const post = (agent: UserAgent, page: Page, form: string) => {
    const main = formsOf(page).find(isMain) ?? formsOf(page)[0]!;
    const { origin, pathname } = new URL(page.url);
    const uid = pathname.split('/interaction/')[1]!.split('/')[0];
    const base = pathname.split('/interaction/')[0];
    return agent.post(`${origin}${base}/interaction/${uid}/${form}`, {
      ...main.fields,
      code: '000000',
      credential: '{}',
      number: '+4915123456789',
      name: 'x',
    });
  };
  const untouched = async (tenant: Tenant) => {
    const { totp, passkeys, phones, recoveryCodes, accounts } = gatehouse.services;
    const id = await idOf(tenant);
    expect([
      await totp.list(tenant, id),
      await passkeys.list(tenant, id),
      await phones.list(tenant, id),
      await recoveryCodes.status(tenant, id),
      (await accounts.get(tenant, id))?.enrolmentDemandedAt,
    ]).toEqual([[], [], [], undefined, undefined]);
  };

  test.each(FORMS)('%s, before the first factor and to choose an account', async (form) => {
    const tenant = await setTenant({ enrolment_grace_days: 7 });
    const { agent, page } = await begin(tenant);
    expect((await post(agent, page, form)).status).toBe(400);
    await untouched(tenant);
  });

  test.each(FORMS)('%s, at the consent', async (form) => {
    const tenant = await setTenant({ mfa: 'off' });
    await gatehouse.services.clients.create(tenant, webClient('web'));
    const { agent, page } = await afterPassword(tenant, { client_id: 'web' });
    expect(page.body).toContain('value="accept"');
    expect((await post(agent, page, form)).status).toBe(400);
    await untouched(tenant);
  });

  test.each(FORMS)('%s, where the second factor is to be proven', async (form) => {
    const tenant = await setTenant();
    const { recoveryCodes } = gatehouse.services;
    await withTotp(tenant);
    const made = await recoveryCodes.status(tenant, await idOf(tenant));
    const { agent, page } = await afterPassword(tenant);
    expect(formsOf(page).some(to('code'))).toBe(true);
    const refused = await post(agent, page, form);
    expect([refused.status, answerOf(refused).code]).toEqual([400, undefined]);
    expect(await recoveryCodes.status(tenant, await idOf(tenant))).toEqual(made);
    expect(await gatehouse.services.totp.list(tenant, await idOf(tenant))).toHaveLength(1);
  });

  test.each(['consent', 'account', 'code', 'passkey', 'login', 'recovery-codes', 'put-off'])(
    'no %s passes by the enrolment that is asked for',
    async (form) => {
      const tenant = await setTenant();
      const { agent, page } = await afterPassword(tenant);
      const { agent: other, page: mine } = await begin(tenant);
      expect((await post(agent, page, form)).status).toBe(400);
      expect((await agent.get(page.url)).body).toContain('method=totp');
      // Neither does the address at which the protocol core goes on.
      const uid = new URL(page.url).pathname.split('/').at(-1);
      expect(answerOf(await agent.get(`${tenant.issuer}/auth/${uid}`)).code).toBeUndefined();
      expect((await post(other, mine, form)).url).not.toContain('code=');
    },
  );

  test('what was proven is too old after five minutes: the password is asked for anew, and the seed is still there', async () => {
    const tenant = await setTenant();
    const { agent, page } = await afterPassword(tenant);
    const shown = await agent.get(at(page, 'totp'));
    moveClock(301);
    const late = await agent.submit(shown, { code: appCode(secretIn(shown)) }, to('enrol-totp'));
    expect([late.status, await gatehouse.services.totp.list(tenant, await idOf(tenant))]).toEqual([400, []]);
    const again = await agent.get(page.url);
    expect(again.body).toContain('name="password"');
    const back = await signIn(agent, again);
    const same = await agent.get(at(back, 'totp'));
    expect(secretIn(same)).toBe(secretIn(shown));
    expect(textOf((await enrolTotp(agent, back)).page.body)).toContain('ten codes');
  });

  test('who goes on as another account enrols for that one', async () => {
    const tenant = await setTenant();
    const { agent, page } = await afterPassword(tenant);
    const shown = await agent.get(at(page, 'totp'));
    const secret = secretIn(shown);
    moveClock(301);
    const again = await agent.get(page.url);
    const grace = await signIn(agent, again, 'grace@example.com');
    const refused = await agent.submit(shown, { code: appCode(secret) }, to('enrol-totp'));
    expect(refused.status).toBe(422);
    expect(secretIn(await agent.get(at(grace, 'totp')))).not.toBe(secret);
    expect(await gatehouse.services.totp.list(tenant, await idOf(tenant))).toEqual([]);
  });
});

test('a tenant whose only second factor cannot be set up here says so, and leads back', async () => {
  const tenant = await setTenant({ second_factors: ['sms_code'] });
  const { agent, page } = await afterPassword(tenant);
  expect(textOf(page.body)).toContain('none can be set up here');
  const back = await agent.submit(page, {}, to('cancel'));
  expect(answerOf(back)).toMatchObject({ error: 'access_denied' });
});
