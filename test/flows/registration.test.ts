import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { Tenant } from '../../src/tenants/tenant.ts';
import {
  ADA,
  accountsTenant,
  eventsOf,
  linkIn,
  linkOn,
  mailsTo,
  mailTo,
  NEW_PASSWORD,
} from '../support/accounts-stage.ts';
import { createAuthenticator } from '../support/authenticator.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { elementsOf, textOf } from '../support/html.ts';
import { codeIn, wrong } from '../support/messages.ts';
import { answerOf, begin, redeem, signIn, userAgent } from '../support/stage.ts';
import { formsOf, type Page, to, type UserAgent } from '../support/user-agent.ts';

/** New accounts, from the application's button to its callback. All of it without script. */

const GRACE = 'grace@example.com';

let gatehouse: TestGatehouse;
beforeAll(async () => {
  gatehouse = await startGatehouse();
});
afterAll(() => gatehouse.stop());

const signUp = (agent: UserAgent, page: Page, fields: Record<string, string> = {}) =>
  agent.submit(page, { email: GRACE, password: NEW_PASSWORD, ...fields }, to('sign-up'));
const form = (page: Page) => formsOf(page).find(to('sign-up'))!;
/** From the first page to the one that asks for the code. */
async function begun(tenant: Tenant, fields: Record<string, string> = {}) {
  const { agent, page } = await begin(tenant);
  const asked = await signUp(agent, await agent.get(linkOn(page, 'Create an account')), fields);
  return { agent, page: asked };
}
const code = async (tenant: Tenant, email = GRACE) => codeIn(await mailTo(gatehouse, tenant, email, 'verify_email'));
const userOf = (tenant: Tenant, email = GRACE) => gatehouse.services.accounts.findByIdentifier(tenant, email);
const finish = async (tenant: Tenant, agent: UserAgent, page: Page) =>
  agent.submit(page, { code: await code(tenant) }, to('sign-up-code'));

test('a code leads on to the application, signed in, with nothing typed twice', async () => {
  const tenant = await accountsTenant(gatehouse);
  const { agent, page } = await begun(tenant);
  expect(textOf(page.body)).toContain(GRACE);
  expect(await userOf(tenant)).toBeUndefined();
  const back = await finish(tenant, agent, page);
  const tokens = await redeem(tenant.issuer, answerOf(back).code);
  const claims = decodeJwt(String(tokens.body.id_token));
  expect(claims.amr).toEqual(['pwd']);
  const user = await userOf(tenant);
  expect(user).toMatchObject({ id: claims.sub, email: GRACE, email_verified: true, signUp: { how: 'anybody' } });
  // The next time by the password.
  const again = await begin(tenant);
  expect(answerOf(await signIn(again.agent, again.page, GRACE, { password: NEW_PASSWORD })).code).toBeDefined();
});

test('where only passkeys let in, one is made at once', async () => {
  const tenant = await accountsTenant(gatehouse, { authentication: { first_factors: ['passkey'] } });
  const { agent, page } = await begin(tenant);
  const asked = await agent.submit(await agent.get(linkOn(page, 'Create an account')), { email: GRACE }, to('sign-up'));
  const enrolment = await finish(tenant, agent, asked);
  expect(answerOf(enrolment).code).toBeUndefined();
  const authenticator = createAuthenticator({ origin: gatehouse.url });
  const asking = elementsOf(enrolment.body).find(({ attributes }) => attributes['data-passkey'] === 'create')!;
  const credential = authenticator.create(JSON.parse(asking.attributes['data-options']!));
  const back = await agent.submit(enrolment, { credential, name: 'Key' }, to('enrol-passkey'));
  const tokens = await redeem(tenant.issuer, answerOf(back).code);
  expect(decodeJwt(String(tokens.body.id_token)).sub).toBe((await userOf(tenant))!.id);
});

test('the link does the same, in the browser that began; five looks of a mail scanner do nothing (T097)', async () => {
  const tenant = await accountsTenant(gatehouse);
  const { agent } = await begun(tenant);
  const link = linkIn(await mailTo(gatehouse, tenant, GRACE, 'verify_email'));
  for (let i = 0; i < 5; i += 1) {
    const seen = await userAgent({ 'user-agent': 'Barracuda Sentinel (EE)' }).get(link);
    expect(seen.status).toBe(200);
    expect(formsOf(seen)).toEqual([]);
  }
  expect(await userOf(tenant)).toBeUndefined();
  const opened = await agent.get(link);
  const back = await agent.submit(opened, {}, to('sign-up-link'));
  expect(answerOf(back).code).toBeDefined();
  expect(await userOf(tenant)).toMatchObject({ email_verified: true });
  expect((await agent.get(link)).status).toBe(400);
});

test('in another browser the link signs nobody in: it shows the code to type where it began (T098)', async () => {
  const tenant = await accountsTenant(gatehouse);
  const { agent, page } = await begun(tenant);
  const mail = await mailTo(gatehouse, tenant, GRACE, 'verify_email');
  const other = userAgent();
  const seen = await other.get(linkIn(mail));
  expect(textOf(seen.body)).toContain(codeIn(mail));
  expect(formsOf(seen)).toEqual([]);
  expect(other.cookies()).toEqual([]);
  const back = await agent.submit(page, { code: codeIn(mail) }, to('sign-up-code'));
  expect(answerOf(back).code).toBeDefined();
});

test('a wrong code is told, another can be sent, and the one before is over', async () => {
  const tenant = await accountsTenant(gatehouse);
  const { agent, page } = await begun(tenant);
  const first = await code(tenant);
  const refused = await agent.submit(page, { code: wrong(first) }, to('sign-up-code'));
  expect(refused.status).toBe(422);
  expect(textOf(refused.body)).toContain('This code is not right');
  const waiting = await agent.submit(refused, {}, to('sign-up-again'));
  expect(waiting.status).toBe(429);
  expect(answerOf(await agent.submit(waiting, { code: first }, to('sign-up-code'))).code).toBeDefined();
});

test('another address can be used instead', async () => {
  const tenant = await accountsTenant(gatehouse);
  const { agent, page } = await begun(tenant, { email: 'gracee@example.com' });
  const again = await agent.get(linkOn(page, 'another email address'));
  const asked = await signUp(agent, again);
  expect(answerOf(await finish(tenant, agent, asked)).code).toBeDefined();
  expect(await userOf(tenant, 'gracee@example.com')).toBeUndefined();
});

describe('prompt=create', () => {
  test('opens the form, with the address that the client knows', async () => {
    const tenant = await accountsTenant(gatehouse);
    const { agent, page } = await begin(tenant, { prompt: 'create', login_hint: GRACE });
    expect(page.body).toContain(`value="${GRACE}"`);
    const asked = await signUp(agent, page);
    expect(answerOf(await finish(tenant, agent, asked)).code).toBeDefined();
  });

  test('leaves the way to sign in open', async () => {
    const tenant = await accountsTenant(gatehouse);
    const { agent, page } = await begin(tenant, { prompt: 'create' });
    const first = await agent.submit(page, {}, to('have-account'));
    const refused = await agent.submit(first, { identifier: ADA, password: 'wrong' }, to('login'));
    expect(textOf(refused.body)).toContain('These details do not match');
    expect(answerOf(await signIn(agent, refused)).code).toBeDefined();
  });

  test.each(['nobody', 'invited'] as const)('is not supported where %s may sign up', async (who) => {
    const tenant = await accountsTenant(gatehouse, { registration: { who } });
    expect(answerOf((await begin(tenant, { prompt: 'create' })).page)).toMatchObject({ error: 'invalid_request' });
    const { agent, page } = await begin(tenant);
    expect(page.body).not.toContain('Create an account');
    const first = await agent.get(`${page.url}&show=sign-up`);
    expect(form(first)).toBeUndefined();
  });
});

describe('what is typed', () => {
  test.each<[string, Record<string, string>, string, string]>([
    ['no address', { email: '' }, 'email', 'Enter your email address.'],
    ['no address at all', { email: 'grace' }, 'email', 'Enter an email address such as'],
    ['a throw-away mailbox', { email: 'grace@mailinator.com' }, 'email', 'that you keep'],
    ['no password', { password: '' }, 'password', 'Enter your password.'],
    ['a short one', { password: 'short' }, 'password', 'Use at least 15 characters.'],
    ['one that is the name', { password: 'grace@example.com' }, 'password', 'mostly names'],
    ['a username that is taken', { username: 'Ada' }, 'username', 'is taken'],
    ['a username with a space', { username: 'a b' }, 'username', 'neither spaces'],
    ['what the tenant asks for', { profile_given_name: '' }, 'profile_given_name', 'First name : Please fill in'],
    [
      'what its schema refuses',
      { profile_staff_number: 'x' },
      'profile_staff_number',
      'staff_number : This cannot be right',
    ],
    ['terms that are not accepted', { terms_tos: '' }, 'terms_tos', 'need to accept'],
    ['terms of before', { terms_tos: '2025' }, 'terms_tos', 'need to accept'],
  ])('%s: said at its field, and what was typed is kept, save for the password', async (_, fields, field, words) => {
    const tenant = await fullTenant();
    const { agent, page } = await begin(tenant, { prompt: 'create' });
    const typed = { username: 'grace', profile_given_name: 'Grace', profile_staff_number: '007', terms_tos: '2026' };
    const refused = await signUp(agent, page, { ...typed, ...fields });
    expect(refused.status).toBe(422);
    expect(textOf(refused.body)).toContain(words);
    expect(refused.body).toContain(`href="#${field}"`);
    if (field !== 'profile_given_name') expect(refused.body).toContain('value="Grace"');
    expect(refused.body).not.toContain(NEW_PASSWORD);
    expect(await mailsTo(gatehouse, tenant, GRACE)).toEqual([]);
  });

  test('is what the account has: profile, username and accepted terms', async () => {
    const tenant = await fullTenant();
    const { agent, page } = await begin(tenant, { prompt: 'create' });
    const typed = { username: 'grace', profile_given_name: 'Grace', profile_staff_number: '007', terms_tos: '2026' };
    const back = await finish(tenant, agent, await signUp(agent, page, typed));
    expect(answerOf(back).code).toBeDefined();
    const user = (await userOf(tenant))!;
    expect(user).toMatchObject({
      username: 'grace',
      claims: { given_name: 'Grace' },
      attributes: { staff_number: '007' },
    });
    expect(await gatehouse.services.terms.accepted(tenant, user.id)).toMatchObject([{ id: 'tos', version: '2026' }]);
  });

  test('a username that somebody else takes before the proof: the form again, and no account', async () => {
    const tenant = await fullTenant();
    const { agent, page } = await begin(tenant, { prompt: 'create' });
    const typed = { username: 'grace', profile_given_name: 'Grace', profile_staff_number: '007', terms_tos: '2026' };
    const asked = await signUp(agent, page, typed);
    const { accounts } = gatehouse.services;
    await accounts.amend(tenant, (await userOf(tenant, ADA))!.id, { username: 'grace' });
    const again = await finish(tenant, agent, asked);
    expect([again.status, textOf(again.body)]).toEqual([422, expect.stringContaining('This username is taken')]);
    expect(await userOf(tenant)).toBeUndefined();
  });

  async function fullTenant() {
    const tenant = await accountsTenant(gatehouse, {
      registration: { who: 'anybody', username: 'required' },
      profile: {
        attributes: {
          given_name: { schema: { type: 'string' }, sensitivity: 'internal', required: 'at_sign_up' },
          staff_number: {
            schema: { type: 'string', pattern: '^\\d+$' },
            sensitivity: 'internal',
            required: 'at_sign_up',
          },
        },
      },
      terms: [{ id: 'tos', version: '2026', title: { en: 'Terms' }, uri: 'https://example.com/terms' }],
    });
    const { accounts } = gatehouse.services;
    await accounts.amend(tenant, (await userOf(tenant, ADA))!.id, { username: 'ada' });
    return tenant;
  }
});

test('who waits for approval is told so, and can sign in once it is given', async () => {
  const tenant = await accountsTenant(gatehouse, { registration: { who: 'approval' } });
  const { agent, page } = await begun(tenant);
  const waits = await finish(tenant, agent, page);
  expect(textOf(waits.body)).toContain('has to be approved');
  const early = await begin(tenant);
  const refused = await signIn(early.agent, early.page, GRACE, { password: NEW_PASSWORD });
  expect(textOf(refused.body)).toContain('These details do not match');
  await gatehouse.services.approvals.approve(tenant, (await userOf(tenant))!.id);
  const back = await signIn(early.agent, refused, GRACE, { password: NEW_PASSWORD });
  expect(answerOf(back).code).toBeDefined();
});

test('where nothing is verified, the form leads on at once', async () => {
  const tenant = await accountsTenant(gatehouse, { registration: { who: 'anybody', verification: 'none' } });
  const { page } = await begun(tenant);
  expect(answerOf(page).code).toBeDefined();
  expect(await userOf(tenant)).toMatchObject({ email_verified: false });
});

test.each(['email_code', 'email_link'] as const)('by %s alone there is no password to choose', async (factor) => {
  const tenant = await accountsTenant(gatehouse, { authentication: { first_factors: [factor] } });
  const { agent, page } = await begun(tenant);
  expect(answerOf(await finish(tenant, agent, page)).code).toBeDefined();
  expect((await userOf(tenant))?.passwordHash).toBeUndefined();
});

test('a phone is proven after the address', async () => {
  const tenant = await accountsTenant(gatehouse, {
    registration: { who: 'anybody', verification: 'phone' },
    sms: { countries: ['DE'] },
  });
  const number = '+4915112340009';
  const { agent, page } = await begun(tenant, { profile_phone_number: '0049 1511 / 234-0009' });
  const phone = await finish(tenant, agent, page);
  expect(textOf(phone.body)).toContain('text message');
  const back = await agent.submit(phone, { code: codeIn(await mailTo(gatehouse, tenant, number)) }, to('sign-up-code'));
  expect(answerOf(back).code).toBeDefined();
  expect((await userOf(tenant))?.claims).toMatchObject({ phone_number: number, phone_number_verified: true });
});

describe('an invitation', () => {
  async function invited(settings = {}) {
    const tenant = await accountsTenant(gatehouse, { registration: { who: 'invited' }, ...settings });
    await gatehouse.services.invitations.invite(tenant, { email: GRACE, roles: ['editor'] });
    return { tenant, link: linkIn(await mailTo(gatehouse, tenant, GRACE, 'invitation')) };
  }

  test('makes the account, after looks that do nothing, and then one signs in', async () => {
    const { tenant, link } = await invited();
    for (let i = 0; i < 5; i += 1) expect((await userAgent().get(link)).status).toBe(200);
    const agent = userAgent();
    const page = await agent.get(link);
    const refused = await agent.submit(page, { password: 'short' }, to('invitation'));
    expect(refused.status).toBe(422);
    await agent.submit(refused, { password: NEW_PASSWORD }, to('invitation'));
    expect(await userOf(tenant)).toMatchObject({ email_verified: true, roles: ['editor'], signUp: { how: 'invited' } });
    expect((await agent.get(link)).status).toBe(400);
    const { agent: other, page: first } = await begin(tenant);
    expect(answerOf(await signIn(other, first, GRACE, { password: NEW_PASSWORD })).code).toBeDefined();
  });

  test('gives to who has an account and is signed in, and to nobody else', async () => {
    const { tenant, link } = await invited();
    await gatehouse.services.accounts.create(tenant, { email: GRACE, email_verified: true, password: NEW_PASSWORD });
    const { agent, page } = await begin(tenant);
    const told = await agent.get(link);
    expect(formsOf(told)).toEqual([]);
    expect(textOf(told.body)).toContain('Sign in with it first');
    await signIn(agent, page, ADA);
    expect(formsOf(await agent.get(link))).toEqual([]);
    const own = await begin(tenant);
    await signIn(own.agent, own.page, GRACE, { password: NEW_PASSWORD });
    await own.agent.submit(await own.agent.get(link), {}, to('invitation'));
    expect(await userOf(tenant)).toMatchObject({ roles: ['editor'] });
  });
});

describe('what an account owes before it is used', () => {
  test('an address that was never proven', async () => {
    const tenant = await accountsTenant(gatehouse);
    const { accounts } = gatehouse.services;
    await accounts.create(tenant, { email: GRACE, password: NEW_PASSWORD, signUp: 'anybody' });
    const { agent, page } = await begin(tenant);
    const asked = await signIn(agent, page, GRACE, { password: NEW_PASSWORD });
    const sent = await agent.submit(asked, {}, to('verify-email-send'));
    const mail = await mailTo(gatehouse, tenant, GRACE);
    expect(textOf((await userAgent().get(linkIn(mail))).body)).toContain(codeIn(mail));
    const refused = await agent.submit(sent, { code: wrong(codeIn(mail)) }, to('verify-email'));
    expect(refused.status).toBe(422);
    const opened = await agent.get(linkIn(mail));
    expect(answerOf(await agent.submit(opened, {}, to('verify-email-link'))).code).toBeDefined();
    expect(await userOf(tenant)).toMatchObject({ email_verified: true });
  });

  test('a phone', async () => {
    const tenant = await accountsTenant(gatehouse, {
      registration: { who: 'anybody', verification: 'phone' },
      sms: { countries: ['DE'] },
    });
    const grace = { email: GRACE, email_verified: true, password: NEW_PASSWORD, signUp: 'anybody' as const };
    await gatehouse.services.accounts.create(tenant, grace);
    const { agent, page } = await begin(tenant);
    const asked = await signIn(agent, page, GRACE, { password: NEW_PASSWORD });
    const foreign = await agent.submit(asked, { number: '+33612345678' }, to('verify-phone-send'));
    expect(foreign.status).toBe(422);
    const number = '+4915112340008';
    const sent = await agent.submit(foreign, { number }, to('verify-phone-send'));
    const sms = await mailTo(gatehouse, tenant, number);
    expect(answerOf(await agent.submit(sent, { code: codeIn(sms) }, to('verify-phone'))).code).toBeDefined();
    expect((await userOf(tenant))?.claims).toMatchObject({ phone_number: number, phone_number_verified: true });
  });

  test('terms that are new: accepted, or back to the client', async () => {
    const title = { en: 'Terms', de: 'Bedingungen' };
    const uri = 'https://example.com/terms';
    const tenant = await accountsTenant(gatehouse, {
      terms: [
        { id: 'tos', version: '1', title, uri },
        { id: 'news', version: '1', title: { en: 'Newsletter' }, uri, required: false },
      ],
    });
    const { agent, page } = await begin(tenant, { ui_locales: 'de' });
    const asked = await signIn(agent, page);
    expect(textOf(asked.body)).toContain('Bedingungen');
    const refused = await agent.submit(asked, {}, to('terms'));
    expect(refused.status).toBe(422);
    const declined = await agent.submit(refused, {}, to('cancel'));
    expect(answerOf(declined)).toMatchObject({ error: 'access_denied' });

    const again = await begin(tenant);
    const back = await again.agent.submit(await signIn(again.agent, again.page), { terms_tos: '1' }, to('terms'));
    expect(answerOf(back).code).toBeDefined();
    expect((await eventsOf(gatehouse, tenant)).filter(({ type }) => type === 'terms.accepted')).toHaveLength(1);
    const third = await begin(tenant);
    expect(answerOf(await signIn(third.agent, third.page)).code).toBeDefined();
  });

  test('attributes that the tenant wants to know', async () => {
    const tenant = await accountsTenant(gatehouse, {
      profile: {
        attributes: {
          given_name: { schema: { type: 'string' }, sensitivity: 'internal', required: 'later' },
          size: { schema: { enum: ['S', 'M'] }, sensitivity: 'internal', required: 'later', title: { en: 'Shirt' } },
          vip: { schema: { type: 'boolean' }, sensitivity: 'internal', required: 'later' },
        },
      },
    });
    const { agent, page } = await begin(tenant);
    const asked = await signIn(agent, page);
    expect(textOf(asked.body)).toMatch(/First name.*Shirt.*vip/);
    const refused = await agent.submit(asked, { profile_given_name: 'Ada', profile_size: 'XXL' }, to('profile'));
    expect(refused.status).toBe(422);
    const back = await agent.submit(refused, { profile_given_name: 'Ada', profile_size: 'M' }, to('profile'));
    expect(answerOf(back).code).toBeDefined();
    const ada = await userOf(tenant, ADA);
    expect(ada).toMatchObject({ claims: { given_name: 'Ada' }, attributes: { size: 'M', vip: false } });
  });

  test('what its organization demands', async () => {
    const tenant = await accountsTenant(gatehouse);
    const { organizations } = gatehouse.services;
    await organizations.create(tenant, 'acme', { name: 'Acme', policy: { mfa: 'required', enrolment_grace_days: 0 } });
    await organizations.addMember(tenant, 'acme', (await userOf(tenant, ADA))!.id, []);
    const { agent, page } = await begin(tenant);
    const asked = await signIn(agent, page);
    expect(formsOf(asked).some(to('enrol-totp')) || asked.body.includes('method=totp')).toBe(true);
  });
});

test('from a mail, without an application, the account’s own pages are where it ends', async () => {
  const tenant = await accountsTenant(gatehouse);
  const agent = userAgent();
  const page = await agent.get(`${tenant.issuer}/sign-up`);
  const back = await finish(tenant, agent, await signUp(agent, page));
  expect(back.url).toContain(`${tenant.issuer}/account`);
});
