import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { deviceOf, knows } from '../../src/risk/device.ts';
import { remember } from '../../src/risk/history.ts';
import { recordedRiskOf } from '../../src/risk/recordable.ts';
import { countOf, type Replayed, replay } from '../../src/risk/replay.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { moveClock, restoreClock } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';
import type { TestGatehouse } from '../support/gatehouse.ts';
import { elementsOf, fieldValue, textOf } from '../support/html.ts';
import { CALLBACK, PASSWORD } from '../support/relying-party.ts';
import { answerOf } from '../support/stage.ts';
import type { Page } from '../support/user-agent.ts';
import {
  begin,
  browserAt,
  failures,
  GERMAN,
  JAPANESE,
  signInAt,
  startBehindProxy,
  submit,
  tenantOf,
} from '../support/visitors.ts';

const { solve } = (await import(new URL('../../public/pow.js', import.meta.url).href)) as {
  solve(salt: string, bits: number): Promise<string>;
};

let gatehouse: TestGatehouse;
let acme: Tenant;
beforeAll(async () => {
  gatehouse = await startBehindProxy();
  acme = await tenantOf(gatehouse, 'acme');
});
afterAll(() => gatehouse.stop());
afterEach(restoreClock);

const isIn = ({ url }: Page) => url.startsWith(CALLBACK) && url.includes('code=');
const eventsOf = async (tenant: Tenant, type: string) =>
  (await gatehouse.services.audit.find(tenant.id, { limit: 1000 })).items.filter((event) => event.type === type);
const mails = async (tenant: Tenant) =>
  (await gatehouse.services.inbox!.list()).filter(
    (message) => message.tenant === tenant.id && message.template === 'new_sign_in',
  );
const adaOf = async (tenant: Tenant) =>
  (await gatehouse.services.accounts.findByIdentifier(tenant, 'ada@example.com'))!;

describe('a sign-in is judged', () => {
  test('and remembered: what was decided is on record, and can be decided anew', async () => {
    const agent = browserAt(GERMAN);
    expect(isIn(await signInAt(acme, agent))).toBe(true);
    const ada = await adaOf(acme);
    const cookie = agent.cookies().find(({ name }) => name === 'device')!;
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/t/acme' });
    expect(knows(acme, deviceOf(acme, `device=${cookie.value}`), ada.id)).toBe(true);
    const [session] = await gatehouse.services.sessions.list(acme, ada.id);
    expect(session!.origin).toMatchObject({ ip: GERMAN, country: 'DE' });

    await signInAt(acme, browserAt(GERMAN));
    const risks = (await eventsOf(acme, 'sign_in.succeeded')).map(({ details }) => recordedRiskOf(details));
    expect(risks).toEqual([
      expect.objectContaining({ score: 0, action: 'allow' }),
      expect.objectContaining({ score: 15, action: 'allow', reasons: { new_device: 15 } }),
    ]);
    const replayed: Replayed[] = [];
    for await (const one of replay(gatehouse.services.audit, acme.id, { policy: acme.settings.risk, since: 0 }))
      replayed.push(one);
    expect(countOf(replayed)).toEqual([{ was: 'allow', would: 'allow', count: 2 }]);
  });

  test('by failures before it, on a known device by its own', async () => {
    const tenant = await tenantOf(gatehouse, 'failing');
    const agent = browserAt(GERMAN);
    await signInAt(tenant, agent);
    for (const browser of [browserAt(JAPANESE), agent]) {
      for (let i = 0; i < 5; i += 1) await signInAt(tenant, browser, { password: 'wrong' });
    }
    await signInAt(tenant, agent);
    const last = (await eventsOf(tenant, 'sign_in.succeeded')).at(-1);
    expect(recordedRiskOf(last?.details)).toMatchObject({
      reasons: { failures_pair: 5 },
      signals: { pairFailures: 5 },
    });
  });

  test('by a throw-away address of its account', async () => {
    const tenant = await tenantOf(gatehouse, 'fleeting');
    const { accounts } = gatehouse.services;
    for (const [email, disposableMail] of [
      ['eve@mailinator.com', true],
      ['eve@example.com', false],
    ] as const) {
      await accounts.create(tenant, { email, email_verified: true, password: PASSWORD });
      expect(isIn(await signInAt(tenant, browserAt(GERMAN), { identifier: email }))).toBe(true);
      const risks = (await eventsOf(tenant, 'sign_in.succeeded')).map(({ details }) => recordedRiskOf(details));
      expect(risks).toContainEqual(expect.objectContaining({ signals: expect.objectContaining({ disposableMail }) }));
    }
  });

  test('a risk asks for more, and its reason is on record', async () => {
    const tenant = await tenantOf(gatehouse, 'wary');
    await signInAt(tenant, browserAt(GERMAN));
    const agent = browserAt(JAPANESE);
    const page = await signInAt(tenant, agent);
    expect(isIn(page)).toBe(false);
    expect((await agent.get(page.url)).body).toContain('</form>');
    expect(await eventsOf(tenant, 'sign_in.succeeded')).toHaveLength(1);
    // Who has proven less than was asked for is not known there.
    expect(agent.cookies().map(({ name }) => name)).not.toContain('device');
    expect(await mails(tenant)).toEqual([]);
  });

  test('what is too high is refused: the client hears it, and the audit trail why', async () => {
    const tenant = await tenantOf(gatehouse, 'strict', { risk: { deny_score: 45 } });
    await signInAt(tenant, browserAt(GERMAN));
    const agent = browserAt(JAPANESE);
    expect(answerOf(await signInAt(tenant, agent))).toMatchObject({ error: 'access_denied' });
    const [event] = await eventsOf(tenant, 'sign_in.refused');
    expect(recordedRiskOf(event?.details)).toMatchObject({ action: 'deny', signals: { newCountry: true } });
    expect(event?.details).toMatchObject({ refused: 'denied', why: expect.arrayContaining([expect.anything()]) });
    expect(agent.cookies().map(({ name }) => name)).not.toContain('device');
  });

  test('whoever goes on as somebody else in the same sign-in is judged anew', async () => {
    const tenant = await tenantOf(gatehouse, 'twice', { risk: { deny_score: 70 } });
    const ago = { 'ada@example.com': 30 * 86_400_000, 'grace@example.com': 0 };
    for (const [identifier, since] of Object.entries(ago)) {
      const user = await gatehouse.services.accounts.findByIdentifier(tenant, identifier);
      await remember(tenant, user!.id, { ip: GERMAN, at: Date.now() - since });
    }
    const agent = browserAt(JAPANESE);
    const asked = await begin(tenant, agent);
    expect(isIn(await submit(agent, asked))).toBe(false);
    const page = await submit(agent, asked, { identifier: 'grace@example.com' });
    expect(answerOf(page)).toMatchObject({ error: 'access_denied' });
    expect(recordedRiskOf((await eventsOf(tenant, 'sign_in.refused'))[0]?.details)).toMatchObject({ score: 75 });
  });
});

describe('a sign-in on a new device', () => {
  test('is told to its owner in his language, who can say that it was somebody else', async () => {
    const tenant = await tenantOf(gatehouse, 'told');
    const { accounts, recovery, sessions } = gatehouse.services;
    const { id } = await adaOf(tenant);
    await accounts.change(tenant, id, { email: 'ada@example.com', email_verified: true, locale: 'de' });
    const home = browserAt(GERMAN);
    await signInAt(tenant, home);
    await signInAt(tenant, home);
    await signInAt(tenant, browserAt(GERMAN));
    await eventually(async () => (await mails(tenant)).length === 1);
    const [mail] = await mails(tenant);
    expect(mail).toMatchObject({ to: 'ada@example.com' });
    for (const words of ['Firefox auf Windows', 'Deutschland']) expect(mail!.text).toContain(words);
    const link = new URL(/http\S+token=\S+/.exec(mail!.text)![0]);
    expect(`${link.origin}${link.pathname}`).toBe(`${tenant.issuer}/recovery/not-me`);
    await recovery.reportNotMe(tenant, link.searchParams.get('token')!, { ip: GERMAN });
    expect((await adaOf(tenant)).resetRequired).toBe(true);
    expect(await sessions.list(tenant, id)).toBeDefined();
  });

  test('is not told where a tenant wants it so', async () => {
    const tenant = await tenantOf(gatehouse, 'untold', { risk: { notify_new_sign_in: false } });
    await signInAt(tenant, browserAt(GERMAN));
    expect(isIn(await signInAt(tenant, browserAt(GERMAN)))).toBe(true);
    expect((await gatehouse.services.outbox.list(tenant)).items).toEqual([]);
  });
});

describe('work before a password is looked at', () => {
  const ATTACKED = '198.51.100.7';
  const byList = (tenant: Tenant, ip = ATTACKED) => failures(tenant, 45, (i) => ({ account: `user ${i}`, ip }));
  const work = (page: Page) => elementsOf(page.body).find(({ attributes }) => attributes['data-salt'])?.attributes;
  const solution = async (page: Page) => solve(work(page)!['data-salt']!, Number(work(page)!['data-bits']));

  test('is in the page where the address has failed a lot, and lets in who does it, once', async () => {
    const tenant = await tenantOf(gatehouse, 'listed');
    await byList(tenant);
    const agent = browserAt(ATTACKED);
    const page = await begin(tenant, agent);
    const refused = await submit(agent, page, { solution: '-1' });
    expect(refused.status).toBe(422);
    expect(textOf(refused.body)).toContain('That could not be checked.');
    expect(work(refused)!['data-salt']).not.toBe(work(page)!['data-salt']);
    const answer = await solution(refused);
    expect((await submit(agent, refused, { solution: answer, password: 'wrong' })).status).toBe(422);
    const again = await submit(agent, refused, { solution: answer });
    expect(again.status).toBe(422);
    expect(isIn(await submit(agent, again, { solution: await solution(again) }))).toBe(true);
    expect((await eventsOf(tenant, 'sign_in.challenged')).map(({ target }) => target)).toEqual(
      Array(2).fill((await adaOf(tenant)).id),
    );
  });

  test('is asked for when the account is attacked, of whoever is typed, but not on its own device', async () => {
    const tenant = await tenantOf(gatehouse, 'attacked', { risk: { step_up_score: 101, deny_score: 101 } });
    const { id } = await adaOf(tenant);
    const home = browserAt(GERMAN);
    await signInAt(tenant, home);
    const elsewhere = (i: number) => `198.18.${i}.1`;
    await failures(tenant, 45, (i) => ({ account: id, ip: elsewhere(i) }));
    await failures(tenant, 45, (i) => ({ account: 'nobody@example.com', ip: elsewhere(i) }));
    expect(isIn(await signInAt(tenant, home))).toBe(true);

    const pages: Page[] = [];
    for (const identifier of ['ada@example.com', 'nobody@example.com']) {
      const agent = browserAt('192.0.2.1');
      const page = await begin(tenant, agent);
      expect(work(page)).toBeUndefined();
      const asked = await submit(agent, page, { identifier });
      expect(textOf(asked.body)).toContain('There were many failed attempts.');
      expect(fieldValue(asked.body, 'identifier')).toBe(identifier);
      pages.push(asked);
      expect(isIn(await submit(agent, asked, { identifier, solution: await solution(asked) }))).toBe(
        identifier === 'ada@example.com',
      );
    }
    expect(pages.map(({ status }) => status)).toEqual([422, 422]);
    expect(pages.map((page) => work(page)!['data-bits'])).toEqual(['14', '14']);
  });

  test('without script the same is to wait, and who is too early waits for the rest only', async () => {
    const tenant = await tenantOf(gatehouse, 'patient', { risk: { challenge: { wait: 60 } } });
    await byList(tenant);
    const agent = browserAt(ATTACKED);
    const page = await begin(tenant, agent);
    expect(textOf(page.body)).toContain('Without JavaScript, please wait 60 seconds');
    const early = await submit(agent, page);
    expect(textOf(early.body)).toMatch(/Please wait \d\d more seconds/);
    expect(fieldValue(early.body, 'challenge')).toBe(fieldValue(page.body, 'challenge'));
    moveClock(60);
    expect(isIn(await submit(agent, early))).toBe(true);
  });

  test('is of use in its own sign-in only', async () => {
    const tenant = await tenantOf(gatehouse, 'bound');
    await byList(tenant);
    const [one, other] = [browserAt(ATTACKED), browserAt(ATTACKED)];
    const [mine, page] = [await begin(tenant, one), await begin(tenant, other)];
    const stolen = { challenge: fieldValue(mine.body, 'challenge')!, solution: await solution(mine) };
    expect((await submit(other, page, stolen)).status).toBe(422);
    expect(isIn(await submit(one, mine, stolen))).toBe(true);
  });

  test('comes before messages are sent from there, too: of codes, and of ways back', async () => {
    const tenant = await tenantOf(gatehouse, 'mailed', {
      authentication: { first_factors: ['password', 'email_code'] },
    });
    await byList(tenant);
    const agent = browserAt(ATTACKED);
    const sent = async () => (await gatehouse.services.outbox.list(tenant)).items.length;
    const isForm = ({ action }: { action: string }) => /login|recovery/.test(action);
    const first = { identifier: 'ada@example.com', method: 'email_code' };
    for (const [page, fields] of [
      [await begin(tenant, agent), first],
      [await agent.get(`${tenant.issuer}/recovery`), { identifier: 'ada@example.com' }],
    ] as const) {
      const before = await sent();
      const refused = await agent.submit(page, { ...fields, solution: '-1' }, isForm);
      expect([refused.status, await sent()]).toEqual([422, before]);
      const taken = await agent.submit(refused, { ...fields, solution: await solution(refused) }, isForm);
      expect([taken.status, await sent()]).toEqual([200, before + 1]);
    }
  });

  test.each([
    ['turnstile', 'cf-turnstile', 'https://challenges.cloudflare.com'],
    ['hcaptcha', 'h-captcha', 'https://hcaptcha.com'],
  ] as const)('may be %s, whose sources the page allows only then', async (provider, element, source) => {
    const tenant = await tenantOf(gatehouse, provider, {
      risk: { captcha: { provider, site_key: 'the-key', secret: 'the-secret' } },
    });
    const policyOf = (page: Page) => page.headers.get('content-security-policy')!;
    const calm = await begin(tenant, browserAt(ATTACKED));
    expect(policyOf(calm)).not.toContain('frame-src');
    await byList(tenant);
    const page = await begin(tenant, browserAt(ATTACKED));
    for (const directive of ['script-src', 'frame-src'])
      expect(policyOf(page)).toMatch(new RegExp(`${directive} [^;]*${source.replaceAll('.', '\\.')}`));
    expect(elementsOf(page.body)).toContainEqual(
      expect.objectContaining({ attributes: { class: element, 'data-sitekey': 'the-key' } }),
    );
    expect(work(page)).toBeUndefined();
  });
});
