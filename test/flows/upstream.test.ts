import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { recordedRiskOf } from '../../src/risk/recordable.ts';
import type { TenantSettingsInput } from '../../src/tenants/settings.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { moveClock, restoreClock } from '../support/clock.ts';
import type { TestGatehouse } from '../support/gatehouse.ts';
import { textOf } from '../support/html.ts';
import { CALLBACK, PASSWORD } from '../support/relying-party.ts';
import { enrolApp } from '../support/second-factor.ts';
import { answerOf, BYE, begin, isMain, redeem, signIn } from '../support/stage.ts';
import { connect, goesOnTo, hasForm, press, startWithUpstreams, tenantWith } from '../support/upstream-pages.ts';
import { formsOf, type Page, to, type UserAgent } from '../support/user-agent.ts';

/** A second tenant of Gatehouse as the upstream of the first. All of it without script. */

type UpstreamInput = NonNullable<TenantSettingsInput['upstreams']>[number];

let gatehouse: TestGatehouse;
let globex: Tenant;
beforeAll(async () => {
  gatehouse = await startWithUpstreams();
  globex = await gatehouse.tenant({ id: 'globex', name: 'Globex', settings: { signing: { algorithms: ['ES256'] } } });
  for (const [email, name] of [
    ['lin@globex.example', 'Lin Chen'],
    ['ada@example.com', 'Ada Lovelace'],
  ] as const)
    await gatehouse.services.accounts.create(globex, { email, email_verified: true, password: PASSWORD, name });
});
afterAll(() => gatehouse.stop());
afterEach(restoreClock);

/** A tenant whose users may come from globex. */
async function setUp(more: Partial<UpstreamInput> = {}, settings: TenantSettingsInput = {}): Promise<Tenant> {
  const { id, issuer } = await tenantWith(gatehouse, [], settings);
  const upstream = await connect(gatehouse, globex, { issuer }, more);
  return change(id, { ...settings, upstreams: [upstream] });
}
async function change(id: string, settings: TenantSettingsInput): Promise<Tenant> {
  await gatehouse.services.tenants.change(id, { settings: { signing: { algorithms: ['ES256'] }, ...settings } });
  return (await gatehouse.services.resolver.byId(id))!;
}
/** Through the upstream and back. */
async function through(agent: UserAgent, page: Page, identifier = 'lin@globex.example'): Promise<Page> {
  const { url } = await press(agent, page, 'globex');
  const there = await agent.get(url);
  return hasForm(there, 'login') ? signIn(agent, there, identifier) : there;
}
const claimsOf = async ({ issuer }: Tenant, page: Page) =>
  decodeJwt((await redeem(issuer, answerOf(page).code)).body.id_token as string);
const eventsOf = async ({ id }: Tenant) => (await gatehouse.services.audit.find(id, { limit: 1000 })).items;
const typesOf = async (tenant: Tenant) => (await eventsOf(tenant)).map(({ type }) => type);
const linksOf = async (tenant: Tenant, email = 'ada@example.com') => {
  const user = await gatehouse.services.accounts.findByIdentifier(tenant, email);
  return gatehouse.services.upstreams.list(tenant, user!.id);
};

describe('somebody new', () => {
  test('gets an account at the first sign-in, and is known at the next', async () => {
    const acme = await setUp();
    const { agent, page } = await begin(acme);
    const done = await through(agent, page);
    const first = await claimsOf(acme, done);
    const user = await gatehouse.services.accounts.findByIdentifier(acme, 'lin@globex.example');
    expect(user).toMatchObject({ id: first.sub, email_verified: true, claims: { name: 'Lin Chen' } });
    expect(first).toMatchObject({ acr: 'urn:gatehouse:aal1', amr: [] });

    const again = await begin(acme);
    const second = await claimsOf(acme, await through(again.agent, again.page));
    expect(second.sub).toBe(first.sub);
    expect((await eventsOf(acme)).filter(({ type }) => type === 'sign_in.succeeded')).toMatchObject([
      { details: { factors: ['upstream'] } },
      { details: { factors: ['upstream'] } },
    ]);
  });

  test('goes on without redirects after a form, which a browser holds against the form', async () => {
    const acme = await setUp();
    const { agent, page } = await begin(acme);
    const { page: going, url } = await press(agent, page, 'globex');
    expect(going).toMatchObject({ status: 200, trail: [{ method: 'POST', status: 200 }] });
    expect(going.body).toContain('Globex');
    expect(url).toContain(`${globex.issuer}/auth?`);
    expect(going.body).toContain(`href="${url.replaceAll('&', '&amp;')}"`);
    expect(agent.cookies().find(({ name }) => name === 'upstream')).toMatchObject({ httpOnly: true, sameSite: 'Lax' });
  });

  test('is not let in where no accounts are made', async () => {
    const acme = await setUp({ provisioning: 'none' });
    const { agent, page } = await begin(acme);
    const back = await through(agent, page);
    expect(back.status).toBe(400);
    expect(textOf(back.body)).toContain('No account here is connected with this account of Globex');
    expect(hasForm(back, 'login')).toBe(true);
    expect(await typesOf(acme)).toContain('upstream.refused');
  });
});

describe('somebody who has an account', () => {
  test('proves it once, and is linked', async () => {
    const acme = await setUp();
    const { agent, page } = await begin(acme);
    const asked = await through(agent, page, 'ada@example.com');
    expect(textOf(asked.body)).toContain('You have an account already');
    expect(asked.body).toContain('ada@example.com');
    expect(await linksOf(acme)).toEqual([]);

    const first = await agent.get(linkIn(asked));
    expect(first.body).toContain('value="ada@example.com"');
    const done = await signIn(agent, first);
    expect(done.url).toContain(`${CALLBACK}?code=`);
    expect(await linksOf(acme)).toMatchObject([{ upstreamId: 'globex' }]);

    const again = await begin(acme);
    const { sub } = await claimsOf(acme, await through(again.agent, again.page, 'ada@example.com'));
    expect(sub).toBe((await claimsOf(acme, done)).sub);
  });

  test('is not linked by signing in to another account', async () => {
    const acme = await setUp();
    await gatehouse.services.accounts.create(acme, {
      email: 'eve@example.com',
      email_verified: true,
      password: PASSWORD,
    });
    const { agent, page } = await begin(acme);
    await through(agent, page, 'ada@example.com');
    const done = await signIn(agent, await agent.get(page.url), 'eve@example.com');
    expect(done.url).toContain(`${CALLBACK}?code=`);
    expect(await linksOf(acme)).toEqual([]);
    expect(await linksOf(acme, 'eve@example.com')).toEqual([]);
  });

  test('is not linked by a password alone where more is asked for', async () => {
    const acme = await setUp({}, { authentication: { mfa: 'required' } });
    const { agent, page } = await begin(acme);
    await through(agent, page, 'ada@example.com');
    const half = await signIn(agent, await agent.get(page.url));
    expect(textOf(half.body)).toMatch(/authenticator/i);
    expect(await linksOf(acme)).toEqual([]);
  });

  test('is linked at once where the tenant trusts the address, and told of it', async () => {
    const acme = await setUp({ linking: 'verified_email' });
    const { agent, page } = await begin(acme);
    const { sub } = await claimsOf(acme, await through(agent, page, 'ada@example.com'));
    expect(sub).toBe((await gatehouse.services.accounts.findByIdentifier(acme, 'ada@example.com'))!.id);
    expect(await typesOf(acme)).toEqual(expect.arrayContaining(['factor.enrolled', 'sign_in.succeeded']));
  });

  test('T106 who is disabled stays out', async () => {
    const acme = await setUp({ linking: 'verified_email' });
    const { agent, page } = await begin(acme);
    await through(agent, page, 'ada@example.com');
    const { id } = (await gatehouse.services.accounts.findByIdentifier(acme, 'ada@example.com'))!;
    await gatehouse.services.accounts.disable(acme, id);
    const again = await begin(acme);
    const back = await through(again.agent, again.page, 'ada@example.com');
    expect(back.status).toBe(400);
    expect(textOf(back.body)).toContain('may not be used at present');
  });
});

describe('T109 an upstream that was switched off', () => {
  test('while its user was there lets nobody in, and makes no account', async () => {
    const acme = await setUp();
    const { agent, page } = await begin(acme);
    const { url } = await press(agent, page, 'globex');
    const there = await agent.get(url);
    await change(acme.id, {
      upstreams: [{ ...(acme.settings.upstreams[0] as UpstreamInput), client_secret: 'x', enabled: false }],
    });
    const back = await signIn(agent, there, 'lin@globex.example');
    expect(back.status).toBe(400);
    expect(textOf(back.body)).toContain('Signing in with Globex is not possible here');
    expect(hasForm(back, 'login')).toBe(true);
    expect(hasForm(back, 'upstream')).toBe(false);
    expect(await gatehouse.services.accounts.findByIdentifier(acme, 'lin@globex.example')).toBeUndefined();
    expect((await eventsOf(acme)).filter(({ type }) => type === 'upstream.refused')).toMatchObject([
      { target: 'globex', details: { reason: 'disabled' } },
    ]);
  });

  test('is not on the page, and its form is refused', async () => {
    const acme = await setUp({ button: false });
    const { agent, page } = await begin(acme);
    expect(page.body).not.toContain('Globex');
    const { action, fields } = formsOf(page).find(to('login'))!;
    const refused = await agent.post(action.replace('/login?', '/upstream?'), { ...fields, upstream: 'globex' });
    expect(refused.status).toBe(400);
  });
});

describe('the mail domain', () => {
  const domains = ['globex.example'];
  const tries = (agent: UserAgent, page: Page, identifier: string, password: string) =>
    agent.submit(page, { identifier, password }, isMain);

  test('sends its people there who leave the password empty', async () => {
    const acme = await setUp({ domains, button: false });
    const { agent, page } = await begin(acme);
    const going = await tries(agent, page, 'lin@globex.example', '');
    expect(goesOnTo(going)).toContain('login_hint=lin%40globex.example');
    const there = await agent.get(goesOnTo(going)!);
    expect(there.body).toContain('value="lin@globex.example"');
    expect((await signIn(agent, there, 'lin@globex.example')).url).toContain(`${CALLBACK}?code=`);
  });

  test('takes a password as well, unless it is exclusive', async () => {
    const acme = await setUp({ domains });
    await gatehouse.services.accounts.create(acme, {
      email: 'kim@globex.example',
      email_verified: true,
      password: PASSWORD,
    });
    const { agent, page } = await begin(acme);
    expect((await tries(agent, page, 'kim@globex.example', PASSWORD)).url).toContain(`${CALLBACK}?code=`);
  });

  test('T095 looks at no password where it is exclusive, whether there is such an account or not', async () => {
    const acme = await setUp({ domains, exclusive: true });
    await gatehouse.services.accounts.create(acme, {
      email: 'kim@globex.example',
      email_verified: true,
      password: PASSWORD,
    });
    const answers = [];
    for (const identifier of ['kim@globex.example', 'sue@globex.example', 'KIM@Globex.Example']) {
      const { agent, page } = await begin(acme);
      const { status, headers, body } = await tries(agent, page, identifier, PASSWORD);
      answers.push({ status, length: headers.get('content-length'), title: /<h1>(.*)<\/h1>/.exec(body)?.[1] });
      expect(goesOnTo({ headers })).toContain(globex.issuer);
    }
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await typesOf(acme)).not.toContain('sign_in.failed');
    expect(await typesOf(acme)).not.toContain('sign_in.succeeded');
  });

  test('nor in the midst of the sign-in of another, nor for a new account', async () => {
    const acme = await setUp(
      { domains, exclusive: true },
      { authentication: { mfa: 'required' }, registration: { who: 'anybody' } },
    );
    const { accounts } = gatehouse.services;
    const user = { email: 'kim@globex.example', email_verified: true, password: PASSWORD };
    const { id } = await accounts.create(acme, user);
    await enrolApp(gatehouse.services, acme, (await accounts.findByIdentifier(acme, 'ada@example.com'))!.id);
    await enrolApp(gatehouse.services, acme, id);
    const { agent, page } = await begin(acme);
    const { action, fields } = formsOf(page).find(to('login'))!;
    const form = { ...fields, identifier: user.email, email: 'new@globex.example', password: PASSWORD };
    const made = await agent.post(action.replace('/login?', '/sign-up?'), form);
    expect(goesOnTo(made)).toContain(globex.issuer);
    await agent.submit(page, { identifier: 'ada@example.com', password: PASSWORD }, to('login'));
    const second = await agent.post(action, form);
    expect([second.status, textOf(second.body)]).toEqual([400, expect.stringContaining('not possible here')]);
    expect(second.body).not.toContain(user.email);
  });

  test('has no code sent where it is exclusive', async () => {
    const authentication = { first_factors: ['email_code' as const, 'upstream' as const] };
    const acme = await setUp({ domains, exclusive: true }, { authentication });
    const { agent, page } = await begin(acme);
    const going = await agent.submit(page, { identifier: 'kim@globex.example', method: 'email_code' }, to('login'));
    expect(goesOnTo(going)).toContain(globex.issuer);
    const again = await agent.submit(page, { identifier: 'kim@globex.example', method: 'email_code' }, to('login'));
    const { action, fields } = formsOf(page).find(to('login'))!;
    const direct = await agent.post(action.replace('/login?', '/send?'), {
      ...fields,
      identifier: 'kim@globex.example',
      method: 'email_code',
    });
    expect([goesOnTo(again), goesOnTo(direct)]).toEqual([expect.anything(), expect.anything()]);
    expect(await typesOf(acme)).not.toContain('email_code.sent');
  });

  test('is a way for no password where its upstream may not be used', async () => {
    const acme = await setUp({ domains, exclusive: true }, { authentication: { first_factors: ['password'] } });
    const { agent, page } = await begin(acme);
    const refused = await tries(agent, page, 'kim@globex.example', PASSWORD);
    expect([refused.status, textOf(refused.body)]).toEqual([400, expect.stringContaining('not possible here')]);
  });

  test('is asked for where there is nothing else to type a name for', async () => {
    const acme = await setUp({ domains, button: false }, { authentication: { first_factors: ['upstream'] } });
    const { agent, page } = await begin(acme);
    expect(page.body.match(/class="primary"/g)).toHaveLength(1);
    const unknown = await agent.submit(page, { identifier: 'lin@elsewhere.example' }, to('organization'));
    expect([unknown.status, textOf(unknown.body)]).toEqual([422, expect.stringContaining('no sign-in for addresses')]);
    const going = await agent.submit(unknown, { identifier: 'lin@globex.example' }, to('organization'));
    expect(goesOnTo(going)).toContain(globex.issuer);
  });

  test('of a name that is asked for first leads there alone', async () => {
    const acme = await setUp({ domains }, { authentication: { identifier_first: true } });
    const { agent, page } = await begin(acme);
    const going = await agent.submit(page, { identifier: 'lin@globex.example' }, to('identify'));
    expect(goesOnTo(going)).toContain(globex.issuer);
    const other = await agent.submit(page, { identifier: 'ada@example.com' }, to('identify'));
    expect(goesOnTo(other)).toBeUndefined();
  });
});

describe('T110 what it says of its sign-in', () => {
  test.each([
    ['is not heard', {}, 'urn:gatehouse:aal1', []],
    [
      'counts where it is named',
      { acr: { 'urn:gatehouse:aal1': 2 as const }, amr: { pwd: 1 as const } },
      'urn:gatehouse:aal2',
      ['pwd', 'mfa'],
    ],
  ])('%s', async (_, trust, acr, amr) => {
    const acme = await setUp({ trust: { email_verified: 'claim', ...trust } });
    const { agent, page } = await begin(acme);
    expect(await claimsOf(acme, await through(agent, page))).toMatchObject({ acr, amr });
  });

  test('of its risk counts in ours', async () => {
    const map = { 'urn:gatehouse:aal1': 'high' as const };
    const upstream = { trust: { email_verified: 'claim' as const, risk: { claim: 'acr', map } } };
    const acme = await setUp(upstream, { risk: { weights: { upstream_risk: 100 } } });
    const { agent, page } = await begin(acme);
    expect(answerOf(await through(agent, page)).error).toBe('access_denied');
    const refused = (await eventsOf(acme)).find(({ type }) => type === 'sign_in.refused');
    expect(recordedRiskOf(refused?.details)).toMatchObject({ action: 'deny', signals: { upstreamRisk: 'high' } });
  });

  test('does not stand for a second factor that a client asks for', async () => {
    const acme = await setUp();
    const { agent, page } = await begin(acme, { acr_values: 'urn:gatehouse:aal2' });
    const more = await through(agent, page);
    expect(more.url).toContain(`${acme.issuer}/interaction/`);
    expect(textOf(more.body)).toMatch(/authenticator/i);
  });
});

describe('who is asked once more', () => {
  test.each(['prompt', 'max_age'])('by %s signs in there once more', async (param) => {
    const acme = await setUp();
    const { agent, page } = await begin(acme);
    const first = await claimsOf(acme, await through(agent, page));
    moveClock(60);
    const again = await begin(acme, param === 'prompt' ? { prompt: 'login' } : { max_age: '30' }, agent);
    expect(hasForm(again.page, 'upstream')).toBe(true);
    const { url } = await press(agent, again.page, 'globex');
    const there = await agent.get(url);
    expect(there.url).toContain(`${globex.issuer}/interaction/`);
    const second = await claimsOf(acme, await signIn(agent, there, 'lin@globex.example'));
    expect(second.sub).toBe(first.sub);
    expect(second.auth_time).toBeGreaterThan(first.auth_time as number);
  });
});

describe('a sign-out', () => {
  const signOut = async (agent: UserAgent, { issuer }: Tenant) => {
    const params = new URLSearchParams({ client_id: 'first-party', post_logout_redirect_uri: BYE, state: 's' });
    return agent.submit(await agent.get(`${issuer}/session/end?${params}`), { logout: 'yes' });
  };

  test('goes on to the upstream, and from there to the client', async () => {
    const acme = await setUp({ logout: true });
    const { agent, page } = await begin(acme);
    await through(agent, page);
    const going = await signOut(agent, acme);
    expect(textOf(going.body)).toContain('Signing out of Globex');
    const there = await agent.get(goesOnTo(going)!);
    expect(there.url).toContain(`${globex.issuer}/session/end?`);
    const done = await agent.submit(there, { logout: 'yes' });
    expect(done.url).toBe(`${BYE}?state=s`);

    const again = await begin(acme, {}, agent);
    const { url } = await press(agent, again.page, 'globex');
    expect(hasForm(await agent.get(url), 'login')).toBe(true);
  });

  test('ends here where the tenant wants it so', async () => {
    const acme = await setUp();
    const { agent, page } = await begin(acme);
    await through(agent, page);
    expect((await signOut(agent, acme)).url).toBe(`${BYE}?state=s`);
  });

  test('of who came with a password ends here', async () => {
    const acme = await setUp({ logout: true });
    const { agent, page } = await begin(acme);
    await signIn(agent, page);
    expect((await signOut(agent, acme)).url).toBe(`${BYE}?state=s`);
  });

  test('a made-up state leads nowhere else', async () => {
    const acme = await setUp({ logout: true });
    const { agent } = await begin(acme);
    for (const path of ['sign-out', 'signed-out'])
      expect((await agent.get(`${acme.issuer}/upstream/globex/${path}?state=x&goal=https://evil.example`)).url).toBe(
        `${acme.issuer}/session/end/success`,
      );
  });
});

const addressIn = (page: Page, pattern: RegExp) =>
  new URL(pattern.exec(page.body)![1]!.replaceAll('&amp;', '&'), page.url).href;
const linkIn = (page: Page) => addressIn(page, /<a class="button" href="([^"]+)"/);
