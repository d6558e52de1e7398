import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { TenantSettingsInput } from '../../src/tenants/settings.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { eventsOf } from '../support/accounts-stage.ts';
import { moveClock, restoreClock } from '../support/clock.ts';
import type { TestGatehouse } from '../support/gatehouse.ts';
import { textOf } from '../support/html.ts';
import { openAccount } from '../support/portal-stage.ts';
import { PASSWORD } from '../support/relying-party.ts';
import { begin, signIn, userAgent } from '../support/stage.ts';
import { connect, goesOnTo, hasForm, press, startWithUpstreams, tenantWith } from '../support/upstream-pages.ts';
import { formsOf, type Page, to, type UserAgent } from '../support/user-agent.ts';

/** Who is signed in links an account of another provider, whatever address that has. Without script. */

const LINKS = '/account/links';
let gatehouse: TestGatehouse;
let globex: Tenant;
beforeAll(async () => {
  gatehouse = await startWithUpstreams();
  globex = await gatehouse.tenant({ id: 'globex', name: 'Globex', settings: { signing: { algorithms: ['ES256'] } } });
  for (const email of ['lin@globex.example', 'kim@globex.example'])
    await gatehouse.services.accounts.create(globex, { email, email_verified: true, password: PASSWORD });
});
afterAll(() => gatehouse.stop());
afterEach(restoreClock);

async function setUp(more: object = {}, settings: TenantSettingsInput = {}) {
  const { id, issuer } = await tenantWith(gatehouse, [], settings);
  const upstreams = [await connect(gatehouse, globex, { issuer }, more)];
  await gatehouse.services.tenants.change(id, {
    settings: { signing: { algorithms: ['ES256'] }, upstreams, ...settings },
  });
  const tenant = (await gatehouse.services.resolver.byId(id))!;
  const { accounts } = gatehouse.services;
  const ada = (await accounts.findByIdentifier(tenant, 'ada@example.com'))!.id;
  await accounts.create(tenant, { email: 'grace@example.com', email_verified: true, password: PASSWORD });
  return { tenant, ada };
}

const leave = (agent: UserAgent, page: Page) => agent.submit(page, { upstream: 'globex' }, to('account/links/connect'));
/** Signs in at the other provider, and comes back. */
async function goThere(agent: UserAgent, left: Page, identifier: string): Promise<Page> {
  const there = await agent.get(goesOnTo(left)!);
  return hasForm(there, 'login') ? signIn(agent, there, identifier) : there;
}
async function link(tenant: Tenant, agent: UserAgent, identifier = 'lin@globex.example'): Promise<Page> {
  return goThere(agent, await leave(agent, await agent.get(tenant.issuer + LINKS)), identifier);
}
const said = (page: Page) => textOf(page.body);
const offersIt = (page: Page) => hasForm(page, 'account/links/connect');
const links = async (tenant: Tenant, accountId: string) =>
  (await gatehouse.services.upstreams.list(tenant, accountId)).map(({ email }) => email);

test('links it, signs in by it, and is not offered it again', async () => {
  const { tenant, ada } = await setUp();
  const { agent, page } = await openAccount(tenant, '/links');
  expect(said(page)).toContain('Connect Globex');
  const done = await link(tenant, agent);
  expect([done.status, new URL(done.url).pathname]).toEqual([200, `${tenant.basePath}${LINKS}`]);
  expect(said(done)).toContain('You can sign in with Globex now.');
  expect(offersIt(done)).toBe(false);
  expect(await links(tenant, ada)).toEqual(['lin@globex.example']);
  const enrolled = (await eventsOf(gatehouse, tenant)).filter(({ type }) => type === 'factor.enrolled');
  expect(enrolled).toMatchObject([{ target: ada, details: { upstream: 'globex' } }]);

  const other = userAgent();
  const asked = (await begin(tenant, {}, other)).page;
  const { url } = await press(other, asked, 'globex');
  const back = await signIn(other, await other.get(url), 'lin@globex.example');
  expect(back.url).toContain('code=');

  // This browser is told by which way it was, until it is another.
  const again = (await begin(tenant, { prompt: 'login' }, other)).page;
  expect(said(again)).toContain('Continue with Globex Last used');
  await signIn(other, again);
  expect(said((await begin(tenant, { prompt: 'login' }, other)).page)).not.toContain('Last used');
  expect(said((await begin(tenant)).page)).not.toContain('Last used');
});

test('what another account has is not taken from it', async () => {
  const { tenant, ada } = await setUp();
  await link(tenant, (await openAccount(tenant, '/links')).agent);
  const grace = await openAccount(tenant, '/links', { identifier: 'grace@example.com' });
  const refused = await link(tenant, grace.agent);
  expect([refused.status, said(refused)]).toEqual([
    400,
    expect.stringContaining('This account of Globex belongs to another account here.'),
  ]);
  expect(await links(tenant, ada)).toEqual(['lin@globex.example']);
  expect(offersIt(refused)).toBe(true);
});

test('who is somebody else by now links nothing (T107)', async () => {
  const { tenant, ada } = await setUp();
  const { agent } = await openAccount(tenant, '/links');
  const left = await leave(agent, await agent.get(tenant.issuer + LINKS));
  // The browser is given to another user while it is there.
  await agent.submit(await agent.get(`${tenant.issuer}/session/end`), { logout: 'yes' });
  await openAccount(tenant, '/links', { identifier: 'grace@example.com', agent });
  const back = await goThere(agent, left, 'lin@globex.example');
  expect(said(back)).not.toContain('You can sign in with Globex now.');
  const grace = (await gatehouse.services.accounts.findByIdentifier(tenant, 'grace@example.com'))!.id;
  expect([await links(tenant, ada), await links(tenant, grace)]).toEqual([[], []]);
});

test('an address of another browser does not come in (T107)', async () => {
  const { tenant, ada } = await setUp();
  const eve = await openAccount(tenant, '/links', { identifier: 'grace@example.com' });
  const left = await leave(eve.agent, await eve.agent.get(tenant.issuer + LINKS));
  const { agent } = await openAccount(tenant, '/links');
  const back = await goThere(agent, left, 'kim@globex.example');
  expect(back.status).toBeGreaterThanOrEqual(400);
  // Nor does the way back of itself do anything.
  await agent.get(`${tenant.issuer}${LINKS}/connected`);
  expect(await links(tenant, ada)).toEqual([]);
});

test('a proof that is too old by the way back is asked for anew, and then it goes on', async () => {
  const { tenant, ada } = await setUp();
  const { agent, page } = await openAccount(tenant, '/links');
  const left = await leave(agent, page);
  moveClock(400);
  const asked = await goThere(agent, left, 'lin@globex.example');
  expect(await links(tenant, ada)).toEqual([]);
  const back = await agent.submit(asked, { identifier: 'ada@example.com', password: PASSWORD }, to('login'));
  expect(said(back)).toContain('You can sign in with Globex now.');
  expect(await links(tenant, ada)).toEqual(['lin@globex.example']);
});

test('who stops there is told so', async () => {
  const { tenant } = await setUp();
  const { agent, page } = await openAccount(tenant, '/links');
  const there = await agent.get(goesOnTo(await leave(agent, page))!);
  const back = await agent.submit(there, {}, to('cancel'));
  expect([back.status, said(back)]).toEqual([400, expect.stringContaining('Globex did not sign you in')]);
});

test.each([
  ['linking is never', { linking: 'never' as const }],
  ['it is switched off', { enabled: false }],
  ['it has no button', { button: false, domains: ['globex.example'] }],
])('where %s it is not offered, and its form refused', async (_name, more) => {
  const { tenant, ada } = await setUp(more);
  const { agent, page } = await openAccount(tenant, '/links');
  expect(offersIt(page)).toBe(false);
  const { csrf } = formsOf(await agent.get(`${tenant.issuer}/account/email`))[0]!.fields;
  const answer = await agent.post(`${tenant.issuer}${LINKS}/connect`, { csrf: csrf!, upstream: 'globex' });
  expect([answer.status, goesOnTo(answer)]).toEqual([400, undefined]);
  expect(await links(tenant, ada)).toEqual([]);
});
