import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { ADA, accountsTenant, linkIn, mailTo, NEW_PASSWORD } from '../support/accounts-stage.ts';
import { appCode } from '../support/authenticator-app.ts';
import { restoreClock } from '../support/clock.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { codeIn } from '../support/messages.ts';
import { PASSWORD, webClient } from '../support/relying-party.ts';
import { enrolApp, typeCode } from '../support/second-factor.ts';
import { answerOf, authorizationUrl, begin, isMain, redeem, signedIn, signIn, userAgent } from '../support/stage.ts';
import { createUserAgent, type Page, to, type UserAgent } from '../support/user-agent.ts';

/** Somebody is in the midst of a sign-in when all sessions of the account are ended. */

const GRACE = 'grace@example.com';
const STRANGERS = 'the password of a stranger';

let gatehouse: TestGatehouse;
let tenant: Tenant;
beforeAll(async () => {
  gatehouse = await startGatehouse();
});
afterAll(() => gatehouse.stop());
afterEach(restoreClock);
beforeEach(async () => {
  tenant = await accountsTenant(gatehouse, { authentication: { first_factors: ['password', 'email_code'] } });
});

/** An account of Grace's address that a stranger made, who waits at the page that asks for its proof. */
async function strangerWaits() {
  const { accounts } = gatehouse.services;
  const { id } = await accounts.create(tenant, { email: GRACE, password: STRANGERS, signUp: 'anybody' });
  const { agent, page } = await begin(tenant);
  const waiting = await signIn(agent, page, GRACE, { password: STRANGERS });
  expect(waiting.body).toContain('verify-email');
  return { id, goOn: () => agent.get(waiting.url) };
}

test('T108: a stranger does not get in by what the owner has proven, who comes from an upstream', async () => {
  const { id, goOn } = await strangerWaits();
  await gatehouse.services.accounts.claim(tenant, id);
  expect(answerOf(await goOn()).code).toBeUndefined();
});

test('T108: nor by the link to a new password', async () => {
  const { goOn } = await strangerWaits();
  const owner = userAgent();
  await owner.submit(await owner.get(`${tenant.issuer}/recovery`), { identifier: GRACE }, to('recovery'));
  const form = await owner.get(linkIn(await mailTo(gatehouse, tenant, GRACE, 'reset_password')));
  await owner.submit(form, { password: NEW_PASSWORD }, to('password'));
  expect(answerOf(await goOn()).code).toBeUndefined();
});

type End = (tenant: Tenant, id: string) => Promise<unknown>;

test.each<[string, (gatehouse: TestGatehouse) => End]>([
  ['the user says "this wasn’t me"', ({ services }) => services.accounts.requireReset],
  ['the user is signed out everywhere', ({ services }) => services.accounts.signOutEverywhere],
  [
    'the password changes',
    ({ services }) =>
      (...whose) =>
        services.accounts.setPassword(...whose, { password: NEW_PASSWORD }),
  ],
  [
    'the account was disabled for a while',
    ({ services }) =>
      async (...whose) => {
        await services.accounts.disable(...whose);
        await services.accounts.enable(...whose);
      },
  ],
])('T115: a code that was right before opens nothing after %s', async (_, end) => {
  const { id } = (await gatehouse.services.accounts.findByIdentifier(tenant, ADA))!;
  const secret = await enrolApp(gatehouse.services, tenant, id);
  const { agent, page } = await begin(tenant);
  const asked = await agent.submit(page, { identifier: ADA, method: 'email_code' }, to('login'));
  const code = codeIn(await mailTo(gatehouse, tenant, ADA));
  const second = await agent.submit(asked, { code }, to('sign-in-code'));
  await end(gatehouse)(tenant, id);
  const after = await agent.submit(second, { code: appCode(secret) }, to('code'));
  expect(answerOf(after).code).toBeUndefined();
});

describe('T115: from the account pages', () => {
  const adasId = async () => (await gatehouse.services.accounts.findByIdentifier(tenant, ADA))!.id;
  const adasSessions = async () => (await gatehouse.services.sessions.list(tenant, await adasId())).map(({ id }) => id);
  const adasApp = async () => enrolApp(gatehouse.services, tenant, await adasId());

  /** A browser that is signed in by the password alone, and its session. */
  async function known(): Promise<{ agent: UserAgent; session: string }> {
    const before = await adasSessions();
    const { agent } = await signedIn(tenant.issuer);
    return { agent, session: (await adasSessions()).find((id) => !before.includes(id))! };
  }

  async function end(agent: UserAgent, form: 'end' | 'end-others', fields = {}): Promise<void> {
    const ended = await agent.submit(await agent.get(`${tenant.issuer}/account/sessions`), fields, to(form));
    expect(ended.status).toBe(200);
  }

  /** The password was right, the second factor is asked for. */
  async function halfWay(agent: UserAgent, params = {}): Promise<Page> {
    const { page } = await begin(tenant, params, agent);
    const asked = await signIn(agent, page);
    expect(asked.body).toContain('name="code"');
    return asked;
  }

  test('ending all other sessions ends what is under way in other browsers, in this very second too', async () => {
    const [ada] = [await known(), await known()];
    const secret = await adasApp();
    const stranger = userAgent();
    const asked = await halfWay(stranger);
    await end(ada.agent, 'end-others');
    const after = await typeCode(stranger, asked, secret);
    expect(answerOf(after).code).toBeUndefined();
    // Who begins anew gets in.
    const again = await typeCode(stranger, await halfWay(stranger), secret);
    expect(answerOf(again).code).toBeDefined();
  });

  test('and nothing in this one', async () => {
    const [ada] = [await known(), await known()];
    const secret = await adasApp();
    const asked = await halfWay(ada.agent, { prompt: 'login' });
    await end(ada.agent, 'end-others');
    expect(answerOf(await typeCode(ada.agent, asked, secret)).code).toBeDefined();
  });

  test('ending one session ends what is under way in it, and nothing elsewhere', async () => {
    const [ada, lost] = [await known(), await known()];
    const secret = await adasApp();
    const elsewhere = userAgent();
    const [inIt, beside] = [await halfWay(lost.agent, { prompt: 'login' }), await halfWay(elsewhere)];
    await end(ada.agent, 'end', { session: lost.session });
    expect(answerOf(await typeCode(lost.agent, inIt, secret)).code).toBeUndefined();
    expect(answerOf(await typeCode(elsewhere, beside, secret)).code).toBeDefined();
  });

  const byService =
    (act: (accounts: TestGatehouse['services']['accounts'], id: string) => Promise<unknown>) => async () =>
      act(gatehouse.services.accounts, await adasId());

  const withNewPassword = byService((accounts, id) => accounts.setPassword(tenant, id, { password: NEW_PASSWORD }));

  test.each<[string, boolean, (ada: UserAgent, session: string) => Promise<unknown>]>([
    ['all others', false, (ada) => end(ada, 'end-others')],
    ['all others, where it was to go on with one', true, (ada) => end(ada, 'end-others')],
    ['the one that it was to go on with', true, (ada, session) => end(ada, 'end', { session })],
    ['every session', false, byService((accounts, id) => accounts.signOutEverywhere(tenant, id))],
    ['a new password', false, withNewPassword],
  ])('whoever held back the last step of a sign-in is not let in after %s', async (_, goesOn, act) => {
    const [ada, other] = [await known(), await known()];
    const stranger = createUserAgent({ stopAt: `${tenant.issuer}/auth/` });
    if (goesOn) stranger.setCookies(other.agent.cookies());
    const { page } = await begin(tenant, { prompt: 'login' }, stranger);
    const heldBack = await signIn(stranger, page);
    expect(heldBack.url).toContain('/auth/');
    await act(ada.agent, other.session);

    const later = userAgent();
    later.setCookies(stranger.cookies());
    const askedAnew = await later.get(heldBack.url);
    expect(answerOf(askedAnew).code).toBeUndefined();
    const silent = await later.get(authorizationUrl(tenant.issuer, { client_id: 'first-party', prompt: 'none' }));
    expect(answerOf(silent).error).toBe('login_required');
    // In a session that has ended there is nothing to go on with; elsewhere whoever proves it anew is in.
    expect(askedAnew.status).toBe(goesOn ? 400 : 200);
    if (goesOn) return;
    const password = act === withNewPassword ? NEW_PASSWORD : PASSWORD;
    expect(answerOf(await signIn(later, askedAnew, ADA, { password })).code).toBeDefined();
  });

  /** While a request runs that begins a session, or goes on with one: `act` comes once it has seen that nothing was ended. */
  function amidst(act: (session: string) => Promise<unknown>, read = Infinity): void {
    let reads = 0;
    const { sessions } = gatehouse.services;
    const { keep, get } = sessions;
    putBack = () => void Object.assign(sessions, { keep, get });
    const then = async <T>(result: T, uid: string): Promise<T> => {
      putBack();
      await act(uid);
      return result;
    };
    sessions.keep = async (of, uid, ...more) => then(await keep(of, uid, ...more), uid);
    sessions.get = async (of, uid, fresh) => {
      const found = await get(of, uid, fresh);
      reads += 1;
      return reads === read ? then(found, uid) : found;
    };
  }
  let putBack = () => {};
  afterEach(() => putBack());

  const ENDINGS: [string, (ada: UserAgent, session: string) => Promise<unknown>][] = [
    ['all others', (ada) => end(ada, 'end-others')],
    ['that one', (ada, session) => end(ada, 'end', { session })],
    ['every session', byService((accounts, id) => accounts.signOutEverywhere(tenant, id))],
  ];

  test.each(ENDINGS)('a session that begins while %s ends has ended', async (_, act) => {
    const [ada] = [await known(), await known()];
    const { agent, page } = await begin(tenant);
    amidst((session) => act(ada.agent, session));
    const { code } = answerOf(await signIn(agent, page));
    expect(await redeem(tenant.issuer, code)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    const silent = await agent.get(authorizationUrl(tenant.issuer, { client_id: 'first-party', prompt: 'none' }));
    expect(answerOf(silent).error).toBe('login_required');
  });

  test.each(ENDINGS)('what outlives a session is not issued while %s ends', async (_, act) => {
    await gatehouse.services.clients.create(tenant, webClient('web'));
    const [ada, other] = [await known(), await known()];
    const scope = 'openid offline_access';
    const { page } = await begin(tenant, { client_id: 'web', prompt: 'consent', scope }, other.agent);
    // The first read is for the page, the second for the answer to the client.
    amidst((session) => act(ada.agent, session), 2);
    const { code } = answerOf(await other.agent.submit(page, { decision: 'accept' }, isMain));
    const answer = await redeem(tenant.issuer, code, 'web');
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    const silent = await other.agent.get(authorizationUrl(tenant.issuer, { client_id: 'first-party', prompt: 'none' }));
    expect(answerOf(silent).error).toBe('login_required');
  });
});
