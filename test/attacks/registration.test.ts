import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { ADA, accountsTenant, eventsOf, linkIn, mailsTo, mailTo, NEW_PASSWORD } from '../support/accounts-stage.ts';
import { moveClock, restoreClock } from '../support/clock.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { textOf } from '../support/html.ts';
import { codeIn } from '../support/messages.ts';
import { PASSWORD } from '../support/relying-party.ts';
import { enrolApp } from '../support/second-factor.ts';
import { answerOf, begin, signIn, userAgent } from '../support/stage.ts';
import { formsOf, type Page, to, type UserAgent } from '../support/user-agent.ts';

/** New accounts for what is not one's own, and steps that are skipped. */

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
  tenant = await accountsTenant(gatehouse);
});

const userOf = (email = GRACE) => gatehouse.services.accounts.findByIdentifier(tenant, email);
async function begun(email: string, password: string) {
  const { agent, page } = await begin(tenant, { prompt: 'create' });
  return { agent, page: await agent.submit(page, { email, password }, to('sign-up')) };
}
const typed = (agent: UserAgent, page: Page, code: string) => agent.submit(page, { code }, to('sign-up-code'));
const codesTo = async (email: string) => (await mailsTo(gatehouse, tenant, email, 'verify_email')).map(codeIn);
const letsIn = async (password: string, email = GRACE) => {
  const { agent, page } = await begin(tenant);
  return answerOf(await signIn(agent, page, email, { password })).code !== undefined;
};

describe('T108: an account that a stranger made before its owner came', () => {
  test('while it waits for its proof: the owner’s own sign-up wins, the stranger’s is worth nothing', async () => {
    const stranger = await begun(GRACE, STRANGERS);
    moveClock(60);
    const owner = await begun(GRACE, NEW_PASSWORD);
    const [strangers, owners] = await codesTo(GRACE);
    // What was sent to the owner because of the stranger helps neither of them in the other's browser.
    if (strangers !== owners) expect(answerOf(await typed(owner.agent, owner.page, strangers!)).code).toBeUndefined();
    expect(answerOf(await typed(owner.agent, owner.page, owners!)).code).toBeDefined();
    const late = await typed(stranger.agent, stranger.page, strangers!);
    expect(textOf(late.body)).toContain('You have an account already');
    expect(answerOf(late).code).toBeUndefined();
    expect([await letsIn(NEW_PASSWORD), await letsIn(STRANGERS)]).toEqual([true, false]);
  });

  test('the link of a stranger’s sign-up, opened by the owner, signs in nobody and makes nothing', async () => {
    const stranger = await begun(GRACE, STRANGERS);
    const owner = userAgent();
    const link = linkIn(await mailTo(gatehouse, tenant, GRACE, 'verify_email'));
    const shown = await owner.get(link);
    expect(formsOf(shown)).toEqual([]);
    const { csrf } = formsOf(stranger.page).find(to('sign-up-code'))!.fields;
    const token = new URL(link).searchParams.get('token')!;
    const posted = await owner.post(link.split('?')[0]!, { csrf: csrf!, token });
    expect(posted.status).toBe(400);
    expect(await userOf()).toBeUndefined();
  });

  test('where nothing was verified: who proves the mailbox has it, and the stranger is out', async () => {
    const { accounts } = gatehouse.services;
    await accounts.create(tenant, { email: GRACE, password: STRANGERS, signUp: 'anybody' });
    const { id } = (await userOf())!;
    await enrolApp(gatehouse.services, tenant, id);
    const owner = userAgent();
    const asked = await owner.get(`${tenant.issuer}/recovery`);
    await owner.submit(asked, { identifier: GRACE }, to('recovery'));
    const form = await owner.get(linkIn(await mailTo(gatehouse, tenant, GRACE, 'reset_password')));
    await owner.submit(form, { password: NEW_PASSWORD }, to('password'));
    expect([await letsIn(NEW_PASSWORD), await letsIn(STRANGERS)]).toEqual([true, false]);
    expect(await gatehouse.services.totp.list(tenant, id)).toEqual([]);
  });
});

test.each([
  [GRACE, 'GRACE@EXAMPLE.COM'],
  ['straße@example.com', 'STRASSE@example.com'],
  ['kelvin@example.com', '\u212Aelvin@example.com'],
  ['grace@bücher.example', 'grace@xn--bcher-kva.example'],
  ['grace@example.com', 'ｇrace@example.com'],
])('T113: of %s and %s, which are one address, one has the account', async (one, two) => {
  const first = await begun(one, NEW_PASSWORD);
  // One mailbox gets one message after the other.
  moveClock(60);
  const claims = [first, await begun(two, STRANGERS)];
  const codes = [...(await codesTo(one)), ...(await codesTo(two))];
  expect(codes.length).toBeGreaterThan(0);
  const pages = await Promise.all(claims.map(({ agent, page }, i) => typed(agent, page, codes[i] ?? codes[0]!)));
  expect(pages.filter((page) => answerOf(page).code !== undefined)).toHaveLength(1);
});

describe('T056: what is not asked now is not taken', () => {
  const DUTIES: Record<string, Record<string, string>> = {
    'verify-email-send': {},
    'verify-email': { code: '00000000' },
    'verify-email-link': { token: 'a.b' },
    'verify-phone-send': { number: '+4915112340001' },
    'verify-phone': { code: '000000' },
    terms: { terms_tos: '1' },
    profile: { profile_given_name: 'Eve' },
    'reset-password': {},
    'lost-send': {},
    'lost-code': { code: '000000' },
    'lost-finish': {},
    'have-account': {},
  };
  const SIGN_UP: Record<string, Record<string, string>> = {
    'sign-up': { email: 'eve@example.com', password: NEW_PASSWORD },
    'sign-up-code': { code: '00000000' },
    'sign-up-link': { token: 'a.b' },
    'sign-up-again': {},
  };
  const ALL = { ...DUTIES, ...SIGN_UP };

  /** A tenant where Ada, who has given her password, is asked for that; and the forms that answer it. */
  const STATES: Record<string, { owes: () => Promise<unknown>; answers: string[] }> = {
    'an address': {
      owes: async () => {
        tenant = await accountsTenant(gatehouse);
        await gatehouse.services.accounts.create(tenant, { email: GRACE, password: PASSWORD, signUp: 'anybody' });
      },
      answers: ['verify-email-send', 'verify-email', 'verify-email-link'],
    },
    'a second factor': {
      owes: async () => enrolApp(gatehouse.services, tenant, (await userOf(ADA))!.id),
      answers: ['lost-send', 'lost-code', 'lost-finish'],
    },
    terms: {
      owes: async () => {
        const terms = [{ id: 'tos', version: '1', title: { en: 'Terms' }, uri: 'https://example.com/terms' }];
        tenant = await accountsTenant(gatehouse, { terms });
      },
      answers: ['terms'],
    },
    attributes: {
      owes: async () => {
        const given_name = { schema: { type: 'string' }, sensitivity: 'internal', required: 'later' } as const;
        tenant = await accountsTenant(gatehouse, { profile: { attributes: { given_name } } });
      },
      answers: ['profile'],
    },
    'another password': {
      owes: async () => gatehouse.services.accounts.requireReset(tenant, (await userOf(ADA))!.id),
      answers: ['reset-password'],
    },
  };

  test.each(Object.entries(STATES))('who is asked for %s', async (_, { owes, answers }) => {
    await owes();
    const email = (await userOf()) ? GRACE : ADA;
    const before = await userOf(email);
    const { agent, page } = await begin(tenant);
    const asked = await signIn(agent, page, email);
    const { action, fields } = formsOf(asked).find(to('cancel'))!;
    expect(answers.length).toBeGreaterThan(0);
    for (const [name, given] of Object.entries(ALL)) {
      if (answers.includes(name)) continue;
      const posted = await agent.post(action.replace('/cancel', `/${name}`), { csrf: fields.csrf!, ...given });
      expect([name, posted.status, posted.trail.length]).toEqual([name, 400, 1]);
    }
    // What it has from its sign-in apart.
    expect(await userOf(email)).toEqual(before);
    expect(await userOf('eve@example.com')).toBeUndefined();
    expect(formsOf(await agent.get(asked.url)).map(({ action }) => action)).toEqual(
      formsOf(asked).map(({ action }) => action),
    );
  });

  test('who has not said who it is', async () => {
    const { agent, page } = await begin(tenant);
    const { action, fields } = formsOf(page).find(to('cancel'))!;
    const post = (name: string, given: object) =>
      agent.post(action.replace('/cancel', `/${name}`), { csrf: fields.csrf!, ...given });
    for (const [name, given] of Object.entries(DUTIES))
      expect([name, (await post(name, given)).status]).toEqual([name, 400]);
    for (const name of ['sign-up-code', 'sign-up-link', 'sign-up-again']) {
      const posted = await post(name, SIGN_UP[name]!);
      expect([name, posted.status, posted.url.includes('code=')]).toEqual([name, 422, false]);
    }
    expect((await eventsOf(gatehouse, tenant)).filter(({ type }) => type === 'step.refused')).toHaveLength(
      Object.keys(DUTIES).length,
    );
  });

  test('a second factor cannot be asked away by a session that was left open', async () => {
    const own = await begin(tenant);
    await signIn(own.agent, own.page);
    await enrolApp(gatehouse.services, tenant, (await userOf(ADA))!.id);
    const { page } = await begin(tenant, { acr_values: 'urn:gatehouse:aal2' }, own.agent);
    expect(page.body).toContain('show=lost');
    const { action, fields } = formsOf(page).find(to('cancel'))!;
    for (const name of ['lost-send', 'lost-code', 'lost-finish']) {
      const posted = await own.agent.post(action.replace('/cancel', `/${name}`), {
        csrf: fields.csrf!,
        ...DUTIES[name],
      });
      expect([name, posted.status]).toEqual([name, 400]);
    }
  });
});

describe('T112: sign-ups by programs', () => {
  test('what fills in the field that nobody sees has to work for it', async () => {
    const { agent, page } = await begin(tenant, { prompt: 'create' });
    const fields = { email: GRACE, password: NEW_PASSWORD, confirm_homepage: 'https://spam.example' };
    const asked = await agent.submit(page, fields, to('sign-up'));
    expect(asked.status).toBe(422);
    expect(asked.body).toContain('name="challenge"');
    expect(await mailsTo(gatehouse, tenant, GRACE)).toEqual([]);
  });

  test('from one place no more than ten in an hour, and one event', async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 12; i += 1) statuses.push((await begun(`u${i}@example.com`, NEW_PASSWORD)).page.status);
    expect(statuses.slice(9)).toEqual([200, 429, 429]);
    const floods = (await eventsOf(gatehouse, tenant)).filter(({ type }) => type === 'attack.signup_flood');
    expect(floods).toHaveLength(1);
  });
});

test('of fifty right codes at once one makes the account', async () => {
  const { agent, page } = await begun(GRACE, NEW_PASSWORD);
  const [code] = await codesTo(GRACE);
  const pages = await Promise.all(Array.from({ length: 50 }, () => typed(agent, page, code!)));
  expect(pages.some(({ status }) => status >= 500)).toBe(false);
  const events = await eventsOf(gatehouse, tenant);
  expect(events.filter(({ type }) => type === 'registration.completed')).toHaveLength(1);
  expect(await letsIn(NEW_PASSWORD)).toBe(true);
});
