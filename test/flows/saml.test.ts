import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { selfSigned } from '../../src/core/self-signed.ts';
import type { TenantSettingsInput } from '../../src/tenants/settings.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { moveClock, restoreClock } from '../support/clock.ts';
import { redirected, sent, write } from '../support/saml-forge.ts';
import { formOf, SP_KEY, serviceProvider, xmlOf } from '../support/saml-sp.ts';
import { type SamlStage, samlStage } from '../support/saml-stage.ts';
import { askedOn, enrolApp, typeCode } from '../support/second-factor.ts';
import { authorizationUrl, isMain, signIn, userAgent } from '../support/stage.ts';
import type { Page, UserAgent } from '../support/user-agent.ts';

/** Sign-ins for service providers made with node-saml. All of it without script. */

const CLASSES = 'urn:oasis:names:tc:SAML:2.0:ac:classes:';
const MFA = 'https://refeds.org/profile/mfa';

let stage: SamlStage;
let acme: Tenant;
let sp: ReturnType<typeof serviceProvider>;
beforeAll(async () => {
  stage = await samlStage();
  ({ acme, sp } = stage);
});
afterAll(() => stage.stop());
afterEach(restoreClock);

/** Another service provider of acme, with a client of its own. */
async function another(id: string, saml: object = {}, options: Parameters<typeof serviceProvider>[2] = {}, more = {}) {
  const other = serviceProvider(acme, id, options);
  await stage.client(acme, other.client(saml, more));
  return other;
}

async function signedIn(by = sp, identifier?: string): Promise<{ agent: UserAgent; page: Page }> {
  const agent = userAgent();
  return { agent, page: await signIn(agent, await agent.get(await by.begin()), identifier) };
}
const said = (page: Page) => xmlOf(formOf(page).fields);
const attribute = (xml: string, name: string) => new RegExp(` ${name}="([^"]*)"`).exec(xml)?.[1];
const statusOf = (page: Page) =>
  [...said(page).matchAll(/StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:(\w+)"/g)].map((match) => match[1]);
const classOf = (page: Page) => /<saml:AuthnContextClassRef>([^<]*)</.exec(said(page))?.[1];
const nameOf = (page: Page) => /<saml:NameID [^>]*>([^<]*)</.exec(said(page))?.[1];

describe('a sign-in', () => {
  test('by redirect, told exactly', async () => {
    const begun = Math.floor(Date.now() / 1000);
    let page!: Page;
    const events = await stage.eventsBy(acme, async () => {
      ({ page } = await signedIn());
    });
    expect(page.trail.at(-1)!.url).toContain('/saml/callback?');
    const { profile, relayState } = await sp.accept(page);
    expect(relayState).toBe('the state');
    expect(profile).toMatchObject({
      issuer: `${acme.issuer}/saml/metadata`,
      nameIDFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
      spNameQualifier: sp.entityId,
      attributes: { email: 'ada@example.com', 'urn:oid:2.16.840.1.113730.3.1.241': 'ada' },
    });
    const xml = profile.getAssertionXml!();
    expect(attribute(xml, 'Recipient')).toBe(sp.acs);
    expect(attribute(xml, 'InResponseTo')).toBe(profile.inResponseTo);
    expect(xml).toContain(`<saml:AudienceRestriction><saml:Audience>${sp.entityId}</saml:Audience>`);
    const time = (name: string) => Date.parse(attribute(xml, name)!) / 1000;
    expect(time('NotOnOrAfter') - time('IssueInstant')).toBe(300);
    expect(time('IssueInstant') - time('NotBefore')).toBe(60);
    expect(time('AuthnInstant')).toBeGreaterThanOrEqual(begun);
    expect(time('AuthnInstant')).toBeLessThanOrEqual(time('IssueInstant'));
    expect(classOf(page)).toBe(`${CLASSES}PasswordProtectedTransport`);
    expect(said(page).match(/<ds:Signature /g)).toHaveLength(2);
    expect(page.headers.get('content-security-policy')).toContain(`form-action 'self' https://hr.example`);
    expect(events).toMatchObject([
      { type: 'sign_in.succeeded', clientId: 'hr' },
      { type: 'saml.asserted', clientId: 'hr', details: { acr: 'urn:gatehouse:aal1' } },
    ]);
  });

  test('by a form that another site posts', async () => {
    const config = { authnRequestBinding: 'HTTP-POST', skipRequestCompression: true };
    const post = serviceProvider(acme, 'hr', { config });
    const fields = await post.beginByForm('<&>"\' +é');
    const agent = userAgent();
    const headers = { origin: 'https://hr.example', 'sec-fetch-site': 'cross-site' };
    const page = await signIn(agent, await agent.post(`${acme.issuer}/saml/sso`, fields, headers));
    expect((await post.accept(page)).relayState).toBe('<&>"\' +é');
  });

  test.each<[string, TenantSettingsInput['protocol']]>([
    ['fapi2', { profile: 'fapi2' }],
    ['fapi1', { profile: 'fapi1' }],
    ['compat', { profile: 'compat' }],
    ['shared secrets alone', { client_auth_methods: ['client_secret_post'] }],
    ['signed requests, tokens that are bound', { signed_requests_required: true, sender_constrained: true }],
  ])('whatever the tenant wants of OpenID Connect clients: %s', async (_name, protocol) => {
    await stage.settings(acme, { protocol });
    const { page } = await signedIn();
    expect((await sp.accept(page)).profile.email).toBe('ada@example.com');
    await stage.settings(acme, {});
  });

  test('once is enough, and each service provider knows its own name of the user', async () => {
    const { agent, page } = await signedIn();
    const crm = await another('crm');
    const there = await agent.get(await crm.begin());
    const { profile } = await crm.accept(there);
    const again = await sp.accept(await agent.get(await sp.begin()));
    const first = await sp.accept(page);
    expect(again.profile.nameID).toBe(first.profile.nameID);
    expect(again.profile.sessionIndex).toBe(first.profile.sessionIndex);
    expect(profile.nameID).not.toBe(first.profile.nameID);
    expect(profile.sessionIndex).not.toBe(first.profile.sessionIndex);
    const elsewhere = await sp.accept((await signedIn()).page);
    expect(elsewhere.profile.nameID).toBe(first.profile.nameID);
    expect(elsewhere.profile.sessionIndex).not.toBe(first.profile.sessionIndex);
    expect((await sp.accept((await signedIn(sp, 'grace@example.com')).page)).profile.nameID).not.toBe(
      first.profile.nameID,
    );
  });

  test('is one of OpenID Connect clients, too, and the other way round', async () => {
    const { agent } = await signedIn();
    const silent = { client_id: 'first-party', prompt: 'none' };
    expect((await agent.get(authorizationUrl(acme.issuer, silent))).url).toContain('code=');
  });

  test('anew, where it is asked for', async () => {
    const forced = serviceProvider(acme, 'hr', { config: { forceAuthn: true } });
    const { agent, page } = await signedIn();
    moveClock(30);
    const asked = await agent.get(await forced.begin());
    expect(askedOn(asked)).toBe('password');
    const done = await signIn(agent, asked);
    expect(Date.parse(attribute(said(done), 'AuthnInstant')!)).toBeGreaterThan(
      Date.parse(attribute(said(page), 'AuthnInstant')!),
    );
  });

  test('without a question, or not at all, where that is asked for', async () => {
    const passive = serviceProvider(acme, 'hr', { config: { passive: true } });
    const refused = await userAgent().get(await passive.begin());
    expect(statusOf(refused)).toEqual(['Responder', 'NoPassive']);
    // The library knows that status, and that it is for its request.
    expect((await passive.library.validatePostResponseAsync(formOf(refused).fields)).profile).toBeNull();
    const { agent } = await signedIn();
    expect((await passive.accept(await agent.get(await passive.begin()))).profile.nameID).toBeTruthy();
    const both = serviceProvider(acme, 'hr', { config: { passive: true, forceAuthn: true } });
    expect(statusOf(await agent.get(await both.begin()))).toEqual(['Responder', 'NoPassive']);
    // That is in the course of things.
    expect(await stage.eventsBy(acme, async () => agent.get(await both.begin()))).toEqual([]);
  });

  test('that begins here, only where it may', async () => {
    const { agent } = await signedIn();
    for (const id of ['hr', 'web', 'nobody']) {
      expect((await agent.get(`${acme.issuer}/saml/start/${id}`)).status).toBe(404);
    }
    const intranet = await another(
      'intranet',
      { idp_initiated: true, default_relay_state: '/home', session_lifetime: 3600 },
      { config: { validateInResponseTo: 'never' as never } },
    );
    const page = await agent.get(`${acme.issuer}/saml/start/intranet?RelayState=https://evil.example`);
    expect(said(page)).not.toContain('InResponseTo');
    const { profile, relayState } = await intranet.accept(page);
    expect(relayState).toBe('/home');
    const until = Date.parse(attribute(profile.getAssertionXml!(), 'SessionNotOnOrAfter')!);
    expect(Math.abs(until - Date.now() - 3_600_000)).toBeLessThan(60_000);
  });
});

describe('how strong it was', () => {
  const wants = (...authnContext: string[]) =>
    serviceProvider(acme, 'hr', { config: { disableRequestedAuthnContext: false, authnContext } });

  test('a second factor that is asked for is proven, and told', async () => {
    const user = (await stage.services.accounts.findByIdentifier(acme, 'grace@example.com'))!;
    const secret = await enrolApp(stage.services, acme, user.id);
    const { agent, page } = await signedIn(sp, 'grace@example.com');
    const first = askedOn(page) === 'code' ? await typeCode(agent, page, secret) : page;
    expect([MFA, `${CLASSES}PasswordProtectedTransport`]).toContain(classOf(first));

    const other = userAgent();
    const asked = await signIn(other, await other.get(await wants(MFA).begin()), 'grace@example.com');
    expect(askedOn(asked)).toBe('code');
    const done = await typeCode(other, asked, secret);
    expect(classOf(done)).toBe(MFA);
    // What is less is true of it as well.
    const password = `${CLASSES}PasswordProtectedTransport`;
    expect(classOf(await other.get(await wants(password).begin()))).toBe(password);
    await stage.services.totp.removeAll(acme, user.id);
  });

  test('what cannot be asked for is refused, and put on record', async () => {
    const events = await stage.eventsBy(acme, async () => {
      const page = await userAgent().get(await wants(`${CLASSES}Kerberos`).begin());
      expect(statusOf(page)).toEqual(['Requester', 'NoAuthnContext']);
    });
    expect(events).toMatchObject([
      { type: 'saml.refused', clientId: 'hr', details: { reason: expect.stringContaining('context') } },
    ]);
  });

  test('a policy of the client holds', async () => {
    const strict = await another('strict', {}, {}, { authentication_policy: { mfa: 'required' } });
    const agent = userAgent();
    const asked = await signIn(agent, await agent.get(await strict.begin()));
    expect(askedOn(asked)).toBe('enrol');
  });
});

describe('what is told', () => {
  test('only what the user allows, for whom it truly is', async () => {
    const asking = await another('asking', {}, {}, { skip_consent: false });
    const agent = userAgent();
    const asked = await signIn(agent, await agent.get(await asking.begin()));
    expect(askedOn(asked)).toBe('consent');
    expect(asked.body).toContain('<bdi class="host">asking.example</bdi>');
    const denied = await agent.submit(asked, { decision: 'deny' }, isMain);
    expect(statusOf(denied)).toEqual(['Responder', 'RequestDenied']);
    const again = await agent.get(await asking.begin());
    const done = await agent.submit(again, { decision: 'accept' }, isMain);
    expect((await asking.accept(done)).profile.email).toBe('ada@example.com');
    // Remembered, as for any client.
    expect((await asking.accept(await agent.get(await asking.begin()))).profile.email).toBe('ada@example.com');
  });

  test('a cancelled sign-in', async () => {
    const agent = userAgent();
    const asked = await agent.get(await sp.begin());
    const events = await stage.eventsBy(acme, async () => {
      const page = await agent.submit(asked, {}, (form) => !isMain(form));
      expect(statusOf(page)).toEqual(['Responder', 'RequestDenied']);
    });
    expect(events).toMatchObject([{ type: 'authorization.refused', clientId: 'hr' }]);
  });

  test('of the user whom the request names, and of nobody else', async () => {
    const { agent, page } = await signedIn();
    const asking = (name: string) =>
      redirected(
        write(
          sent('AuthnRequest', sp.entityId, `${acme.issuer}/saml/sso`, {
            inside: `<saml:Subject xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"><saml:NameID>${name}</saml:NameID></saml:Subject>`,
          }),
        ),
        { key: SP_KEY },
      );
    const ask = (name: string) => agent.get(`${acme.issuer}/saml/sso?${asking(name)}`);
    expect(statusOf(await ask(nameOf(page)!))).toEqual(['Success']);
    const events = await stage.eventsBy(acme, async () =>
      expect(statusOf(await ask('somebody'))).toEqual(['Responder', 'UnknownPrincipal']),
    );
    expect(events).toMatchObject([{ type: 'saml.refused' }]);
  });

  test('at the address that the request names, by its index too', async () => {
    const acs = [{ uri: 'https://two.example/acs' }, { uri: 'https://two.example/other', index: 7 }];
    const two = await another('two', { acs });
    const { agent } = await signedIn();
    const at = async (attributes: string) => {
      const message = sent('AuthnRequest', two.entityId, `${acme.issuer}/saml/sso`, { attributes });
      const page = await agent.get(`${acme.issuer}/saml/sso?${redirected(write(message), { key: SP_KEY })}`);
      expect(attribute(said(page), 'Recipient')).toBe(formOf(page).action);
      return formOf(page).action;
    };
    expect(await at('')).toBe('https://two.example/acs');
    expect(await at('AssertionConsumerServiceIndex="7"')).toBe('https://two.example/other');
    expect(await at('AssertionConsumerServiceURL="https://two.example/other"')).toBe('https://two.example/other');
  });

  test('an address only where it is verified', async () => {
    const user = { email: 'new@example.com', password: 'correct horse battery staple', name: 'New' };
    await stage.services.accounts.create(acme, user);
    const { page } = await signedIn(sp, 'new@example.com');
    expect((await sp.accept(page)).profile.attributes).toEqual({ 'urn:oid:2.16.840.1.113730.3.1.241': 'New' });
    const byMail = await another('by-mail', { name_id_format: 'emailAddress' });
    expect(statusOf((await signedIn(byMail, 'new@example.com')).page)).toEqual(['Responder', 'InvalidNameIDPolicy']);
    const good = await byMail.accept((await signedIn(byMail)).page);
    expect(good.profile).toMatchObject({
      nameID: 'ada@example.com',
      nameIDFormat: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
    });
  });

  test('a name for one session', async () => {
    const transient = await another('transient', { name_id_format: 'transient' });
    const { agent, page } = await signedIn(transient);
    expect(nameOf(await agent.get(await transient.begin()))).toBe(nameOf(page));
    expect(nameOf((await signedIn(transient)).page)).not.toBe(nameOf(page));
  });

  test.each([
    ['urn:oasis:names:tc:SAML:2.0:nameid-format:transient', []],
    ['urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified', []],
    ['urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress', ['Requester', 'InvalidNameIDPolicy']],
    ['urn:oasis:names:tc:SAML:2.0:nameid-format:kerberos', ['Requester', 'InvalidNameIDPolicy']],
  ])('the format %s', async (identifierFormat, refusal) => {
    const { agent } = await signedIn();
    const page = await agent.get(await serviceProvider(acme, 'hr', { config: { identifierFormat } }).begin());
    if (refusal.length > 0) expect(statusOf(page)).toEqual(refusal);
    else expect(statusOf(page)).toEqual(['Success']);
  });

  test('to nobody but the service provider, where it is encrypted', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const certificate = selfSigned(privateKey, { name: 'sp', from: 0, until: Date.now() + 86_400_000 });
    const decryptionPvk = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    const secret = await another('secret', { encryption_certificate: certificate }, { config: { decryptionPvk } });
    const { page } = await signedIn(secret);
    expect(said(page)).not.toContain('ada@example.com');
    expect((await secret.accept(page)).profile.email).toBe('ada@example.com');
  });

  test('names with all that XML means something by', async () => {
    const name = 'A<b>&amp;"\'é\u{1f600} ]]>';
    await stage.services.accounts.create(acme, {
      email: 'odd@example.com',
      email_verified: true,
      password: 'correct horse battery staple',
      name,
    });
    const { profile } = await sp.accept((await signedIn(sp, 'odd@example.com')).page);
    expect(profile['urn:oid:2.16.840.1.113730.3.1.241']).toBe(name);
  });
});

describe('the metadata', () => {
  test('say where we are and by which keys, the next one too', async () => {
    const { tenants, resolver } = stage.services;
    await tenants.rotateSamlKey('globex');
    resolver.drop('globex');
    const { issuer, samlKeys } = (await resolver.byId('globex'))!;
    const answer = await fetch(`${issuer}/saml/metadata`);
    expect(answer.headers.get('content-type')).toBe('application/samlmetadata+xml');
    const xml = await answer.text();
    expect(xml).toContain(`entityID="${issuer}/saml/metadata"`);
    for (const binding of ['HTTP-Redirect', 'HTTP-POST'])
      for (const [service, path] of [
        ['SingleSignOnService', 'sso'],
        ['SingleLogoutService', 'slo'],
      ])
        expect(xml).toContain(
          `<md:${service} Binding="urn:oasis:names:tc:SAML:2.0:bindings:${binding}" Location="${issuer}/saml/${path}">`,
        );
    const published = [...xml.matchAll(/<ds:X509Certificate>([^<]*)</g)].map(
      ([, text = '']) => new X509Certificate(Buffer.from(text, 'base64')).fingerprint256,
    );
    expect(published).toEqual(samlKeys.map(({ certificate }) => new X509Certificate(certificate).fingerprint256));
    expect(published).toHaveLength(2);
  });

  test('a key that is changed at once signs at once', async () => {
    await stage.services.tenants.rotateSamlKey('acme', { now: true });
    stage.services.resolver.drop('acme');
    acme = (await stage.services.resolver.byId('acme'))!;
    sp = serviceProvider(acme, 'hr');
    await sp.accept((await signedIn()).page);
  });
});

describe('off is off', () => {
  test.each(['metadata', 'sso', 'slo', 'start/hr', 'callback', 'sign-out', 'signed-out', 'slo/continue'])(
    '/saml/%s',
    async (path) => {
      const quiet = await stage.tenant({ id: `quiet-${path.replace('/', '-')}`, name: 'Quiet' });
      expect((await fetch(`${quiet.issuer}/saml/${path}`)).status).toBe(404);
    },
  );
});
