import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { ADA, accountsTenant, linkIn, linkOn, mailsTo, mailTo, NEW_PASSWORD } from '../support/accounts-stage.ts';
import { moveClock, restoreClock } from '../support/clock.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { textOf } from '../support/html.ts';
import { codeIn } from '../support/messages.ts';
import { PASSWORD } from '../support/relying-party.ts';
import { enrolApp } from '../support/second-factor.ts';
import { answerOf, begin, signIn, userAgent } from '../support/stage.ts';
import { formsOf, type Page, to, type UserAgent } from '../support/user-agent.ts';

/** Ways back into an account, by the pages that mails lead to. All of it without script. */

let gatehouse: TestGatehouse;
beforeAll(async () => {
  gatehouse = await startGatehouse();
});
afterAll(() => gatehouse.stop());
afterEach(restoreClock);

const ada = async (tenant: Tenant) => (await gatehouse.services.accounts.findByIdentifier(tenant, ADA))!;
const resetMail = (tenant: Tenant) => mailTo(gatehouse, tenant, ADA, 'reset_password');
const signedIn = async (tenant: Tenant, password = PASSWORD) => {
  const { agent, page } = await begin(tenant);
  return { agent, page: await signIn(agent, page, ADA, { password }) };
};
const isIn = (page: Page) => answerOf(page).code !== undefined;
/** Asks for a link, opens it, and chooses a password. */
async function recover(tenant: Tenant, agent: UserAgent, asked?: Page): Promise<Page> {
  const page = asked ?? (await agent.get(`${tenant.issuer}/recovery`));
  await agent.submit(page, { identifier: ADA }, to('recovery'));
  const form = await agent.get(linkIn(await resetMail(tenant)));
  return agent.submit(form, { password: NEW_PASSWORD }, to('password'));
}

test('a forgotten password: from the first page to a new one, and on with the sign-in that was begun', async () => {
  const tenant = await accountsTenant(gatehouse);
  const elsewhere = await signedIn(tenant);
  const { agent, page } = await begin(tenant, { state: 'begun-here' });
  const done = await recover(tenant, agent, await agent.get(linkOn(page, 'Forgot your password?')));
  const first = await agent.get(linkOn(done, 'Sign in'));
  const refused = await signIn(agent, first);
  expect(textOf(refused.body)).toContain('These details do not match');
  const back = await signIn(agent, refused, ADA, { password: NEW_PASSWORD });
  expect(answerOf(back)).toMatchObject({ code: expect.any(String), state: 'begun-here' });
  // Whoever was in is out, and the owner is told.
  expect((await begin(tenant, {}, elsewhere.agent)).page.body).toContain('name="password"');
  expect(await mailsTo(gatehouse, tenant, ADA, 'password_changed')).toHaveLength(1);
});

test('in a browser that began nothing, one goes on at the own account', async () => {
  const tenant = await accountsTenant(gatehouse);
  const done = await recover(tenant, userAgent());
  expect(linkOn(done, 'Sign in')).toBe(`${tenant.issuer}/account`);
});

test('a refused password leaves the link as it is', async () => {
  const tenant = await accountsTenant(gatehouse);
  const agent = userAgent();
  await agent.submit(await agent.get(`${tenant.issuer}/recovery`), { identifier: ADA }, to('recovery'));
  let page = await agent.get(linkIn(await resetMail(tenant)));
  for (const [password, words] of [
    ['', 'Enter your password.'],
    ['short', 'Use at least 15 characters.'],
    ['ada@example.com ada@example.com', 'mostly names'],
  ] as const) {
    page = await agent.submit(page, { password }, to('password'));
    expect([page.status, textOf(page.body)]).toEqual([422, expect.stringContaining(words)]);
  }
  expect((await agent.submit(page, { password: NEW_PASSWORD }, to('password'))).url).toContain('/recovery/done');
});

test('an account that its user has put to rest comes back', async () => {
  const tenant = await accountsTenant(gatehouse);
  await gatehouse.services.accounts.setStatus(tenant, (await ada(tenant)).id, 'deactivated');
  expect(isIn((await signedIn(tenant)).page)).toBe(false);
  await recover(tenant, userAgent());
  expect(isIn((await signedIn(tenant, NEW_PASSWORD)).page)).toBe(true);
});

test('a password that others may know leads to the mailbox, and no further', async () => {
  const tenant = await accountsTenant(gatehouse);
  await gatehouse.services.accounts.requireReset(tenant, (await ada(tenant)).id);
  const { agent, page } = await signedIn(tenant);
  expect(textOf(page.body)).toContain('a•••@example.com');
  expect(await mailsTo(gatehouse, tenant, ADA)).toEqual([]);
  const sent = await agent.submit(page, {}, to('reset-password'));
  expect(formsOf(sent).some(to('reset-password'))).toBe(false);
  await agent.get(sent.url);
  expect(await mailsTo(gatehouse, tenant, ADA, 'reset_password')).toHaveLength(1);
  const owner = userAgent();
  const form = await owner.get(linkIn(await resetMail(tenant)));
  await owner.submit(form, { password: NEW_PASSWORD }, to('password'));
  expect(isIn((await signedIn(tenant, NEW_PASSWORD)).page)).toBe(true);
});

test('“this was not me”: all sessions end, the password is of no use, a link to a new one is mailed', async () => {
  const tenant = await accountsTenant(gatehouse);
  const thief = await signedIn(tenant);
  const token = await gatehouse.services.recovery.notMeToken(tenant, (await ada(tenant)).id, 'one');
  const link = `${tenant.issuer}/recovery/not-me?token=${token}`;
  for (let i = 0; i < 5; i += 1) expect((await userAgent().get(link)).status).toBe(200);
  expect(isIn((await begin(tenant, {}, thief.agent)).page)).toBe(true);

  const owner = userAgent();
  const done = await owner.submit(await owner.get(link), {}, to('not-me'));
  expect(textOf(done.body)).toContain('locked against others');
  expect(isIn((await begin(tenant, {}, thief.agent)).page)).toBe(false);
  expect(textOf((await signedIn(tenant)).page.body)).toContain('You need a new password');
  expect((await owner.get(linkIn(await resetMail(tenant)))).status).toBe(200);
  expect((await owner.get(link)).status).toBe(400);
});

describe('a lost second factor', () => {
  async function lost() {
    const tenant = await accountsTenant(gatehouse);
    await enrolApp(gatehouse.services, tenant, (await ada(tenant)).id);
    const { agent, page } = await signedIn(tenant);
    return { tenant, agent, page };
  }
  const askFor = async (tenant: Tenant, agent: UserAgent, page: Page) => {
    const shown = await agent.get(linkOn(page, 'Lost all of these?'));
    const sent = await agent.submit(shown, {}, to('lost-send'));
    const code = codeIn(await mailTo(gatehouse, tenant, ADA, 'sign_in_code'));
    return agent.submit(sent, { code }, to('lost-code'));
  };

  test('is taken away after the wait, by who proves the rest once more', async () => {
    const { tenant, agent, page } = await lost();
    const waits = await askFor(tenant, agent, page);
    expect(textOf(waits.body)).toContain('can be removed from');
    expect(formsOf(waits).some(to('lost-finish'))).toBe(false);
    // The code of the mailbox was no second factor.
    expect(isIn((await signedIn(tenant)).page)).toBe(false);

    moveClock(73 * 3600);
    const later = await signedIn(tenant);
    const due = await later.agent.get(linkOn(later.page, 'Lost all of these?'));
    expect(isIn(await later.agent.submit(due, {}, to('lost-finish')))).toBe(true);
    expect(await gatehouse.services.totp.list(tenant, (await ada(tenant)).id)).toEqual([]);
  });

  test('stays where its owner says no', async () => {
    const { tenant, agent, page } = await lost();
    await askFor(tenant, agent, page);
    const owner = userAgent();
    const link = linkIn(await mailTo(gatehouse, tenant, ADA, 'delayed_reset'));
    await owner.submit(await owner.get(link), {}, to('cancel'));
    moveClock(73 * 3600);
    const { page: later } = await signedIn(tenant);
    expect(textOf(later.body)).toContain('You need a new password');
    expect(await gatehouse.services.totp.list(tenant, (await ada(tenant)).id)).toHaveLength(1);
  });
});

test('a changed address is undone by the link to the old one', async () => {
  const tenant = await accountsTenant(gatehouse);
  const { id } = await ada(tenant);
  const { emailChange } = gatehouse.services;
  const from = { ip: '192.0.2.1' };
  await emailChange.begin(tenant, id, 'eve@example.com', 'session', from);
  const code = codeIn(await mailTo(gatehouse, tenant, 'eve@example.com'));
  expect(await emailChange.confirm(tenant, id, 'session', { code }, from)).toMatchObject({ ok: true });
  const link = linkIn(await mailTo(gatehouse, tenant, ADA, 'email_changed_old'));
  const owner = userAgent();
  const done = await owner.submit(await owner.get(link), {}, to('email'));
  expect(textOf(done.body)).toContain('Your address is back');
  expect(await ada(tenant)).toMatchObject({ id, email: ADA });
  expect((await owner.get(linkIn(await resetMail(tenant)))).status).toBe(200);
});

test('the link to a new address counts in the browser whose session asked for it, elsewhere it shows the code', async () => {
  const tenant = await accountsTenant(gatehouse);
  const agent = userAgent();
  const form = await signIn(agent, await agent.get(`${tenant.issuer}/account/email`));
  await agent.submit(form, { email: 'lovelace@example.com' }, to('email'));
  const mail = await mailTo(gatehouse, tenant, 'lovelace@example.com');
  const shown = await userAgent().get(linkIn(mail));
  expect(formsOf(shown)).toEqual([]);
  expect(textOf(shown.body)).toContain(codeIn(mail));
  expect(await ada(tenant)).toBeDefined();
  const confirmed = await agent.submit(await agent.get(linkIn(mail)), {}, to('verify'));
  expect(confirmed.url).toBe(`${tenant.issuer}/account`);
  const { accounts } = gatehouse.services;
  expect(await accounts.findByIdentifier(tenant, 'lovelace@example.com')).toMatchObject({ email_verified: true });
  expect((await agent.get(linkIn(mail))).status).toBe(400);
});
