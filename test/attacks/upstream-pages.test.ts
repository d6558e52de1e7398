import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { TenantSettingsInput } from '../../src/tenants/settings.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import type { TestGatehouse } from '../support/gatehouse.ts';
import { dangers, textOf } from '../support/html.ts';
import { CALLBACK } from '../support/relying-party.ts';
import { begin, signIn, userAgent } from '../support/stage.ts';
import { codeTo, hasForm, press, startWithUpstreams, tenantWith } from '../support/upstream-pages.ts';
import { oidcUpstream } from '../support/upstream-stage.ts';
import type { Page, UserAgent } from '../support/user-agent.ts';
import { to } from '../support/user-agent.ts';

/** Upstreams that lie, answers that were swapped and browsers that did not begin, as far as pages are concerned. */

type UpstreamInput = NonNullable<TenantSettingsInput['upstreams']>[number];

let gatehouse: TestGatehouse;
let fake: FakeUpstream;
beforeAll(async () => {
  gatehouse = await startWithUpstreams();
});
afterAll(() => gatehouse.stop());
beforeEach(async () => {
  fake = await startFakeUpstream();
});
afterEach(() => fake.stop());

const setUp = (more: Partial<UpstreamInput> = {}, rest: UpstreamInput[] = []) =>
  tenantWith(gatehouse, [oidcUpstream(fake, { trust: { email_verified: 'claim' }, ...more }), ...rest]);

/** As far as the address to which the upstream sends the browser back. */
async function comeBack(tenant: Tenant, agent: UserAgent = userAgent(), id = 'acme') {
  const { page } = await begin(tenant, {}, agent);
  const { url } = await press(agent, page, id);
  return { agent, page, back: fake.authorize(url) };
}
const refusals = async ({ id }: Tenant) =>
  (await gatehouse.services.audit.find(id, { where: { field: 'type', equals: 'upstream.refused' }, limit: 1000 }))
    .items;
const isIn = (page: Page) => page.url.startsWith(`${CALLBACK}?code=`);
const withUser = (user: Record<string, unknown>) => {
  fake.state.user = { sub: 'lin', email: 'lin@example.com', email_verified: true, name: 'Lin', ...user };
};

test('what is in order gets in', async () => {
  withUser({});
  const { agent, back } = await comeBack(await setUp());
  expect(isIn(await agent.get(back.href))).toBe(true);
});

describe('T107 an answer', () => {
  test('counts once', async () => {
    withUser({});
    const tenant = await setUp();
    const { agent, back } = await comeBack(tenant);
    expect(isIn(await agent.get(back.href))).toBe(true);
    const again = await agent.get(back.href);
    expect(again).toMatchObject({ status: 400 });
    expect(textOf(again.body)).toContain('This sign-in is over');
    expect(await refusals(tenant)).toMatchObject([{ details: { reason: 'state_invalid' } }]);
  });

  test.each(['a browser that has nothing', 'a browser with a sign-in of its own'])(
    'counts nowhere but in the browser that began: %s',
    async (who) => {
      withUser({});
      const tenant = await setUp();
      const { agent, back } = await comeBack(tenant);
      const victim = who.includes('own') ? (await comeBack(tenant)).agent : userAgent();
      const refused = await victim.get(back.href);
      expect(refused).toMatchObject({ status: 400 });
      expect(victim.cookies().some(({ name }) => name === 'session')).toBe(false);
      expect(await refusals(tenant)).toMatchObject([{ details: { reason: 'other_browser' } }]);
      // And is not spoilt by the try.
      expect(isIn(await agent.get(back.href))).toBe(true);
    },
  );

  test('that was brought to another browser leads nowhere, though its cookie for upstreams is the right one', async () => {
    withUser({});
    const tenant = await setUp();
    const { agent, back } = await comeBack(tenant);
    const thief = userAgent();
    thief.setCookies(agent.cookies().filter(({ name }) => name === 'upstream'));
    const refused = await thief.get(back.href);
    expect(refused).toMatchObject({ status: 400, url: expect.stringContaining('/from-upstream') });
    expect(textOf(refused.body)).toContain('This sign-in is over');
    expect(await gatehouse.services.accounts.findByIdentifier(tenant, 'lin@example.com')).toBeUndefined();
  });

  test('of one upstream is none at another', async () => {
    withUser({});
    const tenant = await setUp({}, [oidcUpstream(fake, { id: 'evil', name: 'Evil' })]);
    const { agent, back } = await comeBack(tenant);
    const swapped = back.href.replace('/upstream/acme/', '/upstream/evil/');
    expect(await agent.get(swapped)).toMatchObject({ status: 400 });
    expect(await refusals(tenant)).toMatchObject([{ target: 'evil', details: { reason: 'mix_up' } }]);
    expect(isIn(await agent.get(back.href))).toBe(true);
  });

  test('of one tenant is none at another', async () => {
    const [one, two] = [await setUp(), await setUp()];
    const { agent, back } = await comeBack(one);
    await comeBack(two, agent);
    expect(await agent.get(back.href.replace(one.issuer, two.issuer))).toMatchObject({ status: 400 });
    expect(await refusals(two)).toMatchObject([{ details: { reason: 'state_invalid' } }]);
  });

  test('leads into its own sign-in, of two in one browser', async () => {
    withUser({});
    const tenant = await setUp();
    const agent = userAgent();
    const first = await comeBack(tenant, agent);
    const second = await comeBack(tenant, agent);
    expect(isIn(await agent.get(first.back.href))).toBe(true);
    const done = await agent.get(second.back.href);
    expect(done.trail.some(({ url }) => url.includes('/from-upstream'))).toBe(true);
    expect(isIn(done)).toBe(true);
  });

  test.each(['/interaction/x/from-upstream', '/upstream/acme/callback', '/upstream/none/callback?state=x&code=y'])(
    'that nobody waits for is a page, never a sign-in: %s',
    async (path) => {
      const tenant = await setUp();
      expect(await userAgent().get(tenant.issuer + path)).toMatchObject({ status: 400 });
    },
  );

  test('is taken in turn only: the way back does nothing by itself', async () => {
    const tenant = await setUp();
    const { agent, page } = await begin(tenant);
    const shown = await agent.get(page.url.replace('?', '/from-upstream?'));
    expect(shown).toMatchObject({ status: 200, url: page.url });
    expect(hasForm(shown, 'login')).toBe(true);
  });
});

describe('an answer that comes as a form (Apple, SAML)', () => {
  const postedTo = (tenant: Tenant, back: URL, agent: UserAgent) =>
    agent.post(`${tenant.issuer}/upstream/acme/callback`, Object.fromEntries(back.searchParams), {
      origin: 'https://appleid.apple.com',
      'sec-fetch-site': 'cross-site',
    });

  test('gets in by a navigation, which brings the cookies', async () => {
    withUser({});
    const tenant = await setUp();
    const { agent, back } = await comeBack(tenant);
    // As a browser: no SameSite=Lax cookies with another site's form.
    const bare = await postedTo(tenant, back, userAgent());
    expect(bare.trail[0]).toMatchObject({ method: 'POST', status: 303 });
    expect(bare.trail[1]!.url).not.toContain(back.searchParams.get('code'));
    expect(bare).toMatchObject({ status: 400 });
    const done = await postedTo(tenant, back, agent);
    expect(isIn(done)).toBe(true);
    expect(await postedTo(tenant, back, agent)).toMatchObject({ status: 400 });
  });

  test('is not kept where nobody waits for it', async () => {
    const tenant = await setUp();
    const form = { state: 'x'.repeat(43), code: 'y'.repeat(40_000) };
    const refused = await userAgent().post(`${tenant.issuer}/upstream/acme/callback`, form);
    expect(refused).toMatchObject({ status: 400, url: `${tenant.issuer}/upstream/acme/callback?posted=` });
    expect(await refusals(tenant)).toMatchObject([{ details: { reason: 'state_invalid' } }]);
  });
});

describe('an upstream that', () => {
  test.each<[string, string, number, () => void]>([
    ['is down', 'Acme cannot be reached', 503, () => Object.assign(fake.state.failures, { token: 'drop' })],
    ['is slow', 'Acme cannot be reached', 503, () => Object.assign(fake.state.failures, { token: 'hang' })],
    ['is broken', 'could not be completed', 400, () => Object.assign(fake.state.failures, { token: 'broken' })],
    ['says no', 'did not sign you in', 400, () => Object.assign(fake.state, { error: 'access_denied' })],
    ['says something else', 'could not be completed', 400, () => Object.assign(fake.state, { error: '<b>' })],
    [
      'lies about whom it is for',
      'could not be completed',
      400,
      () => {
        fake.state.tamper = (claims) => ({ ...claims, aud: 'another' });
      },
    ],
    [
      'plays an old token',
      'could not be completed',
      400,
      () => {
        fake.state.tamper = (claims) => ({ ...claims, nonce: 'old' });
      },
    ],
    [
      'signs nothing',
      'could not be completed',
      400,
      () => {
        fake.state.sign = (claims) => `${encoded({ alg: 'none' })}.${encoded(claims)}.`;
      },
    ],
    ['tells no address', 'did not tell us your email address', 400, () => withUser({ email: undefined })],
  ])(
    '%s: the page says so and has the other ways, nobody is in, and it is on record once',
    async (_, words, status, bend) => {
      const tenant = await setUp();
      const { agent, page } = await begin(tenant);
      const { url } = await press(agent, page, 'acme');
      bend();
      const shown = await agent.get(fake.authorize(url).href);
      expect(shown).toMatchObject({ status });
      expect(textOf(shown.body)).toContain(words);
      expect(dangers(shown.body)).toEqual([]);
      expect(hasForm(shown, 'login') && hasForm(shown, 'upstream')).toBe(true);
      expect(agent.cookies().some(({ name }) => name === 'session')).toBe(false);
      expect(await refusals(tenant)).toHaveLength(1);
      // Not a dead end.
      expect(isIn(await signIn(agent, shown))).toBe(true);
    },
  );

  test('F17 cannot be reached from the start is named at its button', async () => {
    const tenant = await setUp();
    const { agent, page } = await begin(tenant);
    fake.state.failures.discovery = 'drop';
    const { page: shown, url } = await press(agent, page, 'acme');
    expect(url).toBe('');
    expect(shown).toMatchObject({ status: 503 });
    expect(textOf(shown.body)).toContain('Acme cannot be reached');
    expect(isIn(await signIn(agent, shown))).toBe(true);
  });
});

describe('T108 an address that the upstream does not answer for', () => {
  const arrive = async (email: string, tenant?: Tenant) => {
    withUser({ email, email_verified: false });
    const at = tenant ?? (await setUp());
    const { agent, back } = await comeBack(at);
    return { tenant: at, agent, page: await agent.get(back.href) };
  };
  test('is proven by a code, and then makes an account', async () => {
    const { tenant, agent, page } = await arrive('lin@example.com');
    expect(textOf(page.body)).toContain('Acme told us the address lin@example.com');
    expect(await gatehouse.services.accounts.findByIdentifier(tenant, 'lin@example.com')).toBeUndefined();
    const wrong = await agent.submit(page, { code: '00000000' }, to('upstream-code'));
    expect(wrong).toMatchObject({ status: 422 });
    const done = await agent.submit(
      wrong,
      { code: await codeTo(gatehouse, tenant, 'lin@example.com') },
      to('upstream-code'),
    );
    expect(isIn(done)).toBe(true);
    expect(await gatehouse.services.accounts.findByIdentifier(tenant, 'lin@example.com')).toMatchObject({
      email_verified: true,
    });
  });

  test('says nothing of whether there is an account, until it is proven; and then links none by itself', async () => {
    const known = await arrive('ada@example.com');
    const unknown = await arrive('liz@example.com');
    const plain = ({ page }: typeof known, name: string) =>
      textOf(page.body)
        .replaceAll(name, 'NAME')
        .replaceAll(/req_\w+/g, '');
    expect(plain(known, 'ada@example.com')).toBe(plain(unknown, 'liz@example.com'));
    const { agent, page, tenant } = known;
    const asked = await agent.submit(
      page,
      { code: await codeTo(gatehouse, tenant, 'ada@example.com') },
      to('upstream-code'),
    );
    expect(textOf(asked.body)).toContain('You have an account already');
    const ada = await gatehouse.services.accounts.findByIdentifier(tenant, 'ada@example.com');
    expect(await gatehouse.services.upstreams.list(tenant, ada!.id)).toEqual([]);
  });

  test('is proven by its own code only, in the sign-in that asked for it, and as often as codes may be tried', async () => {
    const tenant = await setUp();
    const mine = await arrive('eve@example.com', tenant);
    const code = await codeTo(gatehouse, tenant, 'eve@example.com');
    const victims = await arrive('ada@example.com', tenant);
    expect(await victims.agent.submit(victims.page, { code }, to('upstream-code'))).toMatchObject({ status: 422 });

    // The same browser comes back as somebody else: the code before is of another address.
    withUser({ sub: 'another', email: 'sue@example.com', email_verified: false });
    const first = await mine.agent.get(mine.page.url.replace(/show=[^&]*/, ''));
    const { url } = await press(mine.agent, first, 'acme');
    const page = await mine.agent.get(fake.authorize(url).href);
    expect(await mine.agent.submit(page, { code }, to('upstream-code'))).toMatchObject({ status: 422 });
    for (let tries = 0; tries < 6; tries += 1) await mine.agent.submit(page, { code }, to('upstream-code'));
    const late = await mine.agent.submit(
      page,
      { code: await codeTo(gatehouse, tenant, 'sue@example.com') },
      to('upstream-code'),
    );
    expect(late).toMatchObject({ status: 422 });
    expect(mine.agent.cookies().some(({ name }) => name === 'session')).toBe(false);
  });

  test('cannot have codes sent without end, and is no dead end then', async () => {
    const { tenant, agent, page } = await arrive('lin@example.com');
    const again = await agent.submit(page, {}, to('upstream-code-again'));
    expect(again).toMatchObject({ status: 429 });
    expect(hasForm(again, 'upstream-code')).toBe(true);
    const other = await arrive('lin@example.com', tenant);
    expect(other.page).toMatchObject({ status: 429 });
    expect(isIn(await signIn(other.agent, other.page))).toBe(true);
  });
});

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
