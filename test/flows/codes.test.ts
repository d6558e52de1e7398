import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { moveClock, restoreClock, stopClock } from '../support/clock.ts';
import { ADA, ask, codesTenant, linkIn, messagesOf, NUMBER, typeCode, withNumber } from '../support/codes-stage.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { textOf } from '../support/html.ts';
import { codeIn, wrong } from '../support/messages.ts';
import { CALLBACK, PASSWORD } from '../support/relying-party.ts';
import { answerOf, begin, redeem, signIn, userAgent } from '../support/stage.ts';
import { formsOf, type Page, to } from '../support/user-agent.ts';

/** Codes by mail and text message, and links: as the first proof and as the second. All of it without script. */

let gatehouse: TestGatehouse;
beforeAll(async () => {
  gatehouse = await startGatehouse();
});
afterAll(() => gatehouse.stop());
afterEach(restoreClock);

async function claimsOf(tenant: Tenant, page: Page) {
  expect(page.url).toMatch(CALLBACK);
  const { body } = await redeem(tenant.issuer, answerOf(page).code);
  return decodeJwt(body.id_token as string);
}

describe('as the first proof', () => {
  test.each([
    ['email_code', ADA, 'sign_in_code', ['otp']],
    ['email_code', 'ada', 'sign_in_code', ['otp']],
    ['email_link', ADA, 'sign_in_link', ['otp']],
    ['sms_code', ADA, 'code', ['sms', 'otp']],
  ] as const)('%s, for the name %s', async (method, identifier, template, amr) => {
    const tenant = await codesTenant(gatehouse, { first_factors: [method], mfa: 'off' });
    if (method === 'sms_code') await withNumber(gatehouse, tenant);
    const messages = messagesOf(gatehouse, tenant);
    const { agent, page } = await begin(tenant);
    expect(page.body).not.toContain('name="password"');
    expect(page.body.match(/class="primary"/g)).toHaveLength(1);
    const asked = await ask(agent, page, method, identifier);
    const message = await messages.next();
    expect(message).toMatchObject({ template, to: method === 'sms_code' ? NUMBER : ADA });
    expect([asked.status, textOf(asked.body)]).toEqual([200, expect.stringContaining(`called “${identifier}”`)]);
    expect(asked.body).toContain('autocomplete="one-time-code"');
    const done = await typeCode(agent, asked, codeIn(message));
    expect(await claimsOf(tenant, done)).toMatchObject({ amr, auth_time: expect.any(Number) });
  });

  test('beside a password, which stays the main way; whether to be kept signed in is remembered', async () => {
    const tenant = await codesTenant(gatehouse, { first_factors: ['password', 'email_code'] });
    const messages = messagesOf(gatehouse, tenant);
    const { agent, page } = await begin(tenant);
    expect(page.body).toMatch(/class="primary"[^>]*>Sign in</);
    expect(page.body).toMatch(/class="secondary" name="method" value="email_code"/);
    const asked = await agent.submit(page, { identifier: ADA, method: 'email_code', remember: 'yes' }, to('login'));
    expect((await typeCode(agent, asked, codeIn(await messages.next()))).url).toMatch(CALLBACK);
    const session = agent.cookies().find(({ name }) => name === 'session');
    expect(session).toBeDefined();
    const again = await begin(tenant, {}, agent);
    expect(again.page.url).toMatch(CALLBACK);
  });

  test('a wrong code is told, the right one passes, the next one ends the one before', async () => {
    stopClock();
    const tenant = await codesTenant(gatehouse, { first_factors: ['email_code'] });
    const messages = messagesOf(gatehouse, tenant);
    const { agent, page } = await begin(tenant);
    const asked = await ask(agent, page);
    const first = codeIn(await messages.next());
    const refused = await typeCode(agent, asked, wrong(first));
    expect([refused.status, textOf(refused.body)]).toEqual([422, expect.stringContaining('This code is not right')]);

    const soon = await agent.submit(refused, {}, to('send'));
    expect([soon.status, soon.headers.get('retry-after')]).toEqual([429, '30']);
    expect(textOf(soon.body)).toContain('You can have another code in 1 minute');
    expect(formsOf(soon).some(to('sign-in-code'))).toBe(true);

    moveClock(31);
    const resent = await agent.submit(soon, {}, to('send'));
    expect([resent.status, textOf(resent.body)]).toEqual([200, expect.stringContaining('another one sent in 60 sec')]);
    const second = codeIn(await messages.next());
    expect((await typeCode(agent, resent, first)).status).toBe(422);
    expect((await typeCode(agent, resent, second)).url).toMatch(CALLBACK);
  });

  test('after ten minutes, and after five wrong ones, only a new code helps, and the page says so', async () => {
    const tenant = await codesTenant(gatehouse, { first_factors: ['email_code'] });
    const messages = messagesOf(gatehouse, tenant);
    const { agent, page } = await begin(tenant);
    const asked = await ask(agent, page);
    const code = codeIn(await messages.next());
    for (let i = 0; i < 5; i += 1) await typeCode(agent, asked, wrong(code));
    expect(textOf((await typeCode(agent, asked, code)).body)).toContain('too many wrong codes');

    moveClock(31);
    const resent = await agent.submit(asked, {}, to('send'));
    const late = codeIn(await messages.next());
    moveClock(31 + 601);
    const refused = await typeCode(agent, resent, late);
    expect([refused.status, textOf(refused.body)]).toEqual([422, expect.stringContaining('too old')]);
  });

  test.each(['', ' '])('without a name (“%s”) nothing is sent', async (identifier) => {
    const tenant = await codesTenant(gatehouse, { first_factors: ['email_code'] });
    const { agent, page } = await begin(tenant);
    const refused = await ask(agent, page, 'email_code', identifier);
    expect([refused.status, textOf(refused.body)]).toEqual([422, expect.stringContaining('Enter your email address')]);
  });

  test('who is to be asked again, or chooses another account, gets there too', async () => {
    const tenant = await codesTenant(gatehouse, { first_factors: ['email_code'] });
    const messages = messagesOf(gatehouse, tenant);
    const { agent, page } = await begin(tenant);
    await typeCode(agent, await ask(agent, page), codeIn(await messages.next()));
    for (const prompt of ['login', 'select_account']) {
      moveClock(prompt === 'login' ? 100 : 300);
      const asked = await begin(tenant, { prompt }, agent);
      const first = formsOf(asked.page).some(to('account'))
        ? await agent.submit(asked.page, { choice: 'other' }, to('account'))
        : asked.page;
      const sent = await ask(agent, first);
      expect(formsOf(sent).some(to('sign-in-code'))).toBe(true);
      const done = await typeCode(agent, sent, codeIn(await messages.next()));
      expect(done.url).toMatch(CALLBACK);
    }
  });
});

describe('a link', () => {
  async function linked() {
    const tenant = await codesTenant(gatehouse, { first_factors: ['email_link'] });
    const messages = messagesOf(gatehouse, tenant);
    const headers = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' };
    const { agent, page } = await begin(tenant, {}, userAgent(headers));
    const asked = await ask(agent, page, 'email_link');
    const message = await messages.next();
    return { tenant, agent, asked, link: linkIn(message), code: codeIn(message) };
  }

  test('opened where the sign-in began asks for one click', async () => {
    const { tenant, agent, link } = await linked();
    const shown = await agent.get(link);
    expect([shown.status, textOf(shown.body)]).toEqual([200, expect.stringContaining('Sign in by your link')]);
    const done = await agent.submit(shown, {}, to('link'));
    expect(await claimsOf(tenant, done)).toMatchObject({ amr: ['otp'] });
  });

  test('opened elsewhere shows who began, and the code to type there', async () => {
    const { agent, asked, link, code } = await linked();
    const other = userAgent();
    const shown = await other.get(link);
    const text = textOf(shown.body);
    for (const told of [code, 'Firefox, Linux', 'first-party']) expect(text).toContain(told);
    expect(formsOf(shown)).toEqual([]);
    expect((await typeCode(agent, asked, code)).url).toMatch(CALLBACK);
    // Used, it says so, and leads back to the application.
    const gone = await other.get(link);
    expect([gone.status, textOf(gone.body)]).toEqual([400, expect.stringContaining('does not work any more')]);
    expect(gone.body).toContain('href="https://app.example.com/"');
  });

  test('that is too old leads back to the sign-in', async () => {
    const { agent, link } = await linked();
    const early = await agent.get(link);
    moveClock(601);
    for (const gone of [await agent.get(link), await agent.submit(early, {}, to('link'))]) {
      expect([gone.status, textOf(gone.body)]).toEqual([400, expect.stringContaining('Back to the sign-in')]);
    }
    const back = /class="button" href="([^"]+)"/.exec((await agent.get(link)).body)![1]!;
    const first = await agent.get(new URL(back.replaceAll('&amp;', '&'), link).href);
    expect(textOf(first.body)).toContain('Email me a link');
  });
});

describe('as the second proof', () => {
  async function afterPassword() {
    const tenant = await codesTenant(gatehouse, { second_factors: ['email_code', 'sms_code'], mfa: 'required' });
    await withNumber(gatehouse, tenant);
    const messages = messagesOf(gatehouse, tenant);
    const { agent, page } = await begin(tenant);
    return { tenant, agent, messages, page: await signIn(agent, page) };
  }

  test.each([
    ['email_code', 'a•••@example.com', ['pwd', 'otp', 'mfa']],
    ['sms_code', '••• 001', ['pwd', 'sms', 'otp', 'mfa']],
  ])('%s goes to %s when that is asked for, and not before', async (method, masked, amr) => {
    const { tenant, agent, messages, page } = await afterPassword();
    const way = await agent.get(`${page.url}&method=${method}`);
    expect(textOf(way.body)).toContain(masked);
    expect(formsOf(way).some(to('code'))).toBe(false);
    expect(await messages.sent()).toEqual([]);
    const sent = await agent.submit(way, {}, to('send-code'));
    const message = await messages.next();
    expect(textOf(sent.body)).toContain(`We have sent it to ${masked}`);
    const code = codeIn(message);
    expect(code).toHaveLength(6);
    const refused = await agent.submit(sent, { code: wrong(code) }, to('code'));
    expect([refused.status, textOf(refused.body)]).toEqual([422, expect.stringContaining('not right')]);
    const soon = await agent.submit(refused, {}, to('send-code'));
    expect([soon.status, formsOf(soon).some(to('code'))]).toEqual([429, true]);
    const done = await agent.submit(soon, { code, trust: 'yes' }, to('code'));
    expect((await claimsOf(tenant, done)).amr).toEqual(amr);

    // The device is trusted from now on.
    agent.setCookies(agent.cookies().filter(({ name }) => name !== 'session' && name !== 'session.sig'));
    const next = await begin(tenant, {}, agent);
    expect((await signIn(agent, next.page)).url).toMatch(CALLBACK);
  });

  test('where the risk asks for more, a code by mail will do for who has no second factor', async () => {
    const tenant = await codesTenant(gatehouse, {}, { risk: { step_up_score: 1 } });
    const messages = messagesOf(gatehouse, tenant);
    const first = await begin(tenant);
    expect((await signIn(first.agent, first.page)).url).toMatch(CALLBACK);
    // On another device now.
    const { agent, page } = await begin(tenant);
    const asked = await signIn(agent, page);
    expect(textOf(asked.body)).toContain('We will send a code to a•••@example.com');
    const sent = await agent.submit(asked, {}, to('send-code'));
    expect(sent.body).not.toContain('name="trust"');
    expect((await agent.submit(sent, { code: codeIn(await messages.next()) }, to('code'))).url).toMatch(CALLBACK);
  });

  test('a code that was sent for one account is none for another', async () => {
    const { tenant, agent, messages, page } = await afterPassword();
    const sent = await agent.submit(await agent.get(`${page.url}&method=email_code`), {}, to('send-code'));
    const code = codeIn(await messages.next());
    const { accounts } = gatehouse.services;
    await accounts.create(tenant, { email: 'eve@example.com', email_verified: true, password: PASSWORD });
    const { csrf } = formsOf(sent)[0]!.fields;
    await agent.post(page.url.replace('?', '/login?'), {
      identifier: 'eve@example.com',
      password: PASSWORD,
      csrf: csrf!,
    });
    const refused = await agent.post(page.url.replace('?', '/code?'), { method: 'email_code', code, csrf: csrf! });
    expect(refused.status).toBe(422);
  });

  test('a text message has the host that it is for in its last line', async () => {
    const { tenant, agent, messages, page } = await afterPassword();
    await agent.submit(await agent.get(`${page.url}&method=sms_code`), {}, to('send-code'));
    const message = await messages.next();
    expect(message.text.split('\n').at(-1)).toBe(`@${new URL(tenant.issuer).host} #${codeIn(message)}`);
  });
});

describe('the name first', () => {
  test('then the ways of the tenant, with the name for password managers', async () => {
    const tenant = await codesTenant(gatehouse, {
      identifier_first: true,
      first_factors: ['password', 'email_code'],
      mfa: 'off',
    });
    const { agent, page } = await begin(tenant, { login_hint: 'ada' });
    expect(page.body).not.toContain('name="password"');
    expect(page.body).toMatch(/name="identifier"[^>]*value="ada"/);
    const empty = await agent.submit(page, { identifier: ' ' }, to('identify'));
    expect([empty.status, empty.body]).toEqual([422, expect.stringContaining('id="identifier-error"')]);
    const ways = await agent.submit(page, { identifier: ADA }, to('identify'));
    expect(ways.body).toMatch(/name="username" autocomplete="username" value="ada@example.com"/);
    expect(ways.body).toMatch(/name="method" value="email_code"/);
    const refused = await agent.submit(ways, { password: 'not this one' }, to('login'));
    expect([refused.status, refused.body]).toEqual([422, expect.stringContaining('type="hidden" name="identifier"')]);
    const change = /<a href="([^"]+)">Not you/.exec(refused.body)![1]!.replaceAll('&amp;', '&');
    const changed = await agent.get(new URL(change, refused.url).href);
    expect(formsOf(changed).some(to('identify'))).toBe(true);
    const done = await agent.submit(refused, { password: PASSWORD }, to('login'));
    expect(done.url).toMatch(CALLBACK);
  });
});
