import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { ADA, accountsTenant, linkOn, mailsTo } from '../support/accounts-stage.ts';
import { moveClock, restoreClock, stopClock } from '../support/clock.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { wrong } from '../support/messages.ts';
import { PASSWORD } from '../support/relying-party.ts';
import { begin, signIn, userAgent } from '../support/stage.ts';
import type { Page, UserAgent } from '../support/user-agent.ts';
import { to } from '../support/user-agent.ts';

/** T093, T094: whether a name has an account is told by no page, header, cookie or count of messages; only to its mailbox. */

let gatehouse: TestGatehouse;
let tenant: Tenant;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  tenant = await accountsTenant(gatehouse, {
    authentication: { first_factors: ['password', 'email_code'] },
    risk: { sign_ups: { per_address: 1000 }, challenge: { from_score: 101 } },
  });
  const { accounts } = gatehouse.services;
  const user = (name: string, more: object = {}) =>
    accounts.create(tenant, { email: `${name}@example.com`, email_verified: true, password: PASSWORD, ...more });
  await user('off');
  await user('new', { email_verified: false, signUp: 'anybody' });
  await user('old');
  for (const name of ['key', 'pas']) await user(name, { password: undefined });
  await user('wai', { signUp: 'approval', status: 'pending' });
  for (const [name, status] of [
    ['off', 'disabled'],
    ['old', 'deactivated'],
  ] as const)
    await accounts.setStatus(tenant, (await accounts.findByIdentifier(tenant, `${name}@example.com`))!.id, status);
});
afterAll(() => gatehouse.stop());
beforeEach(stopClock);
afterEach(restoreClock);

/** Of each standing somebody, and somebody else whose name is as long and who has no account. */
const PAIRS = [
  ['active', 'ada', 'bob'],
  ['disabled', 'off', 'eve'],
  ['unverified', 'new', 'kim'],
  ['deactivated', 'old', 'mia'],
  ['without a password', 'key', 'tim'],
  ['waiting for approval', 'wai', 'zoe'],
].map(([standing, ...names]) => [standing!, ...names.map((name) => `${name}@example.com`)] as [string, string, string]);
const NOBODY = 'bob@example.com';

/** All that a stranger sees, without what is random and what was typed. */
function seen(page: Page, agent: UserAgent, typed: string) {
  const plain = (text: string) =>
    text
      .replaceAll(typed, '<typed>')
      .replaceAll(/(?<=[/=])[\w-]{43}(?=[&?"/]|$)/g, '<random>')
      .replaceAll(/(name="(?:csrf|stamp|challenge)" value=")[^"]*/g, '$1')
      .replaceAll(/data-(?:salt|options)="[^"]*"/g, '')
      .replaceAll(/<code>[0-9A-Za-z_-]{12,}<\/code>/g, '<code></code>');
  const headers = [...page.headers]
    .filter(([name]) => !['date', 'x-request-id', 'set-cookie', 'location'].includes(name))
    .map(([name, value]) => [name, plain(value)]);
  return {
    status: page.status,
    trail: page.trail.map(({ url, status, method }) => [method, status, plain(url)]),
    headers,
    cookies: agent.cookies().map(({ name, value, path }) => [name, value.length, plain(path)]),
    body: plain(page.body),
  };
}

const messages = async () => (await gatehouse.services.outbox.list(tenant, { limit: 1000 })).items.length;

async function told(by: (agent: UserAgent, email: string) => Promise<Page[]>, email: string) {
  const before = await messages();
  const agent = userAgent();
  const pages = await by(agent, email);
  return { pages: pages.map((page) => seen(page, agent, email)), messages: (await messages()) - before };
}

const WAYS: Record<string, (agent: UserAgent, email: string) => Promise<Page[]>> = {
  async 'sign-in with a wrong password'(agent, email) {
    const { page } = await begin(tenant, {}, agent);
    return [page, await signIn(agent, page, email, { password: 'wrong' })];
  },
  async 'sign-up, a wrong code, and another one'(agent, email) {
    const { page } = await begin(tenant, {}, agent);
    const form = await agent.get(linkOn(page, 'Create an account'));
    const asked = await agent.submit(form, { email, password: 'a new and unusual one' }, to('sign-up'));
    const refused = await agent.submit(asked, { code: '12345678' }, to('sign-up-code'));
    return [form, asked, refused, await agent.submit(refused, {}, to('sign-up-again'))];
  },
  async 'a lost password'(agent, email) {
    const form = await agent.get(`${tenant.issuer}/recovery`);
    return [form, await agent.submit(form, { identifier: email }, to('recovery'))];
  },
};

describe.each(Object.entries(WAYS))('%s', (_, by) => {
  test.each(PAIRS)('%s looks like nobody', async (_, somebody, nobody) => {
    const theirs = await told(by, somebody);
    expect(theirs).toEqual(await told(by, nobody));
    expect(theirs.pages.every(({ status }) => status < 500 && status !== 400)).toBe(true);
  });
});

test('the owner is told by mail who it was not, and a stranger that there is none', async () => {
  const templates = async (email: string) => (await mailsTo(gatehouse, tenant, email)).map(({ template }) => template);
  expect(await templates(ADA)).toEqual(['account_exists', 'reset_password']);
  expect(await templates(NOBODY)).toEqual(['verify_email', 'no_account']);
  // Who is shut out gets no way in.
  expect(await templates('off@example.com')).toEqual(['account_exists', 'no_account']);
});

test('no code is right for an address that is taken', async () => {
  const agent = userAgent();
  const { page } = await begin(tenant, { prompt: 'create' }, agent);
  const typed = { email: 'pas@example.com', password: 'a new and unusual one' };
  let asked = await agent.submit(page, typed, to('sign-up'));
  for (let i = 0; i < 6; i += 1) asked = await agent.submit(asked, { code: wrong('00000000') }, to('sign-up-code'));
  expect(asked.url).not.toContain('code=');
  expect((await gatehouse.services.accounts.findByIdentifier(tenant, typed.email))?.passwordHash).toBeUndefined();
});

test.each(PAIRS)('a sign-up after a code to sign in: %s looks like nobody', async (_, somebody, nobody) => {
  // What the forms before have spent is forgotten.
  moveClock(2 * 86_400);
  const by = async (agent: UserAgent, email: string) => {
    const { page } = await begin(tenant, {}, agent);
    const sent = await agent.submit(page, { identifier: email, method: 'email_code' }, to('login'));
    const form = await agent.get(linkOn(page, 'Create an account'));
    return [sent, await agent.submit(form, { email, password: 'a new and unusual one' }, to('sign-up'))];
  };
  const theirs = await told(by, somebody);
  expect(theirs).toEqual(await told(by, nobody));
  expect(theirs.pages.map(({ status }) => status)).toEqual([200, 200]);
});
