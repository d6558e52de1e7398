import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { TenantSettingsInput } from '../../src/tenants/settings.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { appCode } from '../support/authenticator-app.ts';
import { moveClock, restoreClock } from '../support/clock.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { PASSWORD, webClient } from '../support/relying-party.ts';
import { askedOn, enrolApp, typeCode } from '../support/second-factor.ts';
import { answerOf, authorizationUrl, type Params, redeem, signIn, userAgent } from '../support/stage.ts';
import { formsOf, type Page, to, type UserAgent } from '../support/user-agent.ts';

/** T102: somebody has the password of Ada, whose second factor is an authenticator app. Eve has an account of her own. */

let gatehouse: TestGatehouse;
let acme: Tenant;
let issuer: string;
let ids: { ada: string; eve: string };
let secrets: { ada: string; eve: string };

beforeAll(async () => {
  gatehouse = await startGatehouse();
});
afterAll(() => gatehouse.stop());
afterEach(restoreClock);

let count = 0;
beforeEach(async () => {
  count += 1;
  acme = await setTenant(`t${count}`);
  issuer = acme.issuer;
});

async function setTenant(id: string, authentication: TenantSettingsInput['authentication'] = { mfa: 'required' }) {
  const { accounts, clients } = gatehouse.services;
  const tenant = await gatehouse.tenant({ id, settings: { signing: { algorithms: ['ES256'] }, authentication } });
  await clients.create(tenant, webClient('first-party', { skip_consent: true }));
  await clients.create(tenant, webClient('web'));
  const made = async (name: string) =>
    (await accounts.create(tenant, { email: `${name}@example.com`, email_verified: true, password: PASSWORD })).id;
  ids = { ada: await made('ada'), eve: await made('eve') };
  secrets = {
    ada: await enrolApp(gatehouse.services, tenant, ids.ada),
    eve: await enrolApp(gatehouse.services, tenant, ids.eve),
  };
  return tenant;
}

const begin = async (params: Params = {}, agent: UserAgent = userAgent()) => ({
  agent,
  page: await agent.get(authorizationUrl(issuer, { client_id: 'first-party', ...params })),
});
/** As far as a password leads. */
async function afterPassword(name = 'ada', params?: Params, browser?: UserAgent) {
  const { agent, page } = await begin(params, browser);
  const second = await signIn(agent, page, `${name}@example.com`);
  return { agent, page: second, uid: uidOf(second), csrf: csrfOf(second) };
}
const uidOf = ({ url }: Page) => new URL(url).pathname.split('/').at(-1)!;
const csrfOf = (page: Page) => formsOf(page)[0]?.fields.csrf ?? '';
const hasNoCode = ({ url, trail }: Page) =>
  [url, ...trail.map((hop) => hop.url)].every((hop) => !hop.includes('code='));

describe('with the password alone', () => {
  test('no way on leads to the client: not the one of the core, nor any form of any step', async () => {
    const { agent, page, uid, csrf } = await afterPassword();
    expect(askedOn(page)).toBe('code');
    const forms = [
      ['consent', { decision: 'accept' }],
      ['account', { choice: 'continue' }],
      ['put-off', {}],
      ['recovery-codes', {}],
      ['enrol-totp', { code: '123456' }],
      ['enrol-passkey', { response: '{}' }],
      ['code', { method: 'password', code: PASSWORD }],
      ['code', { method: 'email_code', code: '123456' }],
      ['login', { identifier: 'ada@example.com', password: PASSWORD }],
    ] as const;
    for (const [step, fields] of forms) {
      const answer = await agent.post(`${issuer}/interaction/${uid}/${step}`, { ...fields, csrf });
      expect({ step, passed: !hasNoCode(answer) }).toEqual({ step, passed: false });
    }
    const resumed = await agent.get(`${issuer}/auth/${uid}`);
    expect(hasNoCode(resumed)).toBe(true);
    expect(
      answerOf(await agent.get(authorizationUrl(issuer, { client_id: 'first-party', prompt: 'none' }))).error,
    ).toBe('login_required');
    expect(await gatehouse.services.sessions.list(acme, ids.ada)).toEqual([]);
    expect(await gatehouse.services.totp.list(acme, ids.ada)).toHaveLength(1);
  });

  test('there is no session for the pages of the account', async () => {
    const { agent } = await afterPassword();
    const account = await agent.get(`${issuer}/account`);
    expect(account.body).not.toContain('ada@example.com');
  });

  test('another tab asks for all of it', async () => {
    const { agent } = await afterPassword();
    expect(askedOn((await begin({}, agent)).page)).toBe('password');
    expect(askedOn((await begin({ prompt: 'consent' }, agent)).page)).toBe('password');
  });

  test('a level that needs another factor is no way to add one', async () => {
    for (const acr_values of ['urn:gatehouse:aal3', 'urn:gatehouse:aal3 urn:gatehouse:aal2']) {
      const { agent, page, uid, csrf } = await afterPassword('ada', { acr_values });
      expect(askedOn(page)).toBe('code');
      expect(page.body).not.toContain('enrol');
      const options = await agent.get(`${issuer}/interaction/${uid}/enrol-passkey-options`);
      expect(options.status).toBeGreaterThanOrEqual(400);
      const enrolled = await agent.post(`${issuer}/interaction/${uid}/enrol-totp`, { code: '123456', csrf });
      expect(enrolled.status).toBe(400);
    }
  });

  test('nor is a client that does not want the one that is there', async () => {
    const metadata = { skip_consent: true, authentication_policy: { mfa: 'required', second_factors: ['passkey'] } };
    await gatehouse.services.clients.create(acme, webClient('keys', metadata));
    const { page } = await afterPassword('ada', { client_id: 'keys' });
    expect(askedOn(page)).toBe('code');
  });

  test('where a session may be of one factor, its tokens say so', async () => {
    issuer = (await setTenant(`off${count}`, { mfa: 'off' })).issuer;
    const { page } = await afterPassword();
    const { body } = await redeem(issuer, answerOf(page).code);
    expect(decodeJwt(body.id_token)).toMatchObject({ acr: 'urn:gatehouse:aal1', amr: ['pwd'] });
  });
});

describe("with one's own second factor", () => {
  test('it proves nothing for another account, before or after the password of that one', async () => {
    const { agent, page } = await afterPassword();
    moveClock(60);
    const wrong = await agent.submit(page, { code: appCode(secrets.eve) }, to('code'));
    expect([wrong.status, hasNoCode(wrong)]).toEqual([422, true]);

    const eve = await afterPassword('eve', { client_id: 'web' });
    const consent = await typeCode(eve.agent, eve.page, secrets.eve);
    expect(askedOn(consent)).toBe('consent');
    const switched = await eve.agent.post(`${issuer}/interaction/${eve.uid}/login`, {
      identifier: 'ada@example.com',
      password: PASSWORD,
      csrf: eve.csrf,
    });
    expect(hasNoCode(switched)).toBe(true);
  });

  test('who goes on as another in the midst of it proves both for that one', async () => {
    const { agent, page, uid, csrf } = await afterPassword('eve');
    const as = (identifier: string) =>
      agent.post(`${issuer}/interaction/${uid}/login`, { identifier, password: PASSWORD, csrf });
    const ada = await as('ada@example.com');
    expect(askedOn(ada)).toBe('code');
    moveClock(60);
    const wrong = await agent.submit(ada, { code: appCode(secrets.eve) }, to('code'));
    expect([wrong.status, hasNoCode(wrong)]).toEqual([422, true]);
    const back = await as('eve@example.com');
    const { body } = await redeem(issuer, answerOf(await typeCode(agent, back, secrets.eve)).code);
    expect(decodeJwt(body.id_token).sub).toBe(ids.eve);
    expect(uidOf(page)).toBe(uid);
  });

  test('a session of two factors is none of the other account', async () => {
    const eve = await afterPassword('eve');
    expect(answerOf(await typeCode(eve.agent, eve.page, secrets.eve)).code).toBeDefined();
    const { page } = await begin({ prompt: 'login' }, eve.agent);
    const ada = await signIn(eve.agent, page, 'ada@example.com');
    expect(askedOn(ada)).toBe('code');
  });

  test("the code and the journey of one sign-in do not answer another's", async () => {
    const [victim, attacker] = [await afterPassword(), await afterPassword('eve')];
    const at = `${issuer}/interaction/${victim.uid}/code`;
    const code = { method: 'totp', code: appCode(secrets.eve) };
    for (const csrf of [victim.csrf, attacker.csrf])
      expect((await attacker.agent.post(at, { ...code, csrf })).status).toBeGreaterThanOrEqual(400);
    // Her cookies at the path of his sign-in.
    attacker.agent.setCookies(
      attacker.agent.cookies().map((cookie) => ({ ...cookie, path: cookie.path.replace(attacker.uid, victim.uid) })),
    );
    const moved = await attacker.agent.post(at, { ...code, csrf: victim.csrf });
    expect([moved.status, hasNoCode(moved)]).toEqual([400, true]);
  });
});

describe('what was proven once', () => {
  test('a result is not played again, in this browser or with its cookies of before', async () => {
    const { agent, page, uid } = await afterPassword();
    const before = agent.cookies();
    moveClock(60);
    const code = appCode(secrets.ada);
    expect(answerOf(await agent.submit(page, { code }, to('code'))).code).toBeDefined();
    for (const cookies of [agent.cookies(), before]) {
      const other = userAgent();
      other.setCookies(cookies);
      expect((await other.get(`${issuer}/auth/${uid}`)).status).toBe(400);
      expect((await other.submit(page, { code }, to('code'))).status).toBe(400);
    }
    // Nor is the code, in a sign-in of its own.
    const again = await afterPassword();
    expect((await again.agent.submit(again.page, { code }, to('code'))).status).toBe(422);
  });

  test.each<[string, (agent: UserAgent) => Promise<unknown>]>([
    [
      'the password is changed',
      () => gatehouse.services.accounts.setPassword(acme, ids.ada, { password: `${PASSWORD}!` }),
    ],
    ['all sessions are ended', () => gatehouse.services.accounts.signOutEverywhere(acme, ids.ada)],
    [
      'its session is removed',
      async () => {
        for (const { id } of await gatehouse.services.sessions.list(acme, ids.ada))
          await gatehouse.services.sessions.remove(acme, id);
      },
    ],
  ])('a sign-in that waits at the consent page ends when %s', async (_, end) => {
    const { agent, page } = await afterPassword('ada', { client_id: 'web' });
    const consent = await typeCode(agent, page, secrets.ada);
    expect(askedOn(consent)).toBe('consent');
    await end(agent);
    moveClock(5);
    const accepted = await agent.submit(consent, { decision: 'accept' }, to('consent'));
    expect(hasNoCode(accepted)).toBe(true);
    expect(answerOf((await begin({ prompt: 'none' }, agent)).page).error).toBe('login_required');
  });

  test('a sign-in under way ends when the password is changed', async () => {
    const { agent, page } = await afterPassword();
    moveClock(5);
    await gatehouse.services.accounts.setPassword(acme, ids.ada, { password: `${PASSWORD}!` });
    const answer = await typeCode(agent, page, secrets.ada);
    expect(hasNoCode(answer)).toBe(true);
  });
});

describe('a device that Ada trusts', () => {
  const isTrust = ({ name }: { name: string }) => name.replace(/^__(Host|Secure)-/, '').startsWith('trusted');

  async function trustedCookies() {
    const { agent, page } = await afterPassword();
    const end = await typeCode(agent, page, secrets.ada, { trust: 'yes' });
    expect(answerOf(end).code).toBeDefined();
    return agent.cookies().filter(isTrust);
  }
  const browserWith = (cookies: ReturnType<UserAgent['cookies']>) => {
    const agent = userAgent();
    agent.setCookies(cookies);
    return agent;
  };

  test('is trusted for her alone', async () => {
    const cookies = await trustedCookies();
    expect(hasNoCode((await afterPassword('ada', {}, browserWith(cookies))).page)).toBe(false);
    expect(askedOn((await afterPassword('eve', {}, browserWith(cookies))).page)).toBe('code');
    const forged = cookies.map((cookie) => ({ ...cookie, value: `${cookie.value.slice(0, -4)}AAAA` }));
    expect(askedOn((await afterPassword('ada', {}, browserWith(forged))).page)).toBe('code');
  });

  test('not at another tenant', async () => {
    const cookies = await trustedCookies();
    const from = new URL(issuer).pathname;
    issuer = (await setTenant(`other${count}`)).issuer;
    const moved = cookies.map((cookie) => ({ ...cookie, path: cookie.path.replace(from, new URL(issuer).pathname) }));
    expect(askedOn((await afterPassword('ada', {}, browserWith(moved))).page)).toBe('code');
  });

  test('not after the password was changed', async () => {
    const cookies = await trustedCookies();
    moveClock(5);
    await gatehouse.services.accounts.setPassword(acme, ids.ada, { password: `${PASSWORD}!` });
    const agent = browserWith(cookies);
    const { page } = await begin({}, agent);
    const second = await signIn(agent, page, 'ada@example.com', { password: `${PASSWORD}!` });
    expect(askedOn(second)).toBe('code');
  });
});
