import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { TenantSettingsInput } from '../../src/tenants/settings.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { ADA, accountsTenant, eventsOf, mailTo } from '../support/accounts-stage.ts';
import { BE, BS, createAuthenticator } from '../support/authenticator.ts';
import { moveClock, restoreClock } from '../support/clock.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { enrolApp, typeCode } from '../support/second-factor.ts';
import { answerOf, begin, redeem, signIn } from '../support/stage.ts';
import { formsOf, type Page, to, type UserAgent } from '../support/user-agent.ts';

/** A passkey is offered after a password; browser and authenticator in software say that they can. */

const DAY = 86_400;
/** As the script of the page tells it. */
const ABLE = { passkeys: 'yes' };

let gatehouse: TestGatehouse;
beforeAll(async () => {
  gatehouse = await startGatehouse();
});
afterAll(() => gatehouse.stop());
afterEach(restoreClock);

async function setTenant(settings: TenantSettingsInput = {}): Promise<{ tenant: Tenant; ada: string }> {
  const tenant = await accountsTenant(gatehouse, settings);
  return { tenant, ada: (await gatehouse.services.accounts.findByIdentifier(tenant, ADA))!.id };
}

const passkeysOf = (tenant: Tenant, id: string) => gatehouse.services.passkeys.list(tenant, id);
const isOffered = (page: Page) => formsOf(page).some(to('passkey-offer'));
const later = (agent: UserAgent, page: Page) => agent.submit(page, {}, to('passkey-offer-later'));

/** A new browser that can make passkeys, after the right password. */
async function afterPassword(tenant: Tenant, fields: Record<string, string> = ABLE) {
  const { agent, page } = await begin(tenant);
  return { agent, page: await signIn(agent, page, ADA, fields) };
}

function make(agent: UserAgent, page: Page, flags?: number): Promise<Page> {
  const authenticator = createAuthenticator({ origin: gatehouse.url, ...(flags !== undefined && { flags }) });
  const options = /data-options="([^"]+)"/.exec(page.body)![1]!.replaceAll('&quot;', '"').replaceAll('&amp;', '&');
  return agent.submit(page, { credential: authenticator.create(JSON.parse(options)) }, to('passkey-offer'));
}

test.each([
  ['by its user', undefined],
  ['by the browser, with nobody there (conditional create)', BE | BS],
])('one that was made %s is kept, and the sign-in is what it was', async (_, flags) => {
  const { tenant, ada } = await setTenant();
  const { agent, page } = await afterPassword(tenant);
  expect([page.status, isOffered(page)]).toEqual([200, true]);
  const { body } = await redeem(tenant.issuer, answerOf(await make(agent, page, flags)).code);
  expect(decodeJwt(body.id_token as string)).toMatchObject({ sub: ada, acr: 'urn:gatehouse:aal1', amr: ['pwd'] });
  expect(await passkeysOf(tenant, ada)).toHaveLength(1);
  expect(await mailTo(gatehouse, tenant, ADA, 'factor_added')).toBeDefined();
  const events = await eventsOf(gatehouse, tenant);
  expect(events.find(({ type }) => type === 'factor.enrolled')).toMatchObject({ target: ada });
  const because = 'a passkey would be quicker than the password';
  expect(events.find(({ type }) => type === 'sign_in.succeeded')!.details!.why).toContainEqual({
    step: 'passkey_offer',
    asked: true,
    because,
  });
});

test('who does not want one now goes on, and is not offered one for 90 days', async () => {
  const { tenant, ada } = await setTenant();
  const first = await afterPassword(tenant);
  expect(answerOf(await later(first.agent, first.page)).code).toBeDefined();
  expect(await passkeysOf(tenant, ada)).toEqual([]);
  moveClock(90 * DAY - 60);
  expect(answerOf((await afterPassword(tenant)).page).code).toBeDefined();
  moveClock(120);
  expect(isOffered((await afterPassword(tenant)).page)).toBe(true);
});

test('nor is who has removed the last one', async () => {
  const { tenant, ada } = await setTenant({ authentication: { mfa: 'off' } });
  const { agent, page } = await afterPassword(tenant);
  await make(agent, page);
  const [passkey] = await passkeysOf(tenant, ada);
  const asked = await agent.get(`${tenant.issuer}/account/passkeys/${passkey!.id}`);
  expect(asked.body).toContain('data-passkey="get"');
  // By the passkey one proves two factors; here the session is given them.
  const { sessions } = gatehouse.services;
  const [session] = await sessions.list(tenant, ada);
  const at = Math.floor(Date.now() / 1000);
  await sessions.addProof(tenant, session!.id, ada, { factor: 'passkey', at, userVerified: true });
  const thing = await agent.get(`${tenant.issuer}/account/passkeys/${passkey!.id}`);
  await agent.submit(thing, {}, to('remove'));
  expect(await passkeysOf(tenant, ada)).toEqual([]);
  expect(answerOf((await afterPassword(tenant)).page).code).toBeDefined();
});

test.each<[string, TenantSettingsInput, Record<string, string>]>([
  ['without script, or in a browser that cannot', {}, {}],
  ['in a browser that says something else', {}, { passkeys: 'no' }],
  ['where the tenant does not want it', { passkeys: { offer_after_password: false } }, ABLE],
  ['where no passkey may be used', { authentication: { first_factors: ['password'], second_factors: ['totp'] } }, ABLE],
])('nothing is offered %s', async (_, settings, fields) => {
  const { tenant } = await setTenant(settings);
  expect(answerOf((await afterPassword(tenant, fields)).page).code).toBeDefined();
});

test('nor to who is signed in and is asked once more', async () => {
  const { tenant } = await setTenant();
  const { agent, page } = await afterPassword(tenant, {});
  expect(answerOf(page).code).toBeDefined();
  const again = await begin(tenant, { prompt: 'login' }, agent);
  expect(answerOf(await signIn(agent, again.page, ADA, ABLE)).code).toBeDefined();
});

test('a passkey that is refused leaves the way on', async () => {
  const { tenant, ada } = await setTenant();
  const { agent, page } = await afterPassword(tenant);
  const refused = await agent.submit(page, { credential: '{}' }, to('passkey-offer'));
  expect([refused.status, isOffered(refused)]).toEqual([422, true]);
  // A browser that makes one without asking is not asked again.
  expect(refused.body).not.toContain('data-mediation');
  expect(await passkeysOf(tenant, ada)).toEqual([]);
  expect(answerOf(await later(agent, refused)).code).toBeDefined();
});

describe('T102: it is no way around a second factor', () => {
  test('who has one proves it first, and what is posted before is refused, on record', async () => {
    const { tenant, ada } = await setTenant();
    const secret = await enrolApp(gatehouse.services, tenant, ada);
    const { agent, page } = await afterPassword(tenant);
    expect([isOffered(page), page.body.includes('name="code"')]).toEqual([false, true]);
    const { action, fields } = formsOf(page).find(to('code'))!;
    for (const form of ['passkey-offer', 'passkey-offer-later']) {
      const posted = await agent.post(action.replace('/code?', `/${form}?`), { ...fields, credential: '{}' });
      expect(posted.status).toBe(400);
    }
    const request = await agent.get(action.replace('/code?', '/passkey-offer-request?'));
    expect(request.status).toBe(400);
    const events = await eventsOf(gatehouse, tenant);
    expect(events.filter(({ type }) => type === 'step.refused')).toHaveLength(2);
    const offered = await typeCode(agent, page, secret);
    expect(isOffered(offered)).toBe(true);
    expect(answerOf(await make(agent, offered)).code).toBeDefined();
    expect(await passkeysOf(tenant, ada)).toHaveLength(1);
  });

  test('who need not prove it, on a trusted device or where none is asked for, is offered nothing', async () => {
    const { tenant, ada } = await setTenant({ authentication: { mfa: 'off' } });
    await enrolApp(gatehouse.services, tenant, ada);
    expect(answerOf((await afterPassword(tenant)).page).code).toBeDefined();
  });
});
