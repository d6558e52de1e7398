import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createGuardedFetch } from '../../src/core/guarded-fetch.ts';
import { networks } from '../../src/core/networks.ts';
import { createUpstreams } from '../../src/factors/upstream/upstreams.ts';
import { moveClock, restoreClock } from '../support/clock.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { es256, forge, forgeries, publicJwk } from '../support/forge.ts';
import { eventsOf } from '../support/tenants.ts';
import { oidcUpstream, type UpstreamStage, upstreamStage, withUpstreams } from '../support/upstream-stage.ts';

/** Upstreams that lie, answers that were swapped, browsers that did not begin: nobody signs in, and it is on record. */

let stage: UpstreamStage;
let fake: FakeUpstream;
beforeAll(async () => {
  stage = await upstreamStage({ hangs: (url) => fake.hangs(url) });
});
afterAll(() => stage.at.store.close());
beforeEach(async () => {
  fake = await startFakeUpstream();
});
afterEach(async () => {
  restoreClock();
  await fake.stop();
});

const setUp = (more = {}) => withUpstreams(stage.at, oidcUpstream(fake, more));
const oauth2 = () => ({ type: 'oauth2' as const, issuer: undefined, endpoints: fake.endpoints, scopes: ['user'] });
const BROWSER = 'cookie of the browser';
type Callback = Parameters<UpstreamStage['upstreams']['callback']>[1];

const refusals = async () =>
  (await stage.at.audit.find(stage.at.a.id, { where: { field: 'type', equals: 'upstream.refused' }, limit: 1000 }))
    .items;
/** What a sign-in comes to; each refusal is one event, which has its reason. */
async function outcomeOf(signIn: () => Promise<{ ok: true } | { ok: false; reason: string }>): Promise<string> {
  const before = new Set((await refusals()).map(({ id }) => id));
  const result = await signIn();
  const events = (await refusals()).filter(({ id }) => !before.has(id));
  expect(events.map(({ details }) => details?.reason)).toEqual(result.ok ? [] : [result.reason]);
  return result.ok ? 'signed in' : result.reason;
}
const signIn = (options: Parameters<UpstreamStage['signIn']>[2] = {}, more = {}) =>
  outcomeOf(() => stage.signIn(setUp(more), fake, options));

/** A sign-in that has come back from the upstream, as far as the callback. */
async function comeBack(more = {}) {
  const tenant = setUp(more);
  const begun = await stage.upstreams.begin(tenant, { upstreamId: 'acme', binding: BROWSER, context: { uid: 'u' } });
  if (!begun.ok) throw new Error(begun.reason);
  const { searchParams: params } = fake.authorize(begun.url);
  const callback = (change: Partial<Callback> = {}, at = tenant) =>
    stage.upstreams.callback(at, { upstreamId: 'acme', params, binding: BROWSER, ...change });
  return { tenant, params, callback };
}

test('what is in order gets in', async () => {
  expect(await signIn()).toBe('signed in');
  expect(await signIn({}, oauth2())).toBe('signed in');
});

describe('T107 the answer', () => {
  test('counts once, also of fifty at once', async () => {
    const { callback } = await comeBack();
    const results = await Promise.all(Array.from({ length: 50 }, () => callback()));
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await outcomeOf(() => callback())).toBe('state_invalid');
  });

  test('counts in the browser that began, and is not spoilt by another', async () => {
    const { callback } = await comeBack();
    expect(await outcomeOf(() => callback({ binding: 'cookie of the attacker' }))).toBe('other_browser');
    expect(await outcomeOf(() => callback({ binding: '' }))).toBe('other_browser');
    expect(await outcomeOf(() => callback())).toBe('signed in');
  });

  test('of one upstream does not count at another, nor at another tenant', async () => {
    const { callback } = await comeBack();
    const both = withUpstreams(stage.at, oidcUpstream(fake), oidcUpstream(fake, { id: 'evil' }));
    expect(await outcomeOf(() => callback({ upstreamId: 'evil' }, both))).toBe('mix_up');
    const other = { ...setUp(), id: stage.at.b.id, store: stage.at.b.store, secretFor: stage.at.b.secretFor };
    expect(await callback({}, other)).toMatchObject({ ok: false, reason: 'state_invalid' });
    expect(await eventsOf(stage.at.audit, stage.at.b)).toContain('upstream.refused');
  });

  test('is over after a quarter of an hour', async () => {
    const { callback } = await comeBack();
    moveClock(15 * 60 + 1);
    expect(await outcomeOf(() => callback())).toBe('state_invalid');
  });

  test.each<[string, (params: URLSearchParams) => void, string]>([
    ['without state', (params) => params.delete('state'), 'state_invalid'],
    ['with a made-up state', (params) => params.set('state', 'x'), 'state_invalid'],
    ['with two states', (params) => params.append('state', 'x'), 'response_invalid'],
    ['with two codes', (params) => params.append('code', 'x'), 'response_invalid'],
    ['without code', (params) => params.delete('code'), 'response_invalid'],
    ['with a foreign code', (params) => params.set('code', 'x'), 'token_refused'],
    ['without iss', (params) => params.delete('iss'), 'mix_up'],
    ['of another issuer', (params) => params.set('iss', 'https://evil.example'), 'mix_up'],
    ['of the issuer, with a slash', (params) => params.set('iss', `${params.get('iss')}/`), 'mix_up'],
    ['of no issuer', (params) => params.set('iss', ''), 'mix_up'],
    ['with an error', (params) => params.set('error', 'access_denied'), 'denied'],
    ['with another error', (params) => params.set('error', 'server_error'), 'upstream_error'],
    ['with an unreadable error', (params) => params.set('error', '\u202e<b>'), 'upstream_error'],
  ])('%s', async (_name, bend, reason) => {
    expect(await signIn({ bend })).toBe(reason);
  });

  test('of an issuer that says it names itself not: a name must be right nevertheless', async () => {
    fake.state.metadata = { authorization_response_iss_parameter_supported: false };
    expect(await signIn({ bend: (params) => params.delete('iss') })).toBe('signed in');
    expect(await signIn({ bend: (params) => params.set('iss', 'https://evil.example') })).toBe('mix_up');
  });

  test.each([
    ['by its PKCE challenge', false, 'token_refused'],
    ['by its nonce, where the upstream does not look at PKCE', true, 'id_token_invalid'],
  ])('with a code of another sign-in is refused %s', async (_name, ignorePkce, reason) => {
    fake.state.ignorePkce = ignorePkce;
    const victim = await comeBack();
    const attacker = await comeBack();
    victim.params.set('code', attacker.params.get('code')!);
    expect(await outcomeOf(() => victim.callback())).toBe(reason);
  });

  test('no detail of an answer gets into the trail unless it is plain', async () => {
    await signIn({ bend: (params) => params.set('error', `\u202e<script>${'x'.repeat(100)}`) });
    expect(JSON.stringify((await refusals()).at(-1))).not.toMatch(/script|xxx/);
  });
});

describe('T027 T107 an ID token', () => {
  const now = () => Math.floor(Date.now() / 1000);
  test.each<[string, (claims: Record<string, unknown>) => Record<string, unknown>]>([
    ['of another issuer', () => ({ iss: 'https://evil.example' })],
    ['of the issuer, with a slash', ({ iss }) => ({ iss: `${iss}/` })],
    ['of several issuers', ({ iss }) => ({ iss: [iss] })],
    ['of no issuer', () => ({ iss: undefined })],
    ['for another client', () => ({ aud: 'other' })],
    ['for nobody', () => ({ aud: undefined })],
    ['for several clients, made for none', () => ({ aud: ['gatehouse', 'other'] })],
    ['for several clients, made for another', () => ({ aud: ['gatehouse', 'other'], azp: 'other' })],
    ['made for another client', () => ({ azp: 'other' })],
    ['with another nonce', () => ({ nonce: 'x' })],
    ['without nonce', () => ({ nonce: undefined })],
    ['that is over', () => ({ exp: now() - 11 })],
    ['that is never over', () => ({ exp: undefined })],
    ['from the future', () => ({ iat: now() + 20 })],
    ['of no time', () => ({ iat: undefined })],
    ['of long ago', () => ({ iat: now() - 3600 })],
    ['that is not good yet', () => ({ nbf: now() + 60 })],
    ['of nobody', () => ({ sub: undefined })],
    ['of an empty name', () => ({ sub: '' })],
    ['of a number', () => ({ sub: 7 })],
    ['of a name without end', () => ({ sub: 'x'.repeat(256) })],
    ['beside another access token', () => ({ at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' })],
    ['with a broken hash', () => ({ at_hash: 7 })],
  ])('%s', async (_name, change) => {
    fake.state.tamper = (claims) => ({ ...claims, ...change(claims) });
    expect(await signIn()).toBe('id_token_invalid');
  });

  test('within what clocks differ by', async () => {
    fake.state.tamper = (claims) => ({ ...claims, iat: now() + 5, exp: now() - 5 });
    expect(await signIn()).toBe('signed in');
    fake.state.tamper = (claims) => ({ ...claims, aud: ['gatehouse'], azp: 'gatehouse', at_hash: undefined });
    expect(await signIn()).toBe('signed in');
  });

  test('under every signature that must not hold', async () => {
    const pem = fake.publicKey().export({ type: 'spki', format: 'pem' }).toString();
    const names = Object.keys(forgeries({}, { jwk: publicJwk(fake.publicKey()), pem, kid: 'k', alg: 'ES256' }));
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) {
      fake.state.sign = (claims, { kid }) =>
        forgeries(claims, { jwk: publicJwk(fake.publicKey()), pem, kid, alg: 'ES256' })[name as 'no alg'];
      expect([name, await signIn()]).toEqual([name, 'id_token_invalid']);
    }
  });

  test.each<[string, object]>([
    ['an access token', { typ: 'at+jwt' }],
    ['a logout token', { typ: 'logout+jwt' }],
    ['with something critical', { crit: ['x'], x: 1 }],
  ])('T028 that is %s', async (_name, header) => {
    fake.state.sign = (claims, { kid, privateKey }) =>
      forge({ alg: 'ES256', kid, ...header }, claims, es256(privateKey));
    expect(await signIn()).toBe('id_token_invalid');
  });

  test.each([undefined, '', 'x', 'a.b.c', '....', 7])('that is %p', async (token) => {
    fake.state.sign = () => token as string;
    expect(await signIn()).toMatch(/id_token_invalid|response_invalid/);
  });

  test('by an algorithm that the upstream does not name', async () => {
    fake.state.metadata = { id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'] };
    expect(await signIn()).toBe('id_token_invalid');
  });

  test('of an older sign-in than was asked for', async () => {
    expect(await signIn({ maxAge: 60 })).toBe('id_token_invalid');
    fake.state.tamper = (claims) => ({ ...claims, auth_time: now() - 71 });
    expect(await signIn({ maxAge: 60 })).toBe('id_token_invalid');
    fake.state.tamper = (claims) => ({ ...claims, auth_time: now() - 60 });
    expect(await signIn({ maxAge: 60 })).toBe('signed in');
  });

  test('beside the userinfo of another user', async () => {
    for (const userinfo of [{ sub: 'eve' }, { email: 'ada@example.com' }, {}]) {
      fake.state.userinfo = userinfo;
      expect(await signIn()).toBe('subject_mismatch');
    }
  });
});

describe('OAuth 2.0', () => {
  test.each([[{}], [{ sub: '' }], [{ sub: 1.5 }], [{ sub: { $ne: 1 } }], [{ sub: ['ada'] }], [{ sub: 2 ** 60 }]])(
    'userinfo that names nobody: %j',
    async (userinfo) => {
      fake.state.userinfo = userinfo;
      expect(await signIn({}, oauth2())).toBe('response_invalid');
    },
  );

  test('an error with status 200', async () => {
    fake.state.failures.token = { status: 200, body: { error: 'bad_verification_code' } };
    expect(await signIn({}, oauth2())).toBe('token_refused');
  });

  test.each(['mac', 'DPoP', undefined, 7])('a token of type %p', async (token_type) => {
    fake.state.failures.token = { status: 200, body: { access_token: 'x', token_type } };
    expect(await signIn({}, oauth2())).toBe('response_invalid');
  });
});

describe('T118 F17 an upstream in trouble', () => {
  const ways = ['error', 'hang', 'huge', 'drop', 'redirect'] as const;
  const endpoints = ['discovery', 'jwks', 'token', 'userinfo'] as const;
  const all = endpoints.flatMap((endpoint) => ways.map((way) => [endpoint, way] as const));
  test.each(all)('%s: %s', async (endpoint, way) => {
    fake.state.failures[endpoint] = way;
    const result = await stage.signIn(setUp(), fake, { context: { uid: 'u' } });
    // The page names it, and goes on with the sign-in that it belongs to.
    expect(result).toMatchObject({
      ok: false,
      reason: 'unavailable',
      upstream: { id: 'acme', name: 'Acme' },
      ...(endpoint !== 'discovery' && { context: { uid: 'u' } }),
    });
  });

  test.each(['html', 'broken'] as const)('answers that are no JSON: %s', async (way) => {
    for (const endpoint of ['discovery', 'token', 'userinfo'] as const) {
      fake.state.failures = { [endpoint]: way };
      expect(await signIn()).toBe('response_invalid');
    }
  });

  test('that is nowhere, or without valid TLS', async () => {
    expect(await signIn({}, { issuer: 'http://127.0.0.1:1' })).toBe('unavailable');
    expect(await signIn({}, { issuer: fake.issuer.replace('http:', 'https:') })).toBe('unavailable');
  });

  test('comes back by itself', async () => {
    fake.state.failures.discovery = 'error';
    expect(await signIn()).toBe('unavailable');
    fake.state.failures = {};
    expect(await signIn()).toBe('signed in');
  });

  test.each<[string, object]>([
    ['another issuer', { issuer: 'https://evil.example' }],
    ['its issuer with a slash', { issuer: '/' }],
    ['no token endpoint', { token_endpoint: undefined }],
    ['a script for an address', { authorization_endpoint: 'javascript:alert(1)' }],
    ['a number for an address', { jwks_uri: 7 }],
  ])('discovery names %s', async (_name, metadata) => {
    fake.state.metadata = {
      ...metadata,
      ...('issuer' in metadata && metadata.issuer === '/' && { issuer: `${fake.issuer}/` }),
    };
    expect(await signIn()).toBe('misconfigured');
  });

  test('that changes its keys is asked for them at once, and not more than once a minute', async () => {
    expect(await signIn()).toBe('signed in');
    fake.rotateKey();
    moveClock(61);
    expect(await signIn()).toBe('signed in');
    expect(fake.state.asked.jwks).toBe(2);
    fake.rotateKey();
    for (let i = 0; i < 5; i += 1) expect(await signIn()).toBe('id_token_invalid');
    expect(fake.state.asked.jwks).toBe(2);
    moveClock(61);
    expect(await signIn()).toBe('signed in');
    expect(fake.state.asked).toMatchObject({ jwks: 3, discovery: 1 });
  });
});

test('T117 upstreams of inside are not connected to', async () => {
  const closed = createUpstreams({
    ...stage.at,
    accounts: stage.accounts,
    notify: async () => {},
    removeFactors: async () => {},
    fetch: createGuardedFetch(networks([])),
  });
  const begin = (more: object) => closed.begin(setUp(more), { upstreamId: 'acme', binding: BROWSER });
  expect(await outcomeOf(() => begin({}))).toBe('unavailable');
  // What discovery names is bound as well: here the token endpoint, whose upstream needs no discovery.
  const { params } = await comeBack(oauth2());
  const callback = { upstreamId: 'acme', params, binding: BROWSER };
  expect(await outcomeOf(() => closed.callback(setUp(oauth2()), callback))).toBe('unavailable');
  expect(fake.state.asked).toEqual({ discovery: 0, jwks: 0, token: 0, userinfo: 0, emails: 0 });
});

describe('T109 an upstream', () => {
  test('that is switched off or gone is not begun with', async () => {
    expect(await signIn({}, { enabled: false })).toBe('disabled');
    expect(await signIn({ upstreamId: 'other' })).toBe('unknown');
    expect(await signIn({ upstreamId: '__proto__' })).toBe('unknown');
  });

  test('that was switched off meanwhile', async () => {
    const { callback } = await comeBack();
    expect(await outcomeOf(() => callback({}, setUp({ enabled: false })))).toBe('disabled');
    expect(fake.state.asked.token).toBe(0);
    const { callback: later } = await comeBack();
    expect(await outcomeOf(() => later({}, withUpstreams(stage.at)))).toBe('unknown');
  });

  const only = { allowed_domains: ['acme.example'], trust: { email_verified: 'claim' } };
  test.each<[object, string]>([
    [{ email: 'ada@acme.example' }, 'signed in'],
    [{ email: 'Ada@ACME.example' }, 'signed in'],
    [{ email: 'ada@acme.example', email_verified: false }, 'domain_not_allowed'],
    [{ email: 'ada@acme.example.evil.example' }, 'domain_not_allowed'],
    [{ email: 'ada@evil.example' }, 'domain_not_allowed'],
    [{ email: 'ada@evil.example@acme.example' }, 'domain_not_allowed'],
    [{ email: undefined }, 'domain_not_allowed'],
  ])('for one domain, to which comes %j', async (told, outcome) => {
    Object.assign(fake.state.user, told);
    expect(await signIn({}, only)).toBe(outcome);
  });

  test('for one domain is not begun with by others', async () => {
    expect(await signIn({ loginHint: 'eve@evil.example' }, only)).toBe('domain_not_allowed');
    fake.state.user.email = 'ada@acme.example';
    expect(await signIn({ loginHint: 'ada@acme.example' }, only)).toBe('signed in');
  });
});

test('no secret, code, token or state is on record', async () => {
  const { params, callback } = await comeBack();
  fake.state.tamper = (claims) => ({ ...claims, nonce: 'x' });
  await callback();
  const trail = JSON.stringify((await stage.at.audit.find(stage.at.a.id, { limit: 1000 })).items);
  for (const secret of [params.get('state')!, params.get('code')!, 'a secret: of the client', BROWSER])
    expect(trail).not.toContain(secret);
});
