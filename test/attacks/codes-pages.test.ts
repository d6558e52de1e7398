import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { AuditEvent } from '../../src/audit/audit.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { moveClock, restoreClock, stopClock } from '../support/clock.ts';
import { ADA, adaOf, ask, codesTenant, linkIn, messagesOf, typeCode, withNumber } from '../support/codes-stage.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { textOf } from '../support/html.ts';
import { codeIn, wrong } from '../support/messages.ts';
import { CALLBACK, PASSWORD } from '../support/relying-party.ts';
import { answerOf, begin, signIn, userAgent } from '../support/stage.ts';
import { formsOf, type Page, to, type UserAgent } from '../support/user-agent.ts';

/** Guessed codes, links that others open, and pages that are asked whether there is an account. */

let gatehouse: TestGatehouse;
beforeAll(async () => {
  gatehouse = await startGatehouse();
});
afterAll(() => gatehouse.stop());
afterEach(restoreClock);

const eventsOf = async (tenant: Tenant): Promise<AuditEvent[]> =>
  (await gatehouse.services.audit.find(tenant.id, { limit: 1000 })).items;
const reasonsOf = async (tenant: Tenant) =>
  (await eventsOf(tenant)).filter(({ type }) => type === 'factor.refused').map(({ details }) => details?.reason);
const isSignedIn = (agent: UserAgent) => agent.cookies().some(({ name }) => name.includes('session'));
const uidOf = (page: Page) => new URL(page.url).pathname.split('/interaction/')[1]!.split('/')[0]!;

/** All of an answer that may not tell one name from another. */
function seen(page: Page, names: readonly string[]) {
  const volatile = ['date', 'x-request-id', 'content-length', 'set-cookie'];
  const plain = (text: string) =>
    [uidOf(page), page.headers.get('x-request-id')!, ...names]
      .reduce((all, part) => all.replaceAll(part, '·'), text)
      .replaceAll(/name="csrf" value="[^"]+"/g, 'csrf');
  return {
    trail: page.trail.map(({ status, method }) => `${method} ${status}`),
    headers: [...page.headers]
      .filter(([name]) => !volatile.includes(name))
      .map(([name, value]) => [name, plain(value)]),
    cookies: page.headers.getSetCookie().map((cookie) => cookie.split('=')[0]),
    body: plain(page.body),
  };
}

describe('T094, T095 no page and no message tells whether there is an account', () => {
  beforeEach(stopClock);
  type Someone = (tenant: Tenant) => Promise<unknown>;
  const noChange = async () => undefined;
  const withStatus = (status: 'disabled' | 'pending') => async (tenant: Tenant) =>
    gatehouse.services.accounts.setStatus(tenant, await adaOf(gatehouse, tenant), status);
  const unverified = async (tenant: Tenant) =>
    gatehouse.services.accounts.amend(tenant, await adaOf(gatehouse, tenant), { email_verified: false });
  const withForeignNumber = (tenant: Tenant) => withNumber(gatehouse, tenant, '+33612345678');
  const others: [string, string, Someone][] = [
    ['email_code', 'nobody', noChange],
    ['email_code', 'a user who is disabled', withStatus('disabled')],
    ['email_code', 'a user who waits for approval', withStatus('pending')],
    ['email_code', 'an address that nobody has verified', unverified],
    ['email_link', 'nobody', noChange],
    ['email_link', 'a user who is disabled', withStatus('disabled')],
    ['sms_code', 'nobody', noChange],
    ['sms_code', 'a user without number', noChange],
    ['sms_code', 'a user with a number of a country that gets no messages', withForeignNumber],
  ];

  /** Asks for a code, too soon for another, guesses until no more are looked at, and asks again. */
  async function play(tenant: Tenant, method: string, name: string) {
    const { agent, page } = await begin(tenant);
    const asked = await ask(agent, page, method, name);
    const pages = [page, asked, await agent.submit(asked, {}, to('send'))];
    for (let i = 0; i < 6; i += 1) pages.push(await typeCode(agent, asked, `0000000${i}`));
    pages.push(await agent.post(asked.url.replace('?', '/link?'), { ...formsOf(asked)[0]!.fields, token: 'x.y' }));
    pages.push(await begin(tenant, {}, agent).then((again) => ask(again.agent, again.page, method, name)));
    return pages.map((one) => seen(one, [name]));
  }

  test.each(others)('%s: %s', async (method, who, change) => {
    const settings = { first_factors: [method as 'email_code'] };
    const [known, unknown] = [await codesTenant(gatehouse, settings), await codesTenant(gatehouse, settings)];
    if (method === 'sms_code') await withNumber(gatehouse, known);
    await change(unknown);
    const name = who === 'nobody' ? 'eve@example.com' : ADA;
    const plain = (pages: unknown, { id }: Tenant) => JSON.parse(JSON.stringify(pages).replaceAll(id, '·'));
    expect(plain(await play(unknown, method, name), unknown)).toEqual(plain(await play(known, method, ADA), known));
    expect(await messagesOf(gatehouse, unknown).sent()).toEqual([]);
    await messagesOf(gatehouse, known).next();
    const reasons = [...Array(5).fill('wrong'), 'used_up'];
    expect((await reasonsOf(unknown)).filter((reason) => reasons.includes(String(reason)))).toHaveLength(6);
  });

  test('the page after the name is the same for every name', async () => {
    const tenant = await codesTenant(gatehouse, { identifier_first: true, first_factors: ['password', 'email_code'] });
    await gatehouse.services.accounts.create(tenant, { email: 'bob@example.com', email_verified: true });
    const pages = [];
    for (const name of [ADA, 'bob@example.com', 'eve@example.com', 'eve@example.com']) {
      const { agent, page } = await begin(tenant);
      const next = await agent.submit(page, { identifier: name }, to('identify'));
      pages.push(JSON.stringify(seen(next, [name])).replaceAll(/>[A-E]</g, '>·<'));
    }
    expect(new Set(pages).size).toBe(1);
  });
});

describe('T099 guesses at a code', () => {
  test('of fifty made at once five are looked at, and the right one comes too late', async () => {
    const tenant = await codesTenant(gatehouse, { first_factors: ['email_code'] });
    const { agent, page } = await begin(tenant);
    const asked = await ask(agent, page);
    const code = codeIn(await messagesOf(gatehouse, tenant).next());
    const guesses = Array.from({ length: 50 }, (_, i) => String((Number(code) + 1 + i) % 1e8).padStart(8, '0'));
    const answers = await Promise.all(guesses.map((guess) => typeCode(agent, asked, guess)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([422]));
    const reasons = await reasonsOf(tenant);
    expect(reasons.filter((reason) => reason === 'wrong')).toHaveLength(5);
    expect(reasons.filter((reason) => reason === 'used_up')).toHaveLength(45);
    const late = await typeCode(agent, asked, code);
    expect([late.status, isSignedIn(agent)]).toEqual([422, false]);
  });

  test('over all codes of an account are twenty a day, which lock nobody out of a device of theirs', async () => {
    const tenant = await codesTenant(gatehouse, { first_factors: ['email_code'] });
    const messages = messagesOf(gatehouse, tenant);
    const owner = await begin(tenant);
    await typeCode(owner.agent, await ask(owner.agent, owner.page), codeIn(await messages.next()));
    let refused: Page | undefined;
    for (let round = 0; round < 5; round += 1) {
      moveClock(1000 * (round + 1));
      const { agent, page } = await begin(tenant);
      const asked = await ask(agent, page);
      const code = codeIn(await messages.next());
      for (let i = 0; i < 5; i += 1) refused = await typeCode(agent, asked, wrong(code));
    }
    expect([refused?.status, refused?.headers.get('retry-after')]).toEqual([429, expect.stringMatching(/^\d+$/)]);
    const again = await begin(tenant, { prompt: 'login' }, owner.agent);
    const asked = await ask(owner.agent, again.page);
    const done = await typeCode(owner.agent, asked, codeIn(await messages.next()));
    expect(done.url).toMatch(CALLBACK);
    expect((await eventsOf(tenant)).map(({ type }) => type)).toContain('attack.otp_guessing');
  });

  test('a code is of no use in another browser, nor where none was asked for', async () => {
    const tenant = await codesTenant(gatehouse, { first_factors: ['email_code'] });
    const owner = await begin(tenant);
    const asked = await ask(owner.agent, owner.page);
    const code = codeIn(await messagesOf(gatehouse, tenant).next());
    const stranger = await begin(tenant);
    const at = stranger.page.url.replace('?', '/sign-in-code?');
    const { csrf } = formsOf(stranger.page)[0]!.fields;
    const refused = await stranger.agent.post(at, { csrf: csrf!, code });
    expect([refused.status, isSignedIn(stranger.agent)]).toEqual([422, false]);
    expect((await typeCode(owner.agent, asked, code)).url).toMatch(CALLBACK);
  });
});

describe('T097, T098 a link', () => {
  async function linked() {
    const tenant = await codesTenant(gatehouse, { first_factors: ['email_link'] });
    const { agent, page } = await begin(tenant);
    const asked = await ask(agent, page, 'email_link');
    const message = await messagesOf(gatehouse, tenant).next();
    return { tenant, agent, asked, link: linkIn(message), code: codeIn(message) };
  }

  test('may be looked at by five scanners, and in the browser that began, before it is used', async () => {
    const { agent, link } = await linked();
    const scanner = userAgent({ 'user-agent': 'Mozilla/5.0 (compatible; SafeLinks/1.0)' });
    for (let i = 0; i < 5; i += 1) {
      await fetch(link, { method: 'HEAD' });
      await scanner.get(link);
    }
    await agent.get(link);
    const shown = await agent.get(link);
    expect(isSignedIn(agent)).toBe(false);
    expect((await agent.submit(shown, {}, to('link'))).url).toMatch(CALLBACK);
    expect((await agent.submit(shown, {}, to('link'))).status).toBe(400);
  });

  test('signs in no other browser, by GET or by POST, and stays good for the one that began', async () => {
    const { agent, asked, link } = await linked();
    const other = userAgent();
    const shown = await other.get(link);
    const { csrf } = formsOf(asked)[0]!.fields;
    const token = new URL(link).searchParams.get('token')!;
    const posted = await other.post(link.split('&token')[0]!, { csrf: csrf!, token });
    expect([shown.status, posted.status, isSignedIn(other)]).toEqual([200, 400, false]);
    expect(formsOf(shown)).toEqual([]);
    expect((await agent.submit(await agent.get(link), {}, to('link'))).url).toMatch(CALLBACK);
  });

  test('of an attacker, put into the sign-in of a victim, signs in nobody', async () => {
    const { tenant, link, code } = await linked();
    const victim = await begin(tenant);
    const token = new URL(link).searchParams.get('token')!;
    const at = victim.page.url.replace('?', '/link?');
    const shown = await victim.agent.get(`${at}&token=${token}`);
    expect(textOf(shown.body)).toContain(code);
    const { csrf } = formsOf(victim.page)[0]!.fields;
    const posted = await victim.agent.post(at, { csrf: csrf!, token });
    expect([posted.status, formsOf(posted), isSignedIn(victim.agent)]).toEqual([200, [], false]);
    expect(await reasonsOf(tenant)).toEqual(['other_browser']);
  });

  test('its token is in no log', async () => {
    const { link } = await linked();
    await userAgent().get(link);
    expect(gatehouse.logged()).not.toContain(new URL(link).searchParams.get('token')!.split('.')[1]);
  });
});

describe('T106, T056', () => {
  test.each(['disable', 'remove'] as const)(
    'who was put out (%s) after the code was sent is not let in',
    async (how) => {
      const tenant = await codesTenant(gatehouse, { first_factors: ['email_code'] });
      const { agent, page } = await begin(tenant);
      const asked = await ask(agent, page);
      const code = codeIn(await messagesOf(gatehouse, tenant).next());
      await gatehouse.services.accounts[how](tenant, await adaOf(gatehouse, tenant));
      const done = await typeCode(agent, asked, code);
      expect(answerOf(done).code).toBeUndefined();
      expect(isSignedIn(agent)).toBe(false);
    },
  );

  test.each([
    ['a way that is not on offer', 'login', { method: 'email_link', identifier: ADA }],
    ['a way that nobody knows', 'login', { method: 'carrier_pigeon', identifier: ADA }],
    ['another one of what is not on offer', 'send', { method: 'sms_code', identifier: ADA }],
    ['a second code before the first proof', 'send-code', { method: 'email_code' }],
    ['a second code that answers the first question', 'code', { method: 'email_code', code: '123456' }],
  ])('%s is refused, and sends nothing', async (_, form, fields) => {
    const tenant = await codesTenant(gatehouse, { first_factors: ['email_code'], second_factors: ['email_code'] });
    const { agent, page } = await begin(tenant);
    const { csrf } = formsOf(page)[0]!.fields;
    const refused = await agent.post(page.url.replace('?', `/${form}?`), { csrf: csrf!, ...fields });
    expect(refused.status).toBe(400);
    expect((await eventsOf(tenant)).filter(({ type }) => /_code\.sent$/.test(type))).toEqual([]);
  });

  test.each(['login', 'send', 'sign-in-code', 'link', 'identify'])(
    '%s needs the token of its own pages',
    async (form) => {
      const tenant = await codesTenant(gatehouse, { first_factors: ['email_code', 'email_link'] });
      const { agent, page } = await begin(tenant);
      const fields = { method: 'email_code', identifier: ADA, code: '12345678', token: 'x.y' };
      const refused = await agent.post(page.url.replace('?', `/${form}?`), fields);
      expect(refused.status).toBe(403);
      expect((await eventsOf(tenant)).map(({ type }) => type)).toEqual(expect.arrayContaining(['csrf.refused']));
    },
  );

  test('the page of a second proof sends nothing by being looked at', async () => {
    const tenant = await codesTenant(gatehouse, { second_factors: ['email_code'], mfa: 'required' });
    const { agent, page } = await begin(tenant);
    const verify = await signIn(agent, page, ADA, { password: PASSWORD });
    for (let i = 0; i < 3; i += 1) await agent.get(`${verify.url}&method=email_code`);
    await agent.get(verify.url.replace('?', '/send-code?'));
    expect((await eventsOf(tenant)).filter(({ type }) => type === 'email_code.sent')).toEqual([]);
  });
});
