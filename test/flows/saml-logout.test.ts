import { inflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Profile, ValidateInResponseTo } from '@node-saml/node-saml';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { framesOf, goesOnTo } from '../support/frames.ts';
import { webClient } from '../support/relying-party.ts';
import { formOf, goalOf, serviceProvider, xmlOf } from '../support/saml-sp.ts';
import { type SamlStage, samlStage } from '../support/saml-stage.ts';
import { answerOf, authorizationUrl, BYE, redeem, signIn, userAgent } from '../support/stage.ts';
import type { Page, UserAgent } from '../support/user-agent.ts';

/** One sign-out for all: asked by a service provider, by an OpenID Connect client, and told to service providers. */

type Sp = ReturnType<typeof serviceProvider>;

let stage: SamlStage;
let acme: Tenant;
let hr: Sp;
let crm: Sp;
let mute: Sp;
beforeAll(async () => {
  stage = await samlStage();
  ({ acme, sp: hr } = stage);
  crm = serviceProvider(acme, 'crm');
  await stage.client(acme, crm.client({ slo: { uri: crm.slo, response_uri: `${crm.slo}/done`, binding: 'post' } }));
  mute = serviceProvider(acme, 'mute');
  await stage.client(acme, mute.client({ slo: undefined }));
});
afterAll(() => stage.stop());

/** A browser that is signed in at these, and how each of them knows its user. */
async function signedInAt(...all: Sp[]): Promise<{ agent: UserAgent; profiles: Profile[] }> {
  const agent = userAgent();
  const profiles: Profile[] = [];
  for (const sp of all) {
    const page = await agent.get(await sp.begin());
    const done = profiles.length === 0 ? await signIn(agent, page) : page;
    profiles.push((await sp.accept(done)).profile);
  }
  return { agent, profiles };
}
const silently = (agent: UserAgent) =>
  agent.get(authorizationUrl(acme.issuer, { client_id: 'first-party', prompt: 'none' }));
const isSignedIn = async (agent: UserAgent) => 'code' in answerOf(await silently(agent));

/** What a service provider reads of the page that leads to it by redirect; the library verifies signature and all. */
async function readRedirect({ library }: Sp, page: Page): Promise<Profile | null> {
  const { searchParams, search } = goalOf(page);
  return (await library.validateRedirectAsync(Object.fromEntries(searchParams), search.slice(1))).profile;
}
/** Answers the request that a page brought there. */
const answerTo = (sp: Sp, request: Profile, isDone = true) =>
  sp.library.getLogoutResponseUrlAsync(request, '', {}, isDone);
const statusIn = (xml: string) => [...xml.matchAll(/status:(\w+)"/g)].map((match) => match[1]);
const inflate = (url: URL, name: string) =>
  inflateRawSync(Buffer.from(url.searchParams.get(name)!, 'base64')).toString();
const inflated = (page: Page) => inflate(goalOf(page), 'SAMLResponse');

test('a service provider signs its user out, alone', async () => {
  const { agent, profiles } = await signedInAt(hr);
  const url = await hr.library.getLogoutUrlAsync(profiles[0]!, 'back', {});
  const page = await agent.get(url);
  const id = / ID="([^"]*)"/.exec(inflate(new URL(url), 'SAMLRequest'))![1];
  expect(inflated(page)).toContain(` InResponseTo="${id}"`);
  expect(goalOf(page).href.startsWith(`${hr.slo}?`)).toBe(true);
  expect(goalOf(page).searchParams.get('RelayState')).toBe('back');
  expect(await readRedirect(hr, page)).toBeNull();
  expect(statusIn(inflated(page))).toEqual(['Success']);
  expect(await isSignedIn(agent)).toBe(false);
  expect(await stage.events(acme, 'session.ended')).toMatchObject([{ clientId: 'hr' }]);
  // Who is asked to sign in now is nobody that is known.
  expect((await agent.get(authorizationUrl(acme.issuer))).body).not.toContain('ada@example.com');
});

test('the others are told first, each in its own way, and tokens end', async () => {
  const { agent, profiles } = await signedInAt(hr, crm);
  const { code } = answerOf(await silently(agent));
  const { body } = await redeem(acme.issuer, code);
  const asking = await agent.get(await hr.library.getLogoutUrlAsync(profiles[0]!, '', {}));

  const { action, fields } = formOf(asking);
  expect(action).toBe(crm.slo);
  expect(asking.headers.get('content-security-policy')).toContain("form-action 'self' https://crm.example");
  const { profile: request } = await crm.library.validatePostRequestAsync(fields);
  expect(request).toMatchObject({ nameID: profiles[1]!.nameID, sessionIndex: profiles[1]!.sessionIndex });
  expect(xmlOf(fields)).toContain(`Destination="${crm.slo}"`);

  const done = await agent.get(await answerTo(crm, request!));
  expect(goalOf(done).href.startsWith(`${hr.slo}?`)).toBe(true);
  expect(statusIn(inflated(done))).toEqual(['Success']);
  expect(await readRedirect(hr, done)).toBeNull();
  const userinfo = { headers: { authorization: `Bearer ${body.access_token}` } };
  expect((await fetch(`${acme.issuer}/me`, userinfo)).status).toBe(401);
});

test('to an address of its own for answers, by a form', async () => {
  const { agent, profiles } = await signedInAt(crm);
  const page = await agent.get(await crm.library.getLogoutUrlAsync(profiles[0]!, 'state', {}));
  const { action, fields } = formOf(page);
  expect(action).toBe(`${crm.slo}/done`);
  expect(fields.RelayState).toBe('state');
  // The library keeps no IDs of such requests.
  const config = { validateInResponseTo: ValidateInResponseTo.never };
  const { library } = serviceProvider(acme, 'crm', { config });
  expect((await library.validatePostResponseAsync(fields)).loggedOut).toBe(true);
});

test.each<[string, (agent: UserAgent, page: Page) => Promise<Page>]>([
  [
    'says no',
    async (agent, page) =>
      agent.get(await answerTo(crm, (await crm.library.validatePostRequestAsync(formOf(page).fields)).profile!, false)),
  ],
  [
    'answers without a signature',
    async (agent, page) => {
      const { profile } = await crm.library.validatePostRequestAsync(formOf(page).fields);
      const url = new URL(await answerTo(crm, profile!));
      for (const name of ['SigAlg', 'Signature']) url.searchParams.delete(name);
      return agent.get(url.href);
    },
  ],
  ['never answers, and the user comes back', (agent, page) => agent.get(page.url)],
])('one of the others that %s makes it partial', async (_name, answer) => {
  const { agent, profiles } = await signedInAt(hr, crm);
  const page = await agent.get(await hr.library.getLogoutUrlAsync(profiles[0]!, '', {}));
  expect(statusIn(inflated(await answer(agent, page)))).toEqual(['Success', 'PartialLogout']);
  expect(await isSignedIn(agent)).toBe(false);
});

test('one that has no place to be told at makes it partial, too', async () => {
  const { agent, profiles } = await signedInAt(hr, mute);
  const page = await agent.get(await hr.library.getLogoutUrlAsync(profiles[0]!, '', {}));
  expect(statusIn(inflated(page))).toEqual(['Success', 'PartialLogout']);
});

test('an OpenID Connect client signs its user out: service providers are told on the way back to it', async () => {
  const { agent, profiles } = await signedInAt(hr, crm, mute);
  const { body } = await redeem(acme.issuer, answerOf(await silently(agent)).code);
  const end = new URLSearchParams({ id_token_hint: body.id_token, post_logout_redirect_uri: BYE, state: 's' });
  const first = await agent.submit(await agent.get(`${acme.issuer}/session/end?${end}`), { logout: 'yes' });
  const request = await readRedirect(hr, first);
  expect(request).toMatchObject({ nameID: profiles[0]!.nameID, sessionIndex: profiles[0]!.sessionIndex });
  const second = await agent.get(await answerTo(hr, request!));
  const { profile } = await crm.library.validatePostRequestAsync(formOf(second).fields);
  const done = await agent.get(await answerTo(crm, profile!));
  expect(done.url).toBe(`${BYE}?state=s`);
  expect(await isSignedIn(agent)).toBe(false);
});

describe('with a client that is told in a frame', () => {
  const frontchannel_logout_uri = 'https://app.example.com/signed-out';
  beforeAll(() => stage.client(acme, webClient('framed', { skip_consent: true, frontchannel_logout_uri })));

  async function signedInAtBoth() {
    const { agent, profiles } = await signedInAt(hr);
    const { code } = answerOf(await agent.get(authorizationUrl(acme.issuer, { client_id: 'framed' })));
    expect(code).toEqual(expect.any(String));
    return { agent, profile: profiles[0]! };
  }
  const onFrom = (page: Page) => new URL(goesOnTo(page)!, page.url).href;

  test('a service provider has its answer after that', async () => {
    const { agent, profile } = await signedInAtBoth();
    const page = await agent.get(await hr.library.getLogoutUrlAsync(profile, 'back', {}));
    expect(framesOf(page)).toEqual([frontchannel_logout_uri]);
    expect(page.headers.get('content-security-policy')).toContain('; frame-src https://app.example.com;');
    expect(await isSignedIn(agent)).toBe(false);
    const answer = await agent.get(onFrom(page));
    expect(statusIn(inflated(answer))).toEqual(['Success']);
    expect(goalOf(answer).searchParams.get('RelayState')).toBe('back');
  });

  test('service providers are told after that', async () => {
    const { agent, profile } = await signedInAtBoth();
    const end = new URLSearchParams({ client_id: 'framed', post_logout_redirect_uri: BYE, state: 's' });
    const page = await agent.submit(await agent.get(`${acme.issuer}/session/end?${end}`), { logout: 'yes' });
    expect(framesOf(page)).toEqual([frontchannel_logout_uri]);
    const asking = await agent.get(onFrom(page));
    const request = await readRedirect(hr, asking);
    expect(request).toMatchObject({ nameID: profile.nameID });
    expect((await agent.get(await answerTo(hr, request!))).url).toBe(`${BYE}?state=s`);
  });
});

test('who stays is not signed out anywhere', async () => {
  const { agent } = await signedInAt(hr);
  const page = await agent.submit(await agent.get(`${acme.issuer}/session/end`));
  expect(page.headers.get('refresh')).toBeNull();
  expect(await isSignedIn(agent)).toBe(true);
});

test('by a session of before nothing of now ends', async () => {
  const { profiles } = await signedInAt(hr);
  const now = await signedInAt(hr);
  const page = await now.agent.get(await hr.library.getLogoutUrlAsync(profiles[0]!, '', {}));
  expect(statusIn(inflated(page))).toEqual(['Success']);
  expect(await isSignedIn(now.agent)).toBe(true);
});

test('a browser where nobody is signed in', async () => {
  const { profiles } = await signedInAt(hr);
  const page = await userAgent().get(await hr.library.getLogoutUrlAsync(profiles[0]!, '', {}));
  expect(statusIn(inflated(page))).toEqual(['Success']);
});

test('a user of that name who is not the one that is signed in', async () => {
  const { agent, profiles } = await signedInAt(hr);
  const page = await agent.get(await hr.library.getLogoutUrlAsync({ ...profiles[0]!, nameID: 'eve' }, '', {}));
  expect(statusIn(inflated(page))).toEqual(['Requester', 'UnknownPrincipal']);
  expect(await isSignedIn(agent)).toBe(true);
});
