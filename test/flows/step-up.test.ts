import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { TenantSettingsInput } from '../../src/tenants/settings.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { moveClock, restoreClock } from '../support/clock.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { rawClient } from '../support/raw-client.ts';
import { PASSWORD, webClient } from '../support/relying-party.ts';
import { askedOn, enrolApp, typeCode } from '../support/second-factor.ts';
import { answerOf, authorizationUrl, type Params, redeem, signIn, userAgent } from '../support/stage.ts';
import type { Page, UserAgent } from '../support/user-agent.ts';

/** A user is signed in, and a client, a policy or the time asks for more. */

const AAL1 = 'urn:gatehouse:aal1';
const AAL2 = 'urn:gatehouse:aal2';
const AAL3 = 'urn:gatehouse:aal3';
const API = 'https://api.example.com';
const BANK: TenantSettingsInput = {
  // A second factor where a client asks for it, and only there.
  authentication: { mfa: 'off', first_factors: ['password'], second_factors: ['totp', 'recovery_code'] },
  resources: [{ indicator: API, scopes: ['pay'] }],
};

let gatehouse: TestGatehouse;
let count = 0;
/** Of each test's own: a tenant, whose `ada` has an authenticator app and `bob` a password alone. */
let tenant: Tenant;
let secret: string;
let agent: UserAgent;

beforeAll(async () => {
  gatehouse = await startGatehouse();
});
afterAll(() => gatehouse.stop());
afterEach(restoreClock);
beforeEach(() => setTenant(BANK));

async function setTenant(settings: TenantSettingsInput): Promise<void> {
  count += 1;
  tenant = await gatehouse.tenant({ id: `t${count}`, settings: { signing: { algorithms: ['ES256'] }, ...settings } });
  const { accounts, clients } = gatehouse.services;
  await clients.create(tenant, webClient('first-party', { skip_consent: true }));
  const user = { email_verified: true, password: PASSWORD };
  await accounts.create(tenant, { email: 'bob@example.com', ...user });
  const ada = await accounts.create(tenant, { email: 'ada@example.com', ...user });
  secret = await enrolApp(gatehouse.services, tenant, ada.id);
  agent = userAgent();
}

const idOf = async (email: string) => (await gatehouse.services.accounts.findByIdentifier(tenant, email))!.id;
const ask = (params: Params = {}): Promise<Page> =>
  agent.get(authorizationUrl(tenant.issuer, { client_id: 'first-party', ...params }));
const password = (page: Page, identifier?: string) => signIn(agent, page, identifier, { remember: 'yes' });
const begin = async (identifier?: string, params?: Params) => password(await ask(params), identifier);

async function tokensOf(page: Page, by?: string) {
  const { status, body } = await redeem(tenant.issuer, answerOf(page).code, by);
  expect([status, page.url]).toEqual([200, expect.stringContaining('code=')]);
  return body;
}
const told = async (page: Page, by?: string) => {
  const { acr, amr, auth_time } = decodeJwt((await tokensOf(page, by)).id_token);
  return { acr, amr, auth_time: auth_time as number };
};
const essential = (...values: string[]) => JSON.stringify({ id_token: { acr: { essential: true, values } } });

describe('a client asks for more', () => {
  test.each<[string, Params]>([
    ['acr_values', { acr_values: AAL2 }],
    ['the better of two acr_values', { acr_values: `${AAL3} ${AAL2}` }],
    ['an essential acr of one value', { claims: `{"id_token":{"acr":{"essential":true,"value":"${AAL2}"}}}` }],
    ['an essential acr of many', { claims: essential('unknown', AAL2) }],
    ['an essential acr, whatever else is welcome', { claims: essential(AAL2), acr_values: AAL1 }],
  ])('%s: the user proves what is missing, once', async (_, params) => {
    const before = await told(await begin());
    expect(before).toMatchObject({ acr: AAL1, amr: ['pwd'] });
    moveClock(120);

    const silent = await ask({ ...params, prompt: 'none' });
    expect(answerOf(silent)).toMatchObject({ error: 'interaction_required', state: 'the-state' });
    const asked = await ask(params);
    expect(askedOn(asked)).toBe('code');
    const after = await told(await typeCode(agent, asked, secret));
    expect(after).toMatchObject({ acr: AAL2, amr: ['pwd', 'otp', 'mfa'] });
    // T019: it moves to the newest proof, and no further.
    expect(after.auth_time).toBeGreaterThanOrEqual(before.auth_time + 180);

    moveClock(120);
    expect(await told(await ask(params))).toEqual(after);
    expect(await told(await ask({ ...params, prompt: 'none' }))).toEqual(after);
    expect(await told(await ask())).toEqual(after);
  });

  test('who asks for less is told what was asked for, and nobody is asked', async () => {
    await typeCode(agent, await begin(undefined, { acr_values: AAL2 }), secret);
    expect(await told(await ask({ acr_values: AAL1 }))).toMatchObject({ acr: AAL1, amr: ['pwd', 'otp', 'mfa'] });
    expect(await told(await ask({ acr_values: `${AAL1} ${AAL2}` }))).toMatchObject({ acr: AAL2 });
  });

  test('who is not signed in proves both in one go', async () => {
    const second = await begin(undefined, { acr_values: AAL2 });
    expect(askedOn(second)).toBe('code');
    expect(await told(await typeCode(agent, second, secret))).toMatchObject({ acr: AAL2 });
  });

  test.each<[string, Params]>([
    ['a name that is not known', { acr_values: 'gold' }],
    ['an essential one that is not known', { claims: essential('gold'), acr_values: AAL1 }],
  ])('%s is refused before anybody is asked', async (_, params) => {
    for (const prompt of [undefined, 'none', 'login']) {
      const page = await ask({ ...params, prompt });
      expect(answerOf(page)).toMatchObject({ error: 'unmet_authentication_requirements', iss: tenant.issuer });
      expect(page.trail).toHaveLength(1);
    }
  });

  test('a level that no allowed factor reaches is refused, once it is known who it is', async () => {
    const page = await begin(undefined, { acr_values: AAL3 });
    expect(answerOf(page)).toMatchObject({ error: 'unmet_authentication_requirements', state: 'the-state' });
    const { items } = await gatehouse.services.audit.find(tenant.id, { limit: 100 });
    expect(items.find(({ type }) => type === 'sign_in.refused')?.details).toMatchObject({
      refused: 'unmet',
      why: expect.arrayContaining([expect.objectContaining({ step: 'second_factor' })]),
    });
    expect(answerOf(await ask({ prompt: 'none' })).error).toBe('login_required');
  });

  test('who has no second factor sets one up', async () => {
    expect((await begin('bob@example.com', { acr_values: AAL2 })).body).toContain('/enrol-totp');
  });

  test.each<[string, object]>([
    ['default_acr_values', { default_acr_values: [AAL2] }],
    ['authentication_policy', { authentication_policy: { mfa: 'required' } }],
  ])('%s of a client: its users prove two, and for the others one is enough', async (_, metadata) => {
    await gatehouse.services.clients.create(tenant, webClient('strict', { skip_consent: true, ...metadata }));
    expect(await told(await begin())).toMatchObject({ acr: AAL1 });
    const asked = await ask({ client_id: 'strict' });
    expect(askedOn(asked)).toBe('code');
    expect(await told(await typeCode(agent, asked, secret), 'strict')).toMatchObject({ acr: AAL2 });
  });

  test('a client may not want the factor that the session has', async () => {
    const metadata = { skip_consent: true, authentication_policy: { first_factors: ['passkey'] } };
    await gatehouse.services.tenants.change(tenant.id, {
      settings: { ...BANK, authentication: { mfa: 'off', first_factors: ['password', 'passkey'] } },
    });
    await gatehouse.services.clients.create(tenant, webClient('keys', metadata));
    await begin();
    const asked = await ask({ client_id: 'keys' });
    expect(asked.body).toContain('/passkey');
    expect(asked.body).not.toContain('name="password"');
    expect(answerOf(await ask({ client_id: 'keys', prompt: 'none' })).error).toBe('login_required');
    expect(answerOf(await ask()).code).toBeDefined();
  });
});

describe('once more', () => {
  test.each<[string, Params]>([
    ['prompt=login', { prompt: 'login' }],
    ['max_age', { max_age: '60' }],
    ['max_age and a level', { max_age: '60', acr_values: AAL2 }],
  ])('%s asks for the first factor, and the second is not forgotten', async (_, params) => {
    const before = await told(await typeCode(agent, await begin(undefined, { acr_values: AAL2 }), secret));
    moveClock(300);
    const asked = await ask(params);
    expect(askedOn(asked)).toBe('password');
    const after = await told(await password(asked));
    expect(after).toMatchObject({ acr: AAL2, amr: ['otp', 'pwd', 'mfa'] });
    expect(after.auth_time).toBeGreaterThanOrEqual(before.auth_time + 300);
  });

  test('default_max_age of a client', async () => {
    await gatehouse.services.clients.create(tenant, webClient('hasty', { skip_consent: true, default_max_age: 60 }));
    await begin();
    moveClock(120);
    expect(askedOn(await ask({ client_id: 'hasty' }))).toBe('password');
    expect(answerOf(await ask()).code).toBeDefined();
  });
});

describe('time passes', () => {
  beforeEach(async () => {
    await typeCode(agent, await begin(undefined, { acr_values: AAL2 }), secret);
  });

  test('T114: an hour without use takes the level, and one proof brings it back', async () => {
    moveClock(3500);
    expect(await told(await ask({ acr_values: AAL2 }))).toMatchObject({ acr: AAL2 });
    moveClock(3700);
    expect(answerOf(await ask({ acr_values: AAL2, prompt: 'none' })).error).toMatch(/_required$/);
    expect(await told(await ask())).toMatchObject({ acr: AAL1 });
    // Its use in between does not make it new.
    moveClock(120);
    expect(await told(await ask())).toMatchObject({ acr: AAL1 });
    const asked = await ask({ acr_values: AAL2 });
    expect(askedOn(asked)).toBe('password');
    const after = await told(await password(asked));
    expect(after).toMatchObject({ acr: AAL2 });
    expect(await told(await ask())).toEqual(after);
  });

  test('T114: after a day both are proven anew, however busy the session was', async () => {
    for (let half = 0; half < 49; half += 1) {
      moveClock(1800);
      expect(answerOf(await ask()).code).toBeDefined();
    }
    expect(await told(await ask())).toMatchObject({ acr: AAL1 });
    const first = await ask({ acr_values: AAL2 });
    expect(askedOn(first)).toBe('code');
    const second = await typeCode(agent, first, secret);
    expect(askedOn(second)).toBe('password');
    expect(await told(await password(second))).toMatchObject({ acr: AAL2, amr: ['otp', 'pwd', 'mfa'] });
  });

  test('T114: after two weeks without use nobody is signed in', async () => {
    moveClock(14 * 86_400 + 60);
    expect(answerOf(await ask({ prompt: 'none' })).error).toBe('login_required');
    expect(await told(await password(await ask()))).toMatchObject({ acr: AAL1, amr: ['pwd'] });
  });
});

describe('shorter times', () => {
  const MINUTE = 60;
  const wants = (lifetimes: object) => ({ authentication_policy: { lifetimes } });

  test('a client has its own, and a pause counts there that was none for others', async () => {
    await gatehouse.services.clients.create(
      tenant,
      webClient('bank', { skip_consent: true, ...wants({ aal2: { idle: 600 } }) }),
    );
    await typeCode(agent, await begin(undefined, { acr_values: AAL2 }), secret);
    moveClock(20 * MINUTE);
    expect(await told(await ask({ acr_values: AAL2 }))).toMatchObject({ acr: AAL2 });
    moveClock(MINUTE);
    const silent = await ask({ client_id: 'bank', acr_values: AAL2, prompt: 'none' });
    expect(answerOf(silent).error).toBe('login_required');
    const proven = await password(await ask({ client_id: 'bank', acr_values: AAL2 }));
    expect(await told(proven, 'bank')).toMatchObject({ acr: AAL2 });
  });

  test('a client may want nobody to stay signed in who has gone', async () => {
    await gatehouse.services.clients.create(
      tenant,
      webClient('kiosk', { skip_consent: true, ...wants({ aal1: { idle: 120 } }) }),
    );
    await begin();
    moveClock(3 * MINUTE);
    expect(answerOf(await ask({ client_id: 'kiosk', prompt: 'none' })).error).toBe('login_required');
    expect(await told(await ask())).toMatchObject({ acr: AAL1 });
  });

  test('a role and an organization, too', async () => {
    const { accounts, organizations } = gatehouse.services;
    const lifetimes = { aal1: { absolute: 3600 } };
    await setTenant({ ...BANK, authentication: { ...BANK.authentication, by_role: { trader: { lifetimes } } } });
    await accounts.setRoles(tenant, await idOf('ada@example.com'), { roles: ['trader'] });
    await organizations.create(tenant, 'traders', { name: 'Traders', policy: { lifetimes } });
    await organizations.addMember(tenant, 'traders', await idOf('bob@example.com'), []);
    await accounts.create(tenant, { email: 'eve@example.com', email_verified: true, password: PASSWORD });
    for (const [email, limited] of [
      ['ada@example.com', true],
      ['bob@example.com', true],
      ['eve@example.com', false],
    ] as const) {
      agent = userAgent();
      await begin(email);
      moveClock(40 * MINUTE);
      expect(await told(await ask())).toMatchObject({ acr: AAL1 });
      moveClock(21 * MINUTE);
      expect(answerOf(await ask({ prompt: 'none' })).error).toBe(limited ? 'login_required' : undefined);
    }
  });
});

describe('who has to prove two', () => {
  beforeEach(() => setTenant({ ...BANK, authentication: { ...BANK.authentication, mfa: 'required' } }));

  /** The browser keeps its trust and nothing else. */
  const forgetSession = () =>
    agent.setCookies(agent.cookies().filter(({ name }) => name.replace(/^__(Host|Secure)-/, '').startsWith('trusted')));

  test('a trusted device stands for the second factor of the policy, not for what a client asks', async () => {
    await typeCode(agent, await begin(), secret, { trust: 'yes' });
    forgetSession();
    expect(await told(await begin())).toMatchObject({ acr: AAL1, amr: ['pwd'] });
    const asked = await ask({ acr_values: AAL2 });
    expect(askedOn(asked)).toBe('code');
    expect(asked.body).not.toContain('name="trust"');
  });

  test('a device that is no longer trusted ends what it stood for, in sessions that began with it, too', async () => {
    await typeCode(agent, await begin(), secret, { trust: 'yes' });
    forgetSession();
    await begin();
    expect(answerOf(await ask({ prompt: 'none' })).code).toBeDefined();
    const { trustedDevices } = gatehouse.services;
    const id = await idOf('ada@example.com');
    for (const device of await trustedDevices.list(tenant, id)) await trustedDevices.forget(tenant, id, device.id);
    expect(answerOf(await ask({ prompt: 'none' })).error).toBe('interaction_required');
    expect(askedOn(await ask())).toBe('code');
  });

  test('a user who becomes an administrator proves both, whatever was trusted before', async () => {
    await typeCode(agent, await begin(), secret, { trust: 'yes' });
    forgetSession();
    await begin();
    await gatehouse.services.accounts.setRoles(tenant, await idOf('ada@example.com'), { roles: ['admin'] });
    moveClock(5);
    const asked = await ask();
    expect(askedOn(asked)).toBe('code');
    expect(asked.body).not.toContain('name="trust"');
  });

  test('prompt=none says that the user is needed, and the session is not lost', async () => {
    await gatehouse.services.tenants.change(tenant.id, { settings: { ...BANK, signing: { algorithms: ['ES256'] } } });
    await begin();
    await gatehouse.services.tenants.change(tenant.id, {
      settings: {
        ...BANK,
        signing: { algorithms: ['ES256'] },
        authentication: { ...BANK.authentication, mfa: 'required' },
      },
    });
    expect(answerOf(await ask({ prompt: 'none' })).error).toBe('interaction_required');
    expect(askedOn(await ask())).toBe('code');
  });
});

describe('a policy of some users', () => {
  test('administrators prove two factors where the tenant asks nobody', async () => {
    await gatehouse.services.accounts.setRoles(tenant, await idOf('ada@example.com'), { roles: ['admin'] });
    const asked = await begin();
    expect(askedOn(asked)).toBe('code');
    expect(asked.body).not.toContain('name="trust"');
    expect(await told(await typeCode(agent, asked, secret))).toMatchObject({ acr: AAL2 });
  });

  test('the people of an organization, and nobody else', async () => {
    const { organizations } = gatehouse.services;
    await organizations.create(tenant, 'bank', { name: 'Bank', policy: { mfa: 'required' } });
    await organizations.addMember(tenant, 'bank', await idOf('ada@example.com'), []);
    expect(askedOn(await begin())).toBe('code');
    agent = userAgent();
    expect(await told(await begin('bob@example.com'))).toMatchObject({ acr: AAL1 });
  });
});

describe('what tokens tell', () => {
  test('an API reads how and when it was, in the JWT and by introspection; a refreshed token tells the same', async () => {
    const client = rawClient(tenant.issuer, 'first-party');
    const scope = 'openid offline_access pay';
    const second = await begin(undefined, { acr_values: AAL2, scope, resource: API, prompt: 'consent' });
    const consent = await typeCode(agent, second, secret);
    const page = await agent.submit(consent, { decision: 'accept' }, ({ action }) => action.includes('/consent'));
    const tokens = await tokensOf(page);
    const { auth_time } = decodeJwt(tokens.id_token);
    const expected = { acr: AAL2, amr: ['pwd', 'otp', 'mfa'], auth_time };
    const opaque = await client.refresh(tokens.refresh_token);
    expect(await client.introspect(opaque.body.access_token)).toMatchObject({ active: true, ...expected });

    moveClock(7200);
    // The session has sunk meanwhile; the token tells of its sign-in.
    const later = await client.refresh(opaque.body.refresh_token, { resource: API });
    expect(later.body.error).toBeUndefined();
    expect(decodeJwt(later.body.access_token)).toMatchObject({ aud: API, ...expected });
    expect(decodeJwt(later.body.id_token)).toMatchObject(expected);
  });

  test('the discovery document says what can be asked for', async () => {
    const metadata = await (await fetch(`${tenant.issuer}/.well-known/openid-configuration`)).json();
    expect(metadata).toMatchObject({
      acr_values_supported: [AAL1, AAL2, AAL3],
      claims_supported: expect.arrayContaining(['acr', 'amr', 'auth_time']),
      prompt_values_supported: expect.arrayContaining(['none', 'login', 'consent', 'select_account']),
      claims_parameter_supported: true,
    });
  });
});
