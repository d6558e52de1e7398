import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { phonesRecord } from '../../src/factors/phone/record.ts';
import { ADA, NEW_PASSWORD } from '../support/accounts-stage.ts';
import { createAuthenticator } from '../support/authenticator.ts';
import { moveClock, restoreClock } from '../support/clock.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { linkUpstream, openAccount, type PortalTenant, portalTenant } from '../support/portal-stage.ts';
import { PASSWORD } from '../support/relying-party.ts';
import { enrolApp, typeCode } from '../support/second-factor.ts';
import { goOn, userAgent } from '../support/stage.ts';
import { formsOf, to, type UserAgent } from '../support/user-agent.ts';

/** Who has somebody's browser for a moment; who has an account, and wants another's (T103, T115). */

const GRACE = 'grace@example.com';

let gatehouse: TestGatehouse;
let made: PortalTenant;
let theirs: PortalTenant;
let things: Record<'ada' | 'grace' | 'stranger', Things>;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  // The first page asks for the password alone, whatever there is.
  const authentication = { mfa: 'off' as const };
  made = await portalTenant(gatehouse, { authentication });
  theirs = await portalTenant(gatehouse, { authentication });
  things = {
    ada: await equip(made, made.ada, ADA),
    grace: await equip(made, made.grace, GRACE),
    stranger: await equip(theirs, theirs.grace, GRACE),
  };
  restoreClock();
});
afterAll(() => gatehouse.stop());
afterEach(restoreClock);

/** What one account has, by the id that the pages name it by. */
type Things = Record<'passkey' | 'app' | 'phone' | 'link' | 'device' | 'session', string>;

async function equip(at: PortalTenant, id: string, identifier: string): Promise<Things> {
  const { tenant } = at;
  const { passkeys, totp, trustedDevices, sessions } = gatehouse.services;
  await openAccount(tenant, '', { identifier });
  const ceremony = { binding: 'equip', name: 'Key' };
  const user = { id, name: identifier, displayName: identifier };
  const options = await passkeys.registrationOptions(tenant, user, ceremony);
  const response = createAuthenticator({ origin: gatehouse.url }).create(options);
  await passkeys.register(tenant, id, response, ceremony);
  await enrolApp(gatehouse.services, tenant, id);
  const phone = { id: `phone-of-${id}`, number: '+4915123456789', verifiedAt: 1 };
  await tenant.store.records(phonesRecord).insert(id, { phones: [phone] });
  await trustedDevices.trust(tenant, id, { origin: {}, days: 30 });
  return {
    passkey: (await passkeys.list(tenant, id))[0]!.id,
    app: (await totp.list(tenant, id))[0]!.id,
    phone: phone.id,
    link: await linkUpstream(gatehouse, at, id),
    device: (await trustedDevices.list(tenant, id))[0]!.id,
    session: (await sessions.list(tenant, id))[0]!.id,
  };
}

/** Each form, with what its owner would send. */
const FORMS: [string, (of: Things) => { path: string; fields?: Record<string, string> }][] = [
  ['password', () => ({ path: '/password', fields: { password: NEW_PASSWORD } })],
  ['passkeys/new', () => ({ path: '/passkeys/new', fields: { credential: '{}', name: 'Mine' } })],
  ['passkeys/name', ({ passkey }) => ({ path: `/passkeys/${passkey}/name`, fields: { name: 'Mine' } })],
  ['passkeys/remove', ({ passkey }) => ({ path: `/passkeys/${passkey}/remove` })],
  ['authenticators/new', () => ({ path: '/authenticators/new', fields: { code: '123456' } })],
  ['authenticators/remove', ({ app }) => ({ path: `/authenticators/${app}/remove` })],
  ['phones/new', () => ({ path: '/phones/new', fields: { number: '+49 1512 9999999' } })],
  ['phones/code', () => ({ path: '/phones/code', fields: { code: '123456' } })],
  ['phones/remove', ({ phone }) => ({ path: `/phones/${phone}/remove` })],
  ['recovery-codes', () => ({ path: '/recovery-codes' })],
  ['links/connect', () => ({ path: '/links/connect', fields: { upstream: 'corp' } })],
  ['links/remove', ({ link }) => ({ path: `/links/${link}/remove` })],
  ['email', () => ({ path: '/email', fields: { email: 'eve@example.com' } })],
  ['email/code', () => ({ path: '/email/code', fields: { code: '12345678' } })],
  ['devices/forget', ({ device }) => ({ path: '/devices/forget', fields: { device } })],
  ['deactivate', () => ({ path: '/deactivate', fields: { sure: 'yes' } })],
  ['apps/remove', () => ({ path: '/apps/remove', fields: { app: 'first-party' } })],
  ['sessions/end', ({ session }) => ({ path: '/sessions/end', fields: { session } })],
  ['sessions/end-others', () => ({ path: '/sessions/end-others' })],
];
const SENSITIVE = FORMS.filter(([name]) => !/^(sessions|apps)\//.test(name));
const OF_THINGS = FORMS.filter(([, form]) => form.length > 0);

/** All that could have been changed of an account. */
async function stateOf({ tenant }: PortalTenant, id: string): Promise<string> {
  const { accounts, passkeys, totp, phones, upstreams, recoveryCodes, trustedDevices, sessions } = gatehouse.services;
  const state = await Promise.all([
    accounts.get(tenant, id),
    passkeys.list(tenant, id),
    totp.list(tenant, id),
    phones.list(tenant, id),
    upstreams.list(tenant, id),
    recoveryCodes.status(tenant, id),
    trustedDevices.list(tenant, id),
    sessions.list(tenant, id).then((all) => all.map((one) => one.id).sort()),
  ]);
  return JSON.stringify(state);
}

/** A browser of the user's that has proven all just now, and the token of its forms. */
async function freshBrowser(at = made, identifier = ADA): Promise<{ agent: UserAgent; csrf: string }> {
  const { tenant } = at;
  const { sessions, accounts } = gatehouse.services;
  const { agent } = await openAccount(tenant, '', { identifier });
  const { id } = (await accounts.findByIdentifier(tenant, identifier))!;
  const newest = (await sessions.list(tenant, id)).sort((a, b) => b.proofs[0]!.at - a.proofs[0]!.at);
  for (const session of newest)
    await sessions.addProof(tenant, session.id, id, { factor: 'totp', at: Math.floor(Date.now() / 1000) });
  return { agent, csrf: await tokenOf(agent, at) };
}
const tokenOf = async (agent: UserAgent, { tenant }: PortalTenant) =>
  formsOf(await agent.get(`${tenant.issuer}/account/email`))[0]!.fields.csrf!;

const post = (
  agent: UserAgent,
  { path, fields = {} }: { path: string; fields?: Record<string, string> },
  csrf: string,
  headers?: Record<string, string>,
) => agent.post(`${made.tenant.issuer}/account${path}`, { ...fields, csrf }, headers);

const refusals = async () =>
  (
    await gatehouse.services.audit.find(made.tenant.id, {
      where: { field: 'type', equals: 'account.refused' },
      limit: 1000,
    })
  ).items;

describe('a session that was proven too long ago', () => {
  let agent: UserAgent;
  let csrf: string;
  beforeAll(async () => {
    ({ agent, csrf } = await freshBrowser());
  });

  test.each(SENSITIVE)('%s: refused, on record, and nothing is changed', async (_, form) => {
    moveClock(301);
    const before = await stateOf(made, made.ada);
    const known = (await refusals()).length;
    const page = await post(agent, form(things.ada), csrf);
    expect(page).toMatchObject({ status: 401, trail: { length: 1 } });
    expect(page.body).toContain('Please confirm that it is you');
    const program = await post(agent, form(things.ada), csrf, { accept: 'application/json' });
    expect(program.status).toBe(401);
    expect(program.headers.get('www-authenticate')).toMatch(
      /^Bearer error="insufficient_user_authentication", max_age="300", acr_values="urn:gatehouse:aal2"$/,
    );
    expect(JSON.parse(program.body)).toMatchObject({ code: 'insufficient_user_authentication' });
    expect(await stateOf(made, made.ada)).toBe(before);
    const since = (await refusals()).slice(known);
    expect(since).toMatchObject([
      { target: made.ada, outcome: 'failure', details: { reason: 'insufficient_user_authentication' } },
      { target: made.ada },
    ]);
  });
});

test.each(SENSITIVE)('%s by the password alone, of who has a second factor', async (_, form) => {
  const { csrf } = await freshBrowser();
  const { agent } = await openAccount(made.tenant);
  const before = await stateOf(made, made.ada);
  expect((await post(agent, form(things.ada), csrf)).status).toBe(401);
  expect(await stateOf(made, made.ada)).toBe(before);
});

test.each(FORMS)('%s of nobody leads to the sign-in', async (_, form) => {
  const before = await stateOf(made, made.ada);
  const page = await post(userAgent(), form(things.ada), 'x');
  expect(page.url).toContain('/interaction/');
  const program = await post(userAgent(), form(things.ada), 'x', { accept: 'application/json' });
  expect([program.status, program.trail.length]).toEqual([401, 1]);
  expect(await stateOf(made, made.ada)).toBe(before);
});

describe('forms of another site', () => {
  let agent: UserAgent;
  let csrf: string;
  let tokens: Record<string, string>;
  beforeAll(async () => {
    const other = await freshBrowser();
    const grace = await freshBrowser(made, GRACE);
    ({ agent, csrf } = await freshBrowser());
    tokens = {
      'no token': '',
      'a wrong token': 'A'.repeat(43),
      'the token of another browser': other.csrf,
      'the token of another user': grace.csrf,
    };
  });

  test.each(FORMS)('%s', async (_, form) => {
    const before = await stateOf(made, made.ada);
    const refused = async (token: string, headers?: Record<string, string>) => {
      const page = await post(agent, form(things.ada), token, headers);
      expect(page).toMatchObject({ status: 403, trail: { length: 1 } });
    };
    for (const token of Object.values(tokens)) await refused(token);
    await refused(csrf, { origin: 'https://evil.example' });
    await refused(csrf, { origin: 'null', 'sec-fetch-site': 'cross-site' });
    await refused(csrf, { 'sec-fetch-site': 'same-site' });
    expect(await stateOf(made, made.ada)).toBe(before);
  });
});

test.each(OF_THINGS)('%s of somebody else is not found, and stays', async (_, form) => {
  const { agent, csrf } = await freshBrowser();
  for (const [owner, at, id] of [
    ['grace', made, made.grace],
    ['stranger', theirs, theirs.grace],
  ] as const) {
    const before = [await stateOf(at, id), await stateOf(made, made.ada)];
    const { path, fields } = form(things[owner]);
    expect((await post(agent, { path, ...(fields && { fields }) }, csrf)).status).toBe(404);
    expect([await stateOf(at, id), await stateOf(made, made.ada)]).toEqual(before);
    const page = path.replace(/\/(name|remove|forget|end)$/, '');
    if (page.includes(things[owner].passkey))
      expect((await agent.get(`${made.tenant.issuer}/account${page}`)).status).toBe(404);
  }
});

test('the session of another tenant is none', async () => {
  const { agent } = await freshBrowser(theirs, GRACE);
  const moved = agent.cookies().map((cookie) => ({ ...cookie, path: made.tenant.basePath }));
  const thief = userAgent();
  thief.setCookies(moved);
  expect((await thief.get(`${made.tenant.issuer}/account`)).url).toContain('/interaction/');
});

test('a form that was open while another user signed in is refused', async () => {
  const { agent, csrf } = await freshBrowser();
  const asked = await agent.get(`${made.tenant.issuer}/auth?${await anotherSignIn()}`);
  await goOn(agent, await agent.submit(asked, { identifier: GRACE, password: PASSWORD }, to('login')));
  const { sessions } = gatehouse.services;
  for (const { id } of await sessions.list(made.tenant, made.grace))
    await sessions.addProof(made.tenant, id, made.grace, { factor: 'totp', at: Math.floor(Date.now() / 1000) });
  const before = await stateOf(made, made.grace);
  expect((await post(agent, { path: '/recovery-codes' }, csrf)).status).toBe(403);
  expect(await stateOf(made, made.grace)).toBe(before);
});

/** The request of the account's own pages, with `prompt=login`. */
async function anotherSignIn(): Promise<URLSearchParams> {
  const { trail } = await userAgent().get(`${made.tenant.issuer}/account`);
  const { searchParams } = new URL(trail.find(({ url }) => url.includes('/auth?'))!.url);
  searchParams.set('prompt', 'login');
  return searchParams;
}

test.each(['https://evil.example/', '//evil.example', '/account/../../evil', '/account/passkeys/x', 'x', ''])(
  'the way back leads nowhere else: %s',
  async (state) => {
    const { agent } = await openAccount(made.tenant);
    const page = await agent.get(`${made.tenant.issuer}/account/callback?${new URLSearchParams({ state, code: 'x' })}`);
    expect(page.url).toBe(`${made.tenant.issuer}/account`);
    const refused = await agent.get(
      `${made.tenant.issuer}/account/callback?${new URLSearchParams({ state, error: 'x' })}`,
    );
    expect(refused.status).toBe(403);
    expect(refused.body).not.toContain('evil');
  },
);

test.each(['constructor', 'toString', '__proto__'])('an error "%s" is one like any other', async (error) => {
  const page = await userAgent().get(`${made.tenant.issuer}/account/callback?${new URLSearchParams({ error })}`);
  expect(page.status).toBe(403);
});

test('a session that ended while it proved something stays ended', async () => {
  const { sessions } = gatehouse.services;
  await openAccount(made.tenant, '', { identifier: GRACE });
  const { id } = (await sessions.list(made.tenant, made.grace))[0]!;
  await sessions.remove(made.tenant, id);
  await sessions.addProof(made.tenant, id, made.grace, { factor: 'totp', at: Math.floor(Date.now() / 1000) });
  expect(await sessions.get(made.tenant, id)).toBeUndefined();
});

test('who is disabled is signed out at the next request', async () => {
  const { tenant, ada } = await portalTenant(gatehouse);
  const { agent } = await openAccount(tenant);
  await gatehouse.services.accounts.disable(tenant, ada);
  expect((await agent.get(`${tenant.issuer}/account`)).url).toContain('/interaction/');
});

test('the last two second factors, removed at once: one stays', async () => {
  const { totp, phones } = gatehouse.services;
  for (let round = 0; round < 3; round += 1) {
    const at = await portalTenant(gatehouse, { authentication: { mfa: 'required' } });
    const { tenant, ada } = at;
    const secret = await enrolApp(gatehouse.services, tenant, ada);
    const phone = { id: 'phone', number: '+4915123456789', verifiedAt: 1 };
    await tenant.store.records(phonesRecord).insert(ada, { phones: [phone] });
    const { agent, page } = await openAccount(tenant);
    await typeCode(agent, await agent.get(`${page.url}&method=totp`), secret);
    const csrf = await tokenOf(agent, at);
    const app = (await totp.list(tenant, ada))[0]!.id;
    const remove = (path: string) => agent.post(`${tenant.issuer}/account/${path}/remove`, { csrf });
    await Promise.all([0, 1, 2].flatMap(() => [`authenticators/${app}`, 'phones/phone'].map(remove)));
    const left = [...(await totp.list(tenant, ada)), ...(await phones.list(tenant, ada))];
    expect(left).toHaveLength(1);
  }
});
