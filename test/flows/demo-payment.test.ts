import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createDemo } from '../../src/demo/demo.ts';
import { type Demo, prepareDemo } from '../../src/demo-tenant.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { appCode } from '../support/authenticator-app.ts';
import { moveClock, restoreClock } from '../support/clock.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { textOf } from '../support/html.ts';
import { askedOn, enrolApp, typeCode } from '../support/second-factor.ts';
import { createUserAgent, formsOf, type Page, to, type UserAgent } from '../support/user-agent.ts';

/** The demo asks for 1,000 EUR: an API refuses (RFC 9470), its client comes back with more. */

let gatehouse: TestGatehouse;
let prepared: Promise<Demo | undefined>;
let demo: Demo;
let tenant: Tenant;
let agent: UserAgent;

beforeAll(async () => {
  gatehouse = await startGatehouse({}, (services) => {
    prepared = prepareDemo(services);
    const handle = prepared.then((made) => createDemo(made!));
    return (req, res) => {
      if (!req.url?.startsWith('/demo')) return false;
      void handle.then((answer) => answer(req, res));
      return true;
    };
  });
  demo = (await prepared)!;
  tenant = (await gatehouse.services.resolver.byId('demo'))!;
});
afterAll(() => gatehouse.stop());
beforeEach(() => {
  agent = createUserAgent();
});
afterEach(restoreClock);

const at = (path: string) => gatehouse.url + path;
const password = (page: Page) => agent.submit(page, { identifier: demo.email, password: demo.password }, to('login'));

async function signIn(): Promise<Page> {
  const page = await password(await agent.submit(await agent.get(at('/demo')), {}, to('sign-in')));
  return askedOn(page) === 'consent' ? agent.submit(page, { decision: 'accept' }, to('consent')) : page;
}
const pay = async () => agent.submit(await agent.get(at('/demo')), {}, to('pay'));

function expectPaid(page: Page): void {
  expect([page.status, page.url]).toEqual([200, at('/demo/paid')]);
  const text = textOf(page.body);
  expect(text).toContain('1,000 EUR are paid');
  expect(text).toContain('acr urn:gatehouse:aal2 amr ["pwd","otp","mfa"] auth_time');
}

describe('a user who has no second factor yet', () => {
  test('is signed in, is asked to set one up, and has paid; the next payment asks for nothing', async () => {
    await signIn();
    const choice = await pay();
    expect(new URL(choice.url).pathname).toContain('/t/demo/interaction/');
    const query = new URL(choice.trail.find(({ url }) => url.includes('/auth?'))!.url).searchParams;
    expect([query.get('acr_values'), query.get('max_age')]).toEqual(['urn:gatehouse:aal2', '300']);

    const shown = await agent.get(`${choice.url}&method=totp`);
    const secret = /class="secret"[^>]*>([A-Z2-7 ]+)</.exec(shown.body)![1]!;
    const codes = await agent.submit(shown, { code: appCode(secret) }, to('enrol-totp'));
    const made = await agent.submit(codes, {}, to('recovery-codes'));
    const onward = /class="button" href="([^"]+)"/.exec(made.body)![1]!.replaceAll('&amp;', '&');
    expectPaid(await agent.get(new URL(onward, made.url).href));

    expectPaid(await pay());
    // A proof that is too old is asked for once more, and no more than that.
    moveClock(400);
    const again = await pay();
    expect(askedOn(again)).toBe('password');
    const paid = await password(again);
    expect([paid.url, textOf(paid.body)]).toEqual([at('/demo/paid'), expect.stringContaining('urn:gatehouse:aal2')]);
  });
});

describe('a user who has one', () => {
  let secret: string;
  beforeEach(async () => {
    const { accounts, totp, tenants } = gatehouse.services;
    const ada = (await accounts.findByIdentifier(tenant, demo.email))!;
    await totp.removeAll(tenant, ada.id);
    await tenants.change('demo', { settings: { ...tenant.settings, authentication: { mfa: 'off' } } } as object);
    secret = await enrolApp(gatehouse.services, tenant, ada.id);
  });

  test('is asked for its code alone', async () => {
    await signIn();
    const asked = await pay();
    expect([askedOn(asked), asked.body.includes('name="password"')]).toEqual(['code', false]);
    expectPaid(await typeCode(agent, asked, secret));
  });

  test('and who cancels has not paid, and is still signed in', async () => {
    await signIn();
    const asked = await pay();
    const cancelled = await agent.submit(asked, {}, to('cancel'));
    expect([cancelled.status, textOf(cancelled.body)]).toEqual([403, expect.stringContaining('You said no')]);
    expect((await agent.get(at('/demo'))).body).toContain('You are signed in');
    expect((await agent.get(at('/demo/paid'))).url).toBe(at('/demo'));
  });
});

test('only who is signed in pays, by a form of the page', async () => {
  const home = await agent.get(at('/demo'));
  const { csrf } = formsOf(home)[0]!.fields;
  expect((await agent.post(at('/demo/pay'), { csrf: csrf! })).status).toBe(401);
  expect((await agent.post(at('/demo/pay'), {})).status).toBe(403);
  await signIn();
  expect((await agent.post(at('/demo/pay'), { csrf: csrf! }, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
});

test('the API takes tokens, no cookies', async () => {
  await signIn();
  const page = await agent.post(at('/demo/api/payments'), {});
  expect([page.status, page.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  expect((await agent.get(at('/demo/api/payments'))).status).toBe(405);
});
