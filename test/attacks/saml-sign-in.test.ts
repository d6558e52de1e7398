import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ValidateInResponseTo } from '@node-saml/node-saml';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { nameIdOf, redirected, sent, write } from '../support/saml-forge.ts';
import { formOf, goalOf, SP_KEY, serviceProvider, xmlOf } from '../support/saml-sp.ts';
import { type SamlStage, samlStage } from '../support/saml-stage.ts';
import { askedOn } from '../support/second-factor.ts';
import { answerOf, authorizationUrl, CHALLENGE, raw, signedIn, signIn, userAgent } from '../support/stage.ts';
import type { Page, UserAgent } from '../support/user-agent.ts';

/** Ways around a sign-in for a service provider, and ways to end somebody else's. */

let stage: SamlStage;
let acme: Tenant;
let sp: ReturnType<typeof serviceProvider>;
beforeAll(async () => {
  stage = await samlStage();
  ({ acme, sp } = stage);
});
afterAll(() => stage.stop());

/** A browser whose sign-in is done up to the address of ours where it would be told. */
async function upToCallback(by = sp): Promise<{ agent: UserAgent; callback: URL; page: Page }> {
  const agent = userAgent();
  const page = await signIn(agent, await agent.get(await by.begin()));
  return { agent, page, callback: new URL(page.url) };
}
/** Where a browser that is signed in is sent, without going there. */
async function nextCallback(agent: UserAgent, url: string): Promise<URL> {
  const cookie = agent
    .cookies()
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ');
  let at = url;
  while (!at.includes('/saml/callback?')) {
    const { pathname, search } = new URL(at);
    const { headers } = await raw(acme.issuer, pathname + search, { headers: { cookie } });
    at = new URL(String(headers.location), at).href;
  }
  return new URL(at);
}
const refused = (page: Page) => {
  expect(page.body).not.toContain('name="SAMLResponse"');
  expect(page.body).toContain('role="alert"');
  return page.status;
};
const eventsAfter = async (act: () => Promise<unknown>) => (await stage.eventsBy(acme, act)).map(({ type }) => type);

describe('the address where a sign-in ends', () => {
  test('counts once', async () => {
    const { agent, callback } = await upToCallback();
    expect(await eventsAfter(async () => expect(refused(await agent.get(callback.href))).toBe(400))).toEqual([
      'saml.refused',
    ]);
  });

  test('of another browser signs nobody in', async () => {
    const { agent } = await upToCallback();
    const callback = await nextCallback(agent, await sp.begin());
    const victim = (await signedIn(acme.issuer, { identifier: 'grace@example.com' })).agent;
    expect(await eventsAfter(async () => expect(refused(await victim.get(callback.href))).toBe(400))).toEqual([
      'saml.refused',
    ]);
    // And is used up.
    expect(refused(await agent.get(callback.href))).toBe(400);
  });

  test('of another browser, at one where nobody is signed in', async () => {
    const { agent } = await upToCallback();
    const callback = await nextCallback(agent, await sp.begin());
    expect(refused(await userAgent().get(callback.href))).toBe(400);
  });

  test.each<[string, (callback: URL, other: URL) => void]>([
    ['without a code', (url) => url.searchParams.delete('code')],
    ['with a code that is none', (url) => url.searchParams.set('code', 'x')],
    ['without a state', (url) => url.searchParams.delete('state')],
    [
      'with the code of another sign-in that was used',
      (url, other) => url.searchParams.set('code', other.searchParams.get('code')!),
    ],
  ])('%s', async (_name, bend) => {
    const { agent, callback: used } = await upToCallback();
    const callback = await nextCallback(agent, await sp.begin());
    bend(callback, used);
    expect(await eventsAfter(async () => expect(refused(await agent.get(callback.href))).toBe(400))).toEqual([
      'saml.refused',
    ]);
  });

  test('with the code of another client', async () => {
    const { agent } = await upToCallback();
    const other = await agent.get(authorizationUrl(acme.issuer, { client_id: 'first-party', prompt: 'none' }));
    const callback = await nextCallback(agent, await sp.begin());
    callback.searchParams.set('code', answerOf(other).code!);
    expect(refused(await agent.get(callback.href))).toBe(400);
  });

  test('with the code of another service provider, to whom more may be told', async () => {
    const more = serviceProvider(acme, 'more');
    await stage.client(acme, more.client({ attributes: [{ claim: 'birthdate' }] }));
    const { agent } = await upToCallback();
    const [mine, theirs] = [await nextCallback(agent, await sp.begin()), await nextCallback(agent, await more.begin())];
    mine.searchParams.set('code', theirs.searchParams.get('code')!);
    expect(refused(await agent.get(mine.href))).toBe(400);
  });

  test('says nothing of a user without consent', async () => {
    const asking = serviceProvider(acme, 'asking');
    await stage.client(acme, asking.client({}, { skip_consent: false }));
    const { agent, page } = await upToCallback(asking);
    expect(askedOn(page)).toBe('consent');
    expect(refused(await agent.get(`${acme.issuer}/saml/callback?state=x&code=y`))).toBe(400);
  });

  test('of a client that lost the address, or is gone, meanwhile', async () => {
    const brief = serviceProvider(acme, 'brief');
    await stage.client(acme, brief.client());
    const { agent } = await upToCallback(brief);
    const first = await nextCallback(agent, await brief.begin());
    await stage.client(acme, brief.client({ acs: [{ uri: 'https://brief.example/other' }] }));
    expect(refused(await agent.get(first.href))).toBe(400);
    await stage.client(acme, brief.client());
    const second = await nextCallback(agent, await brief.begin());
    await stage.services.clients.remove(acme, 'brief');
    expect(refused(await agent.get(second.href))).toBe(400);
  });
});

describe('a service provider is no OpenID Connect client', () => {
  test('at the authorization endpoint', async () => {
    const { agent } = await upToCallback();
    const redirect_uri = `${acme.issuer}/saml/callback`;
    const page = await agent.get(
      authorizationUrl(acme.issuer, { client_id: 'hr', redirect_uri, scope: 'openid email' }),
    );
    expect(page.url).not.toContain('code=');
    expect(refused(page)).toBe(400);
  });

  test.each(['request', 'token'])('at /%s', async (path) => {
    const fields = {
      client_id: 'hr',
      response_type: 'code',
      redirect_uri: `${acme.issuer}/saml/callback`,
      scope: 'openid',
      code_challenge: CHALLENGE,
      code_challenge_method: 'S256',
      grant_type: 'authorization_code',
      code: 'x',
      code_verifier: 'x'.repeat(43),
    };
    const answer = await fetch(`${acme.issuer}/${path}`, { method: 'POST', body: new URLSearchParams(fields) });
    expect([answer.status, ((await answer.json()) as { error: string }).error]).toEqual([401, 'invalid_client']);
  });

  test('nor can the way of its request be changed', async () => {
    const forced = serviceProvider(acme, 'hr', { config: { forceAuthn: true } });
    const { agent } = await upToCallback();
    const begun = new URL(await forced.begin());
    const { headers } = await raw(acme.issuer, begun.pathname + begun.search);
    const auth = new URL(String(headers.location), acme.issuer);
    expect([...auth.searchParams.keys()]).toEqual(['client_id', 'request_uri']);
    auth.searchParams.set('prompt', 'none');
    expect(askedOn(await agent.get(auth.href))).toBe('password');
  });
});

test('a user who is disabled is not told of any more', async () => {
  const email = 'soon@example.com';
  const user = await stage.services.accounts.create(acme, {
    email,
    email_verified: true,
    password: 'correct horse battery staple',
    name: 'Soon',
  });
  const agent = userAgent();
  await signIn(agent, await agent.get(await sp.begin()), email);
  const callback = await nextCallback(agent, await sp.begin());
  await stage.services.accounts.setStatus(acme, user.id, 'disabled');
  expect(refused(await agent.get(callback.href))).toBe(400);
  expect(askedOn(await agent.get(await sp.begin()))).toBe('password');
});

test('the session of another tenant is none here', async () => {
  const there = serviceProvider(stage.globex, 'hr');
  await stage.client(stage.globex, there.client());
  const { agent } = await upToCallback();
  const asked = await agent.get(await there.begin());
  expect(askedOn(asked)).toBe('password');
  const { searchParams } = new URL((await upToCallback()).page.url);
  const page = await agent.get(`${stage.globex.issuer}/saml/callback?${searchParams}`);
  expect(refused(page)).toBe(400);
});

describe('nobody is signed out', () => {
  const isSignedIn = async (agent: UserAgent) =>
    'code' in answerOf(await agent.get(authorizationUrl(acme.issuer, { client_id: 'first-party', prompt: 'none' })));
  const logout = (value: string, issuer = sp.entityId) =>
    write(sent('LogoutRequest', issuer, `${acme.issuer}/saml/slo`, { inside: nameIdOf(value) }));

  test('by what any page can make a browser send', async () => {
    const { agent, page } = await upToCallback();
    const { profile } = await sp.accept(page);
    for (const query of ['', redirected(logout(profile.nameID)), redirected(logout('x'), { key: SP_KEY })])
      await agent.get(`${acme.issuer}/saml/slo?${query}`);
    for (const path of ['slo/continue', 'sign-out', 'signed-out'])
      expect((await agent.get(`${acme.issuer}/saml/${path}?state=x`)).status).toBe(400);
    expect(await isSignedIn(agent)).toBe(true);
  });

  test('by a service provider that does not know them', async () => {
    const other = serviceProvider(acme, 'other');
    await stage.client(acme, other.client());
    const { agent, page } = await upToCallback();
    const { profile } = await sp.accept(page);
    const answer = await agent.get(
      `${acme.issuer}/saml/slo?${redirected(logout(profile.nameID, other.entityId), { key: SP_KEY })}`,
    );
    expect(goalOf(answer).href).toContain(other.slo);
    expect(await isSignedIn(agent)).toBe(true);
  });

  test('by an answer that nobody asked for', async () => {
    const { agent, page } = await upToCallback();
    const { fields } = formOf(page);
    expect(
      await eventsAfter(() => agent.post(`${acme.issuer}/saml/slo`, { SAMLResponse: fields.SAMLResponse! })),
    ).toEqual(['saml.refused']);
    expect(xmlOf(fields)).toContain('samlp:Response');
    expect(await isSignedIn(agent)).toBe(true);
  });
});

test('an assertion says nothing that another tenant would take for its own', async () => {
  const { page } = await upToCallback();
  const config = { validateInResponseTo: ValidateInResponseTo.never };
  const globex = serviceProvider(stage.globex, 'hr', { config });
  await expect(globex.library.validatePostResponseAsync(formOf(page).fields)).rejects.toThrow(/signature/i);
});

test('nothing that was sent is in the log', () => {
  expect(stage.logged()).not.toMatch(/SAMLRe|correct horse/);
});
