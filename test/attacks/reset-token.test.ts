import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { linkTokenRecord } from '../../src/factors/link-token/record.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { ADA, accountsTenant, eventsOf, linkIn, mailsTo, NEW_PASSWORD } from '../support/accounts-stage.ts';
import { moveClock, restoreClock } from '../support/clock.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { textOf } from '../support/html.ts';
import { PASSWORD } from '../support/relying-party.ts';
import { enrolApp } from '../support/second-factor.ts';
import { answerOf, begin, signIn, userAgent } from '../support/stage.ts';
import { formsOf, type Page, to } from '../support/user-agent.ts';

/** T096, T097: a link to a new password opens one account, once, for half an hour, to who reads its mailbox. */

let gatehouse: TestGatehouse;
let tenant: Tenant;
beforeAll(async () => {
  gatehouse = await startGatehouse();
});
afterAll(() => gatehouse.stop());
beforeEach(async () => {
  tenant = await accountsTenant(gatehouse);
});
afterEach(restoreClock);

const ada = async () => (await gatehouse.services.accounts.findByIdentifier(tenant, ADA))!;
async function askedLink(): Promise<string> {
  const before = (await mailsTo(gatehouse, tenant, ADA, 'reset_password')).length;
  const agent = userAgent();
  await agent.submit(await agent.get(`${tenant.issuer}/recovery`), { identifier: ADA }, to('recovery'));
  const mails = await mailsTo(gatehouse, tenant, ADA, 'reset_password');
  expect(mails).toHaveLength(before + 1);
  return linkIn(mails.at(-1)!);
}
const tokenIn = (link: string) => new URL(link).searchParams.get('token')!;
const passwordForm = (page: Page) => formsOf(page).find(to('password'));
/** As whoever has the token would, whatever the page says. */
async function reset(token: string, password = NEW_PASSWORD): Promise<Page> {
  const agent = userAgent();
  // Any page with a form gives the browser's own token of forms.
  const { csrf } = formsOf(await agent.get(`${tenant.issuer}/recovery`))[0]!.fields;
  return agent.post(`${tenant.issuer}/recovery/password`, { csrf: csrf!, token, password });
}
const works = async (password: string) => {
  const { agent, page } = await begin(tenant);
  return answerOf(await signIn(agent, page, ADA, { password })).code !== undefined;
};
async function expectDead(link: string): Promise<void> {
  const page = await userAgent().get(link);
  expect([page.status, textOf(page.body)]).toEqual([400, expect.stringContaining('does not work any more')]);
  expect(passwordForm(page)).toBeUndefined();
  const before = (await ada()).passwordHash;
  expect((await reset(tokenIn(link), 'set by who must not 123')).status).toBe(400);
  expect((await ada()).passwordHash).toBe(before);
}

describe('T096', () => {
  test('has 128 bits at least, another each time, and is nowhere but in the mail', async () => {
    const links = [await askedLink(), await askedLink()];
    const secrets = links.map((link) => tokenIn(link).split('.')[1]!);
    expect(new Set(secrets).size).toBe(2);
    for (const secret of secrets) expect(Buffer.from(secret, 'base64url').length * 8).toBeGreaterThanOrEqual(128);
    const kept = JSON.stringify([
      await tenant.store.records(linkTokenRecord).find(),
      await eventsOf(gatehouse, tenant),
    ]);
    expect(kept).toContain('"purpose":"reset"');
    for (const secret of secrets) for (const place of [kept, gatehouse.logged()]) expect(place).not.toContain(secret);
  });

  test('works once, of ten at a time', async () => {
    const link = await askedLink();
    const pages = await Promise.all(Array.from({ length: 10 }, (_, i) => reset(tokenIn(link), `${NEW_PASSWORD} ${i}`)));
    expect(pages.filter(({ url }) => url.endsWith('/recovery/done'))).toHaveLength(1);
    await expectDead(link);
  });

  test('ends after half an hour', async () => {
    const link = await askedLink();
    moveClock(29 * 60);
    expect(passwordForm(await userAgent().get(link))).toBeDefined();
    moveClock(61);
    await expectDead(link);
  });

  test('dies with a newer one', async () => {
    const link = await askedLink();
    await askedLink();
    await expectDead(link);
  });

  test.each<[string, () => Promise<unknown>]>([
    [
      'a new password',
      async () => gatehouse.services.accounts.setPassword(tenant, (await ada()).id, { password: NEW_PASSWORD }),
    ],
    [
      'a new address',
      async () => gatehouse.services.accounts.amend(tenant, (await ada()).id, { email: 'lovelace@example.com' }),
    ],
    ['an account that is disabled', async () => gatehouse.services.accounts.disable(tenant, (await ada()).id)],
  ])('dies with %s', async (_, change) => {
    const link = await askedLink();
    const { id } = await ada();
    await change();
    expect((await userAgent().get(link)).status).toBe(400);
    const before = (await gatehouse.services.accounts.get(tenant, id))!.passwordHash;
    expect((await reset(tokenIn(link))).status).toBe(400);
    expect((await gatehouse.services.accounts.get(tenant, id))!.passwordHash).toBe(before);
  });

  test('ends every session, tells the owner, and asks for the second factor as before', async () => {
    await enrolApp(gatehouse.services, tenant, (await ada()).id);
    const page = await reset(tokenIn(await askedLink()));
    expect(page.url).toBe(`${tenant.issuer}/recovery/done`);
    expect(await mailsTo(gatehouse, tenant, ADA, 'password_changed')).toHaveLength(1);
    const { agent, page: first } = await begin(tenant);
    const asked = await signIn(agent, first, ADA, { password: NEW_PASSWORD });
    expect(answerOf(asked).code).toBeUndefined();
    expect(formsOf(asked).some(to('code'))).toBe(true);
  });

  test.each<[string, (token: string) => string]>([
    ['another secret', (token) => `${token.split('.')[0]}.${'A'.repeat(43)}`],
    ['another place', (token) => `${'A'.repeat(43)}.${token.split('.')[1]}`],
    ['no secret', (token) => token.split('.')[0]!],
    ['nothing', () => ''],
    ['more', (token) => `${token}x`],
  ])('with %s it is none', async (_, forge) => {
    const link = await askedLink();
    expect((await reset(forge(tokenIn(link)))).status).toBe(400);
    expect(passwordForm(await userAgent().get(link))).toBeDefined();
  });

  test('of another tenant, or for another purpose, it is none', async () => {
    const link = await askedLink();
    const other = await accountsTenant(gatehouse);
    expect((await userAgent().get(link.replace(tenant.issuer, other.issuer))).status).toBe(400);
    const notMe = await gatehouse.services.recovery.notMeToken(tenant, (await ada()).id, 'one');
    expect((await reset(notMe)).status).toBe(400);
    for (const path of ['not-me', 'cancel', 'email'])
      expect((await userAgent().get(link.replace('/password', `/${path}`))).status).toBe(400);
    expect(await works(PASSWORD)).toBe(true);
  });
});

test('T097: five looks of a mail scanner use nothing up', async () => {
  const link = await askedLink();
  for (let i = 0; i < 5; i += 1) {
    const headers = { 'user-agent': 'Mozilla/5.0 (compatible; Microsoft Outlook SafeLinks)' };
    for (const method of ['GET', 'HEAD']) expect((await fetch(link, { method, headers })).status).toBe(200);
  }
  const person = userAgent();
  const done = await person.submit(await person.get(link), { password: NEW_PASSWORD }, to('password'));
  expect(done.url).toBe(`${tenant.issuer}/recovery/done`);
  expect(await works(NEW_PASSWORD)).toBe(true);
});

test('who had got as far as the old password gets no further once there is a new one', async () => {
  await gatehouse.services.accounts.requireReset(tenant, (await ada()).id);
  const thief = await begin(tenant);
  const stopped = await signIn(thief.agent, thief.page);
  expect(formsOf(stopped).some(to('reset-password'))).toBe(true);
  moveClock(2);
  await reset(tokenIn(await askedLink()));
  const again = await thief.agent.get(stopped.url);
  expect(again.url).not.toContain('code=');
  expect(again.body).toContain('name="password"');
});

test('mails whatever address is typed, but not from one place without end', async () => {
  const agent = userAgent();
  const form = await agent.get(`${tenant.issuer}/recovery`);
  const statuses: number[] = [];
  for (let i = 0; i < 32; i += 1)
    statuses.push((await agent.submit(form, { identifier: `u${i}@example.com` }, to('recovery'))).status);
  expect(statuses.slice(29)).toEqual([200, 429, 429]);
});

describe('the forms outside of a sign-in are sent by our own pages alone', () => {
  const paths = ['/recovery', '/recovery/password', '/recovery/not-me', '/recovery/cancel', '/recovery/email'];
  const more = ['/invitation', '/account/email/verify'];

  test.each([...paths, ...more])('%s', async (path) => {
    const agent = userAgent();
    const { csrf } = formsOf(await agent.get(`${tenant.issuer}/recovery`))[0]!.fields;
    const fields = { csrf: csrf!, token: 'a.b', identifier: ADA, password: NEW_PASSWORD };
    const url = tenant.issuer + path;
    const stranger = userAgent();
    const theirs = formsOf(await stranger.get(`${tenant.issuer}/recovery`))[0]!.fields.csrf!;
    const forged: Promise<Page>[] = [
      userAgent().post(url, fields),
      agent.post(url, { ...fields, csrf: '' }),
      agent.post(url, { ...fields, csrf: theirs }),
      agent.post(url, fields, { origin: 'https://evil.example' }),
      agent.post(url, fields, { origin: 'null', 'sec-fetch-site': 'cross-site' }),
      agent.post(url, fields, { 'sec-fetch-site': 'same-site' }),
    ];
    for (const page of await Promise.all(forged)) expect(page.status).toBe(403);
    expect((await agent.post(url, fields)).status).not.toBe(403);
    expect((await eventsOf(gatehouse, tenant)).filter(({ type }) => type === 'csrf.refused')).toHaveLength(6);
  });
});
