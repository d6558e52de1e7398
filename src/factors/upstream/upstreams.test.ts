import { generateKeyPairSync, verify } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type FakeUpstream, startFakeUpstream } from '../../../test/support/fake-upstream.ts';
import { claimsOf, headerOf } from '../../../test/support/forge.ts';
import {
  oidcUpstream,
  type UpstreamStage,
  upstreamStage,
  withUpstreams,
} from '../../../test/support/upstream-stage.ts';
import { checked } from '../../core/validate.ts';
import { tenantSettings } from '../../tenants/settings.ts';

let stage: UpstreamStage;
let fake: FakeUpstream;
beforeAll(async () => {
  stage = await upstreamStage();
});
afterAll(() => stage.at.store.close());
beforeEach(async () => {
  fake = await startFakeUpstream();
});
afterEach(() => fake.stop());

type More = Parameters<typeof oidcUpstream>[1];
const setUp = (more: More = {}) => withUpstreams(stage.at, oidcUpstream(fake, more));
const now = () => Math.floor(Date.now() / 1000);

/** Who comes back from an upstream that is set up like this. */
async function identityBy(more: More = {}, options: Parameters<UpstreamStage['signIn']>[2] = {}) {
  const result = await stage.signIn(setUp(more), fake, options);
  if (!result.ok) throw new Error(`refused: ${result.reason}`);
  return result.identity;
}

/** What `begin` asks for. */
async function requestBy(more: More, wishes = {}) {
  const begun = await stage.upstreams.begin(setUp(more), { upstreamId: 'acme', binding: 'b', ...wishes });
  if (!begun.ok) throw new Error(`refused: ${begun.reason}`);
  return new URL(begun.url);
}

describe('the authorization request', () => {
  test('has state, nonce, PKCE and a callback of its own', async () => {
    const url = await requestBy({});
    expect(url.origin + url.pathname).toBe(`${fake.issuer}/authorize`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'gatehouse',
      response_type: 'code',
      redirect_uri: `${stage.at.a.issuer}/upstream/acme/callback`,
      scope: 'openid profile email',
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    });
    const again = await requestBy({});
    for (const name of ['state', 'nonce', 'code_challenge'])
      expect(again.searchParams.get(name)).not.toBe(url.searchParams.get(name));
  });

  test('says what is wished for', async () => {
    const wishes = { loginHint: 'ada@example.com', prompt: 'login', acrValues: 'gold', maxAge: 0 };
    const { searchParams } = await requestBy({ scopes: ['openid', 'groups'] }, wishes);
    expect(Object.fromEntries(searchParams)).toMatchObject({
      scope: 'openid groups',
      login_hint: 'ada@example.com',
      prompt: 'login',
      acr_values: 'gold',
      max_age: '0',
    });
  });

  test('keeps a query that the endpoint has', async () => {
    fake.state.metadata = { authorization_endpoint: `${fake.issuer}/authorize?tenant=x` };
    expect((await requestBy({})).searchParams.get('tenant')).toBe('x');
  });
});

describe('who comes back', () => {
  test('is told by the ID token', async () => {
    expect(await identityBy()).toEqual({
      upstreamId: 'acme',
      issuer: fake.issuer,
      subject: 'ada',
      email: 'ada@example.com',
      emailTrusted: false,
      claims: { name: 'Ada Lovelace' },
      proof: { factor: 'upstream', at: expect.any(Number), upstream: { id: 'acme' } },
    });
  });

  test('comes with what was to be known again', async () => {
    const result = await stage.signIn(setUp(), fake, { context: { uid: 'interaction' } });
    expect(result).toMatchObject({ ok: true, context: { uid: 'interaction' } });
  });

  test('has what userinfo adds, but what is signed counts more', async () => {
    fake.state.userinfo = { sub: 'ada', name: 'Eve', given_name: 'Ada' };
    expect((await identityBy()).claims).toEqual({ name: 'Ada Lovelace', given_name: 'Ada' });
  });

  test('is what the mapping says, without what does not fit', async () => {
    fake.state.user = {
      sub: 'ada',
      upn: 'ada',
      mail: 'Ada@Example.com',
      site: 'javascript:alert(1)',
      birth: '1815-12-10',
      n: 'a\u202eb',
    };
    const attributes = {
      email: 'mail',
      nickname: 'upn',
      website: 'site',
      birthdate: 'birth',
      name: 'n',
      locale: 'none',
    };
    expect(await identityBy({ attributes })).toMatchObject({
      email: 'Ada@Example.com',
      claims: { nickname: 'ada', birthdate: '1815-12-10' },
    });
  });

  test("is told without what the tenant's profile does not take", async () => {
    const profile = { attributes: { name: { schema: { type: 'string', maxLength: 3 }, sensitivity: 'internal' } } };
    const tenant = setUp();
    const settings = checked(tenantSettings, { ...tenant.settings, profile });
    const nameOf = async () => {
      const result = await stage.signIn({ ...tenant, settings }, fake);
      return result.ok && result.identity.claims.name;
    };
    expect(await nameOf()).toBeUndefined();
    fake.state.user.name = 'Ada';
    expect(await nameOf()).toBe('Ada');
  });

  test.each([['ada'], [{ a: 1 }], ['a@b@c'], [''], [undefined]])('has no address where it is %p', async (email) => {
    fake.state.user = { sub: 'ada', email, email_verified: true };
    const identity = await identityBy({ trust: { email_verified: 'claim' } });
    expect([identity.email, identity.emailTrusted]).toEqual([undefined, false]);
  });

  test.each<[string, object, object, boolean]>([
    ['by default', {}, {}, false],
    ['where its word counts', { email_verified: 'claim' }, {}, true],
    ['where its word counts and it gives none', { email_verified: 'claim' }, { email_verified: undefined }, false],
    ['where its word is no boolean', { email_verified: 'claim' }, { email_verified: 'true' }, false],
    ['where its word counts for other domains', { email_verified: 'claim', domains: ['acme.example'] }, {}, false],
    ['where its word counts for the domain', { email_verified: 'claim', domains: ['example.com'] }, {}, true],
    ['always', { email_verified: 'always', domains: ['example.com'] }, { email_verified: false }, true],
    ['always for others', { email_verified: 'always', domains: ['acme.example'] }, {}, false],
    ['never', { email_verified: 'never' }, {}, false],
  ])('whose address is trusted %s', async (_name, trust, told, trusted) => {
    Object.assign(fake.state.user, told);
    expect((await identityBy({ trust })).emailTrusted).toBe(trusted);
  });

  test('whose address is another claim than the one that was verified', async () => {
    fake.state.user = { sub: 'ada', email: 'ada@example.com', email_verified: true, upn: 'eve@example.com' };
    const identity = await identityBy({ trust: { email_verified: 'claim' }, attributes: { email: 'upn' } });
    expect([identity.email, identity.emailTrusted]).toEqual(['eve@example.com', false]);
  });

  test.each<[object, object, object]>([
    [{ acr: 'gold', amr: ['mfa'] }, {}, {}],
    [{ acr: 'gold' }, { acr: { gold: 3 } }, { aal: 3 }],
    [{ acr: 'tin' }, { acr: { gold: 3 } }, {}],
    [{ acr: 'constructor', amr: ['__proto__'] }, { acr: { gold: 3 }, amr: { mfa: 2 } }, {}],
    [{ amr: ['pwd', 'mfa'] }, { amr: { mfa: 2 } }, { aal: 2, amr: ['mfa'] }],
    [
      { acr: 'gold', amr: ['pwd'] },
      { acr: { gold: 2 }, amr: { pwd: 1 } },
      { aal: 2, amr: ['pwd'] },
    ],
    [{ amr: 'mfa' }, { amr: { mfa: 2 } }, { aal: 2, amr: ['mfa'] }],
    [{ amr: [2, null, ['mfa']] }, { amr: { mfa: 2 } }, {}],
  ])('T110 who tells %j to trust in %j has proven %j', async (told, trust, proven) => {
    fake.state.tamper = (claims) => ({ ...claims, ...told });
    expect((await identityBy({ trust })).proof.upstream).toEqual({ id: 'acme', ...proven });
  });

  test.each<[unknown, object | undefined, string | undefined]>([
    ['high', undefined, undefined],
    ['very', { very: 'high', some: 'low' }, 'high'],
    [['some', 'very', 'other'], { very: 'high', some: 'low' }, 'high'],
    ['some', { very: 'high', some: 'low' }, 'low'],
    ['other', { very: 'high' }, undefined],
    ['constructor', { very: 'high' }, undefined],
    [{ very: true }, { very: 'high' }, undefined],
    [undefined, { very: 'high' }, undefined],
  ])('risk %j, by %j, is %p', async (risk, map, expected) => {
    fake.state.tamper = (claims) => ({ ...claims, risk });
    const trust = map && { risk: { claim: 'risk', map } };
    expect((await identityBy({ ...(trust && { trust }) } as never)).risk).toBe(expected);
  });

  test('T110 level and methods are heard from the ID token only', async () => {
    fake.state.userinfo = { sub: 'ada', acr: 'gold', amr: ['mfa'], auth_time: 0 };
    const { proof } = await identityBy({ trust: { acr: { gold: 3 }, amr: { mfa: 2 } } });
    expect(proof.upstream).toEqual({ id: 'acme' });
    expect(proof.at).toBeGreaterThan(now() - 60);
  });

  test.each<[unknown, string[]]>([
    [['devs', 'everybody', 'admin', 'constructor'], ['developer']],
    ['admins', ['admin']],
    [
      ['devs', 'engineers', 'admins'],
      ['admin', 'developer'],
    ],
    [undefined, []],
    [{ devs: true }, []],
  ])('T110 %j gives the roles %j', async (groups, roles) => {
    Object.assign(fake.state.user, { groups });
    const map = { devs: 'developer', engineers: 'developer', admins: 'admin' };
    expect((await identityBy({ roles: { claim: 'groups', map } })).roles).toEqual(roles);
    expect(await identityBy()).not.toHaveProperty('roles');
  });

  test('signed in there a while ago: no newer here', async () => {
    const auth_time = now() - 500;
    fake.state.tamper = (claims) => ({ ...claims, auth_time });
    expect((await identityBy({}, { maxAge: 600 })).proof.at).toBe(auth_time);
    fake.state.tamper = (claims) => ({ ...claims, auth_time: now() + 500 });
    expect((await identityBy()).proof.at).toBeLessThanOrEqual(now());
  });
});

describe('the token request', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const isSigned = (jwt: string) => {
    const [header, payload, signature] = jwt.split('.');
    const key = { key: publicKey, dsaEncoding: 'ieee-p1363' as const };
    return verify('sha256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature!, 'base64url'));
  };

  test('by client_secret_basic, encoded as a form', async () => {
    await identityBy({ client_id: 'a:b', client_secret: 'ü +%' });
    const { authorization, params } = fake.state.lastTokenRequest;
    expect(Buffer.from(authorization.replace('Basic ', ''), 'base64').toString()).toBe('a%3Ab:%C3%BC+%2B%25');
    expect(params.has('client_secret')).toBe(false);
  });

  test('by client_secret_post', async () => {
    await identityBy({ token_endpoint_auth_method: 'client_secret_post' });
    const { authorization, params } = fake.state.lastTokenRequest;
    expect([authorization, params.get('client_secret')]).toEqual(['', 'a secret: of the client']);
  });

  test('by private_key_jwt', async () => {
    const method = { token_endpoint_auth_method: 'private_key_jwt' as const, client_secret: undefined };
    await identityBy({ ...method, private_key: pem, key_id: 'k1' });
    const assertion = fake.state.lastTokenRequest.params.get('client_assertion')!;
    expect(isSigned(assertion)).toBe(true);
    expect(headerOf(assertion)).toEqual({ alg: 'ES256', kid: 'k1' });
    expect(claimsOf(assertion)).toMatchObject({ iss: 'gatehouse', sub: 'gatehouse', aud: fake.issuer });
  });

  test('to Apple, with the name that it tells beside the code', async () => {
    const apple = {
      preset: 'apple' as const,
      client_secret: undefined,
      team_id: 'TEAM',
      private_key: pem,
      key_id: 'k1',
    };
    const user = JSON.stringify({ name: { firstName: 'Ada', lastName: 'Byron' }, email: 'eve@example.com' });
    fake.state.user = { sub: 'ada', email: 'ada@example.com', email_verified: 'true' };
    const identity = await identityBy(apple, { bend: (params) => params.set('user', user) });
    expect(identity).toMatchObject({
      email: 'ada@example.com',
      emailTrusted: true,
      claims: { given_name: 'Ada', family_name: 'Byron', name: 'Ada Byron' },
    });
    const secret = fake.state.lastTokenRequest.params.get('client_secret')!;
    expect(isSigned(secret)).toBe(true);
    expect(claimsOf(secret)).toMatchObject({ iss: 'TEAM', sub: 'gatehouse', aud: 'https://appleid.apple.com' });
    expect((await requestBy(apple)).searchParams.get('response_mode')).toBe('form_post');
    for (const broken of ['', '{', 'null', '{"name":7}', 'x'.repeat(10_000)])
      expect((await identityBy(apple, { bend: (params) => params.set('user', broken) })).claims).toEqual({});
  });
});

describe('by presets', () => {
  const google = { preset: 'google' as const };
  test.each<[string, object, boolean]>([
    ['its own address', { email: 'ada@gmail.com', email_verified: true }, true],
    ["a customer's", { email: 'ada@acme.example', email_verified: true, hd: 'acme.example' }, true],
    ['an address of elsewhere', { email: 'ada@acme.example', email_verified: true }, false],
    ['a look-alike', { email: 'ada@gmail.com.evil.example', email_verified: true }, false],
    ['not verified', { email: 'ada@gmail.com', email_verified: false }, false],
  ])('Google answers for %s', async (_name, told, trusted) => {
    fake.state.user = { sub: 'ada', ...told };
    expect((await identityBy(google)).emailTrusted).toBe(trusted);
  });

  test('Google spells its name in two ways, and is one', async () => {
    const { issuer, subject } = await identityBy(google);
    fake.state.tamper = (claims) => ({ ...claims, iss: new URL(fake.issuer).host });
    expect(await identityBy(google)).toMatchObject({ issuer, subject });
    await expect(identityBy()).rejects.toThrow('id_token_invalid');
  });

  const TID = '11111111-2222-3333-4444-555555555555';
  const microsoft = (path = 'common/v2.0') => ({ preset: 'microsoft' as const, issuer: `${fake.issuer}/${path}` });
  const asMicrosoft = (tid: unknown, iss = `${fake.issuer}/${tid}/v2.0`) => {
    fake.state.metadata = {
      issuer: `${fake.issuer}/{tenantid}/v2.0`,
      authorization_response_iss_parameter_supported: false,
    };
    fake.state.tamper = (claims) => ({ ...claims, tid, iss });
  };
  const noIss = { bend: (params: URLSearchParams) => params.delete('iss') };

  test('Microsoft has an issuer for each tenant', async () => {
    asMicrosoft(TID);
    expect(await identityBy(microsoft(), noIss)).toMatchObject({
      issuer: `${fake.issuer}/${TID}/v2.0`,
      emailTrusted: false,
    });
    Object.assign(fake.state.user, { xms_edov: true });
    expect(await identityBy(microsoft(), noIss)).toMatchObject({ emailTrusted: true });
  });

  test.each<[string, unknown, string | undefined]>([
    ['of another tenant', TID, `/${TID.replace('1', '2')}/v2.0`],
    ['with a template for a tenant', '{tenantid}', '/{tenantid}/v2.0'],
    ['with a path for a tenant', '../x', '/../x/v2.0'],
    ['without a tenant', undefined, '/{tenantid}/v2.0'],
  ])('Microsoft, a token %s', async (_name, tid, path) => {
    asMicrosoft(tid, `${fake.issuer}${path}`);
    await expect(identityBy(microsoft(), noIss)).rejects.toThrow('id_token_invalid');
  });

  const github = () => ({ preset: 'github' as const, type: undefined, issuer: undefined, endpoints: fake.endpoints });
  test('GitHub has its addresses apart, and no ID token', async () => {
    fake.state.user = {
      id: 583231,
      login: 'octocat',
      name: 'Octo Cat',
      email: 'shown@example.com',
      html_url: 'https://github.com/octocat',
    };
    fake.state.emails = [
      { email: 'other@example.com', primary: false, verified: true },
      { email: 'octo@example.com', primary: true, verified: true },
    ];
    expect(await identityBy(github())).toEqual({
      upstreamId: 'acme',
      issuer: fake.issuer,
      subject: '583231',
      email: 'octo@example.com',
      emailTrusted: true,
      claims: { name: 'Octo Cat', nickname: 'octocat', profile: 'https://github.com/octocat' },
      proof: { factor: 'upstream', at: expect.any(Number), upstream: { id: 'acme' } },
    });
    fake.state.emails[1]!.verified = false;
    expect(await identityBy(github())).toMatchObject({ email: 'octo@example.com', emailTrusted: false });
    fake.state.emails = [];
    expect(await identityBy(github())).not.toHaveProperty('email');
  });

  test('Facebook says of no address that it is verified', async () => {
    fake.state.user = { id: '10', first_name: 'Ada', email: 'ada@example.com', email_verified: true };
    const facebook = { ...github(), preset: 'facebook' as const };
    expect(await identityBy(facebook)).toMatchObject({
      subject: '10',
      emailTrusted: false,
      claims: { given_name: 'Ada' },
    });
  });
});

describe('sign-out there, too', () => {
  const signOut = { upstreamId: 'acme', postLogoutRedirectUri: 'https://gatehouse.example/bye', state: 's' };

  test('with the ID token as a hint', async () => {
    fake.state.tamper = (claims) => ({ ...claims, sid: 'session there' });
    const { idToken, sessionId } = await identityBy({ logout: true });
    expect(sessionId).toBe('session there');
    expect(idToken).toMatch(/^v1\./);
    const url = new URL((await stage.upstreams.logoutUrl(setUp({ logout: true }), { ...signOut, idToken }))!);
    expect(url.origin + url.pathname).toBe(`${fake.issuer}/session/end`);
    expect(claimsOf(url.searchParams.get('id_token_hint')!)).toMatchObject({ sub: 'ada' });
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      client_id: 'gatehouse',
      post_logout_redirect_uri: 'https://gatehouse.example/bye',
      state: 's',
    });
  });

  test('not where the tenant does not want it, nor where nobody answers', async () => {
    expect(await stage.upstreams.logoutUrl(setUp(), signOut)).toBeUndefined();
    expect(await stage.upstreams.logoutUrl(setUp({ logout: true, enabled: false }), signOut)).toBeUndefined();
    expect(await stage.upstreams.logoutUrl(setUp({ logout: true, id: 'other' }), signOut)).toBeUndefined();
    fake.state.failures.discovery = 'error';
    expect(await stage.upstreams.logoutUrl(setUp({ logout: true }), signOut)).toBeUndefined();
  });
});
