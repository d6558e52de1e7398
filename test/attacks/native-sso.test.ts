import { createHash, createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { certified } from '../support/certificate.ts';
import { moveClock, restoreClock } from '../support/clock.ts';
import { describeOnBoth } from '../support/cluster.ts';
import { badProofs, prover, toToken } from '../support/dpop.ts';
import { eventually } from '../support/eventually.ts';
import { ACCESS_TOKEN, EXCHANGE, ID_TOKEN, REFRESH_TOKEN } from '../support/exchange-stage.ts';
import { claimsOf, ecKeys, es256, forge, forgeries, headerOf } from '../support/forge.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import {
  API,
  app,
  DEVICE_SECRET,
  type NativeSsoStage,
  OTHER,
  setNativeSsoStage,
  type Tokens,
} from '../support/native-sso-stage.ts';
import { type Answer, basic, type Fields, newCode } from '../support/raw-client.ts';
import { PASSWORD } from '../support/relying-party.ts';

/** Whoever has an ID token and no device secret, or the other way round, or what has ended, gets nothing. */

describeOnBoth('native SSO', (stores) => {
  let gatehouse: TestGatehouse;
  let acme: NativeSsoStage;
  let globex: NativeSsoStage;
  let mine: Tokens;
  let again: Tokens;
  let hers: Tokens;
  let theirs: Tokens;

  beforeAll(async () => {
    const proxy = { GATEHOUSE_CLIENT_CERT_HEADER: 'Client-Cert', GATEHOUSE_TRUSTED_PROXIES: '127.0.0.1/32,::1/128' };
    gatehouse = await startGatehouse({ ...stores(), ...proxy });
    [acme, globex] = [await setNativeSsoStage(gatehouse, 'acme'), await setNativeSsoStage(gatehouse, 'globex')];
    [mine, again] = [await acme.signIn(), await acme.signIn()];
    [hers, theirs] = [await acme.signIn('mail', {}, undefined, OTHER), await globex.signIn()];
  });
  afterEach(restoreClock);
  afterAll(() => gatehouse.stop());

  /** What is refused, how it is asked for, and the error with words of its description. */
  const REFUSED: [string, () => Promise<Answer>, string][] = [
    ['an ID token alone', () => acme.share(mine, { actor_token: '' }), 'invalid_request: actor_token is missing'],
    [
      'a device secret alone',
      () => acme.share(mine, { subject_token: '' }),
      'invalid_request: subject_token is missing',
    ],
    [
      'a made-up secret',
      () => acme.share(mine, { actor_token: `ds_${'x'.repeat(43)}` }),
      'invalid_grant: not a device secret',
    ],
    [
      'a huge secret',
      () => acme.share(mine, { actor_token: `ds_${'x'.repeat(9000)}` }),
      'invalid_grant: not a device secret',
    ],
    [
      'ds_hash for a secret',
      () => acme.share(mine, { actor_token: claimsOf(mine.id_token).ds_hash }),
      'invalid_grant: not a device secret',
    ],
    [
      'the secret of another session of the user',
      () => acme.share(mine, { actor_token: again.device_secret }),
      'invalid_grant: ds_hash',
    ],
    [
      'the secret of another user',
      () => acme.share(mine, { actor_token: hers.device_secret }),
      'invalid_grant: ds_hash',
    ],
    [
      'the ID token of another user',
      () => acme.share(mine, { subject_token: hers.id_token }),
      'invalid_grant: ds_hash',
    ],
    [
      "another tenant's secret",
      () => acme.share(mine, { actor_token: theirs.device_secret }),
      'invalid_grant: not a device secret',
    ],
    [
      "another tenant's ID token",
      () => acme.share(mine, { subject_token: theirs.id_token }),
      'invalid_grant: not an ID token',
    ],
    ["all of another tenant's", () => acme.share(theirs), 'invalid_grant: not an ID token'],
    [
      'an ID token without ds_hash',
      async () => acme.share(mine, { subject_token: (await acme.signIn('mail', { scope: 'openid' })).id_token }),
      'invalid_grant: ds_hash',
    ],
    [
      'a refreshed ID token, which names no secret',
      async () => {
        const { body } = await acme.client('mail').refresh((await acme.signIn()).refresh_token);
        return acme.share(mine, { subject_token: body.id_token });
      },
      'invalid_grant: ds_hash',
    ],

    // T028
    [
      'an access token for the ID token',
      () => acme.share(mine, { subject_token: mine.access_token }),
      'invalid_grant: not an ID token',
    ],
    [
      'an access token by its type',
      () => acme.share(mine, { subject_token: mine.access_token, subject_token_type: ACCESS_TOKEN }),
      'invalid_request: subject_token_type must be',
    ],
    [
      'a refresh token for the secret',
      () => acme.share(mine, { actor_token: mine.refresh_token }),
      'invalid_grant: not a device secret',
    ],
    [
      'a secret by another type',
      () => acme.share(mine, { actor_token_type: ACCESS_TOKEN }),
      'invalid_request: actor_token_type must be',
    ],
    [
      'a refresh token in return',
      () => acme.share(mine, { requested_token_type: REFRESH_TOKEN }),
      'invalid_request: requested_token_type must be',
    ],

    // T072
    ['no audience', () => acme.share(mine, { audience: '' }), 'invalid_target: must be the issuer'],
    [
      'the audience of another issuer',
      () => acme.share(mine, { audience: globex.tenant.issuer }),
      'invalid_target: must be the issuer',
    ],
    ['an API for the audience', () => acme.share(mine, { audience: API }), 'invalid_target: must be the issuer'],
    [
      'an API that nobody knows',
      () => acme.share(mine, { scope: 'read', resource: 'https://x.example' }),
      'invalid_target: ',
    ],

    // T021
    [
      'a scope that is not registered',
      () => acme.share(mine, { scope: 'openid profile' }, 'narrow'),
      'invalid_scope: not registered',
    ],
    ['a scope that nobody knows', () => acme.share(mine, { scope: 'openid admin' }), 'invalid_scope: not known'],
    [
      'a scope of an API that is not named',
      () => acme.share(mine, { scope: 'openid read' }),
      'invalid_scope: not known',
    ],
    ['an API without a scope of it', () => acme.share(mine, { resource: API }), 'invalid_scope: scope of the resource'],
    ['nothing', () => acme.share(mine, { scope: 'offline_access' }), 'invalid_scope: ask for a scope'],
    ['what the user has not allowed', () => acme.share(mine, {}, 'asking'), 'invalid_scope: has to allow it first'],

    // Assurance: no way around what an app asks of a sign-in.
    ['one factor where the app wants two', () => acme.share(mine, {}, 'strict'), 'invalid_grant: prove more'],
    ['a client that may not', () => acme.share(mine, {}, 'exchanger'), 'unauthorized_client: native_sso'],
    [
      'a client without the grant',
      () => acme.share(mine, {}, 'foreign'),
      'unauthorized_client: not allowed for this client',
    ],
  ];

  describe('refused', () => {
    test.each(REFUSED)('%s', async (_name, attempt, error) => {
      const { status, body, headers } = await attempt();
      const [code, words] = error.split(': ');
      expect([status, body.error, body.error_description]).toEqual([400, code, expect.stringContaining(words!)]);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(JSON.stringify(body)).not.toContain('ds_x');
    });

    test('each refusal is one event, and says why', async () => {
      const refusals = async () =>
        (await gatehouse.services.audit.find('acme', { limit: 1000 })).items.filter(
          ({ type }) => type === 'token.refused',
        );
      await eventually(async () => ((await refusals()).length >= REFUSED.length ? true : undefined));
      const found = await refusals();
      expect(found).toHaveLength(REFUSED.length);
      for (const { outcome, details } of found)
        expect([outcome, details]).toEqual(['failure', { error: expect.any(String), reason: expect.any(String) }]);
      expect(JSON.stringify(found)).not.toMatch(/ds_[\w-]{43}/);
    });

    test('clients that do not authenticate', async () => {
      expect((await acme.share(mine, {}, 'shop', basic('shop', 'wrong'))).status).toBe(401);
    });

    test('device_sso, to a client that may not share, before anybody is asked', async () => {
      const page = await acme.agent().get(acme.client('foreign').begin({ scope: 'openid device_sso' }).url);
      expect(new URL(page.url).searchParams.get('error')).toBe('invalid_scope');
    });
  });

  test('T027 no forgery is taken for an ID token', async () => {
    const { kid } = headerOf(mine.id_token);
    const jwk = (await acme.client('mail').get('/jwks')).body.keys.find((key: { kid: string }) => key.kid === kid);
    const pem = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }) as string;
    const accepted: string[] = [];
    const claims = claimsOf(mine.id_token);
    const forged = Object.entries(forgeries(claims, { jwk, pem, kid, alg: 'ES256' }));
    for (const [name, subject_token] of forged)
      if ((await acme.share(mine, { subject_token })).status !== 400) accepted.push(name);
    expect(accepted).toEqual([]);
    expect((await acme.share(mine)).status).toBe(200);
  });

  test('T028 nor anything else that the issuer has signed, or might have', async () => {
    const tokens = await acme.signIn();
    const { key, kid } = await signingKey();
    const sign = (changes: object, header: object = {}) =>
      forge({ alg: 'ES256', kid, ...header }, { ...claimsOf(tokens.id_token), ...changes }, es256(key));
    const share = async (subject_token: string) => (await acme.share(tokens, { subject_token })).body;
    expect((await share(sign({}))).error).toBeUndefined();
    const sids = claimsOf((await acme.share(tokens)).body.id_token).sid;
    const bad: [string, string][] = [
      ['another session', sign({ sid: claimsOf(again.id_token).sid })],
      ['the name of another app for the session', sign({ sid: sids })],
      ['no session', sign({ sid: undefined })],
      ['another user', sign({ sub: claimsOf(hers.id_token).sub })],
      ['no user', sign({ sub: undefined })],
      ['no device secret', sign({ ds_hash: undefined })],
      ['a device secret that is no text', sign({ ds_hash: [claimsOf(tokens.id_token).ds_hash] })],
      ['an app that was never signed in to', sign({ aud: 'notes' })],
      ['an app that may not share', sign({ aud: 'exchanger' })],
      ['an app that is not there', sign({ aud: 'nobody' })],
      ['two apps', sign({ aud: ['mail', 'maps'] })],
      ['another issuer', sign({ iss: globex.tenant.issuer })],
      ['no end', sign({ exp: undefined })],
      ['a logout token', sign({}, { typ: 'logout+jwt' })],
      ['an access token', sign({}, { typ: 'at+jwt' })],
    ];
    const accepted: string[] = [];
    for (const [name, jwt] of bad) if ((await share(jwt)).error !== 'invalid_grant') accepted.push(name);
    expect(accepted).toEqual([]);
  });

  async function signingKey() {
    const { jwk, kid } = (await gatehouse.services.resolver.byId('acme'))!.keys[0]!;
    return { kid, key: createPrivateKey({ key: jwk as never, format: 'jwk' }) };
  }

  describe('T033 what is over gives nothing, and what it gave is over', () => {
    const dead = async (given: Answer['body'], tokens: Tokens) => {
      expect((await acme.share(tokens)).body.error).toBe('invalid_grant');
      const maps = acme.client('maps');
      expect((await maps.refresh(given.refresh_token)).body.error).toBe('invalid_grant');
      await eventually(async () => ((await maps.userinfo(given.access_token)).status === 401 ? true : undefined));
    };
    const idOf = (tokens: Tokens) => claimsOf(tokens.id_token).sub as string;

    test('the user has signed out in the browser', async () => {
      const agent = acme.agent();
      const tokens = await acme.signIn('mail', {}, agent);
      const { body } = await acme.share(tokens);
      const page = await agent.get(`${acme.tenant.issuer}/session/end?id_token_hint=${tokens.id_token}`);
      await agent.submit(page, { logout: 'yes' });
      await dead(body, tokens);
    });

    test('signed out at the second app, by its ID token', async () => {
      const agent = acme.agent();
      const tokens = await acme.signIn('mail', {}, agent);
      const { body } = await acme.share(tokens);
      const page = await agent.get(`${acme.tenant.issuer}/session/end?id_token_hint=${body.id_token}`);
      await agent.submit(page, { logout: 'yes' });
      await dead(body, tokens);
    });

    test('signed out everywhere; disabled; enabled again', async () => {
      const { accounts } = gatehouse.services;
      const before = await acme.signIn();
      const { body: first } = await acme.share(before);
      await accounts.signOutEverywhere(acme.tenant, idOf(before));
      await dead(first, before);
      const after = await acme.signIn();
      const { body: second } = await acme.share(after);
      await accounts.disable(acme.tenant, idOf(after));
      await dead(second, after);
      await accounts.enable(acme.tenant, idOf(after));
      await dead(second, after);
    });

    test('its grant was revoked: the secret is no more, what others have of their own stays', async () => {
      const tokens = await acme.signIn();
      const { body } = await acme.share(tokens);
      await acme.client('mail').revoke(tokens.refresh_token);
      expect((await acme.share(tokens)).body.error).toBe('invalid_grant');
      expect((await acme.client('maps').refresh(body.refresh_token)).status).toBe(200);
      expect((await acme.share({ ...body, device_secret: tokens.device_secret }, {}, 'notes')).body.error).toBe(
        'invalid_grant',
      );
    });

    test('an app that has revoked its own grant: its ID token is no more, though the secret of another is', async () => {
      const tokens = await acme.signIn();
      const { body: maps } = await acme.share(tokens);
      await acme.client('maps').revoke(maps.refresh_token);
      expect((await acme.share(maps, {}, 'notes')).body.error).toBe('invalid_grant');
      expect((await acme.share(tokens, {}, 'notes')).status).toBe(200);
    });

    test('another user has signed in in the same browser', async () => {
      const agent = acme.agent();
      const tokens = await acme.signIn('mail', {}, agent);
      const { body } = await acme.share(tokens);
      const { url, redemption } = acme.client('mail').begin({ scope: 'openid device_sso', prompt: 'login' });
      const first = await agent.get(`${url}&login_hint=${OTHER}`);
      // The core leaves the one session before it begins the other, by a page that posts itself.
      const between = await agent.submit(first, { identifier: OTHER, password: PASSWORD });
      const page = await agent.submit(between, {});
      const code = new URL(page.url).searchParams.get('code')!;
      const { body: next } = await acme
        .client('mail')
        .token({ ...redemption, code, device_secret: tokens.device_secret });
      expect(claimsOf(next.id_token).sub).toBe(claimsOf(hers.id_token).sub);
      expect(next.device_secret).not.toBe(tokens.device_secret);
      await dead(body, tokens);
      const mixed = await acme.share(next, { actor_token: tokens.device_secret });
      expect(mixed.body.error).toBe('invalid_grant');
      expect((await acme.share(next)).status).toBe(200);
    });

    test('the second app revokes its own: the first stays signed in', async () => {
      const tokens = await acme.signIn();
      const { body } = await acme.share(tokens);
      await acme.client('maps').revoke(body.refresh_token);
      expect((await acme.client('maps').refresh(body.refresh_token)).status).toBe(400);
      expect((await acme.client('mail').refresh(tokens.refresh_token)).status).toBe(200);
      expect((await acme.share(tokens)).status).toBe(200);
    });

    test('the session is too old, whatever the refresh token is', async () => {
      const tokens = await acme.signIn();
      moveClock(30 * 86_400);
      expect((await acme.share(tokens)).body.error).toBe('invalid_grant');
    });

    test('with offline_access the refresh token outlives the session, the secret does not', async () => {
      const agent = acme.agent();
      const tokens = await acme.signIn('mail', { scope: 'openid offline_access device_sso', prompt: 'consent' }, agent);
      const page = await agent.get(`${acme.tenant.issuer}/session/end?id_token_hint=${tokens.id_token}`);
      await agent.submit(page, { logout: 'yes' });
      expect((await acme.share(tokens)).body.error).toBe('invalid_grant');
    });

    test('clients that may not share any more', async () => {
      const { clients } = gatehouse.services;
      const { client_id: _, ...brief } = app('brief');
      await clients.create(acme.tenant, app('brief'));
      const [ofBrief, tokens] = [await acme.signIn('brief'), await acme.signIn()];
      expect((await acme.share(tokens, {}, 'brief')).status).toBe(200);
      await clients.change(acme.tenant, 'brief', { ...brief, native_sso: false, grant_types: ['authorization_code'] });
      await eventually(async () => ((await acme.share(ofBrief)).status === 400 ? true : undefined));
      expect((await acme.share(tokens, {}, 'brief')).status).toBe(400);
    });
  });

  test('a sign-out wins over any racing exchange', async () => {
    const { accounts } = gatehouse.services;
    for (let round = 0; round < 3; round += 1) {
      const tokens = await acme.signIn();
      const attempts = Array.from({ length: 8 }, (_, index) => acme.share(tokens, {}, index % 2 ? 'maps' : 'notes'));
      const [answers] = await Promise.all([
        Promise.all(attempts),
        accounts.signOutEverywhere(acme.tenant, claimsOf(tokens.id_token).sub),
      ]);
      for (const { status, body } of answers) {
        if (status !== 200) continue;
        const owner = acme.client(claimsOf(body.id_token).aud);
        expect((await owner.refresh(body.refresh_token)).body.error).toBe('invalid_grant');
      }
      expect((await acme.share(tokens)).body.error).toBe('invalid_grant');
    }
  });

  test('many exchanges at once: all are answered, with one name for the session and tokens that live', async () => {
    const tokens = await acme.signIn();
    const answers = await Promise.all(Array.from({ length: 8 }, () => acme.share(tokens)));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(new Set(answers.map(({ body }) => claimsOf(body.id_token).sid)).size).toBe(1);
    for (const { body } of answers) expect((await acme.client('maps').refresh(body.refresh_token)).status).toBe(200);
  });

  test('T031 a code is redeemed by its own client: no device secret helps', async () => {
    const code = await newCode(acme.agent(), acme.client('mail'), { scope: 'openid device_sso' });
    const { body } = await acme.client('maps').token({ ...code, device_secret: mine.device_secret });
    expect([body.error, body.device_secret]).toEqual(['invalid_grant', undefined]);
  });

  test('T035 no bad proof is taken, and what has one is bound', async () => {
    const keys = ecKeys();
    const { issuer } = acme.tenant;
    const tokens = await acme.signIn();
    const wrong: string[] = [];
    for (const [name, claims, options] of badProofs('POST', '/token', keys)) {
      const dpop = prover(keys)({ ...toToken(issuer), ...claims(issuer) }, options);
      const { body } = await acme.share(tokens, {}, 'maps', { dpop });
      if (!/^(invalid_dpop_proof|use_dpop_nonce)$/.test(body.error)) wrong.push(`${name}: ${JSON.stringify(body)}`);
    }
    expect(wrong).toEqual([]);
    const { clients } = gatehouse.services;
    await clients.create(acme.tenant, app('bound', { dpop_bound_access_tokens: true }));
    expect((await acme.share(tokens, {}, 'bound')).body.error).toBe('invalid_grant');
    const dpop = prover(keys)(toToken(issuer));
    expect((await acme.share(tokens, {}, 'bound', { dpop })).body.token_type).toBe('DPoP');
    expect((await acme.share(tokens, {}, 'bound', { dpop })).body.error).toBe('invalid_dpop_proof');
  });

  test('RFC 8705: an app whose tokens are bound to a certificate shows it', async () => {
    const bound = { tls_client_certificate_bound_access_tokens: true };
    await gatehouse.services.clients.create(acme.tenant, app('certified', bound));
    const { raw } = new X509Certificate(certified({ subject: [['CN', 'device']] }).cert);
    const tokens = await acme.signIn();
    expect((await acme.share(tokens, {}, 'certified')).body.error).toBe('invalid_grant');
    const fields = { scope: 'openid read', resource: API };
    const headers = { 'client-cert': `:${raw.toString('base64')}:` };
    const { body } = await acme.share(tokens, fields, 'certified', headers);
    const thumbprint = createHash('sha256').update(raw).digest('base64url');
    expect(claimsOf(body.access_token).cnf).toEqual({ 'x5t#S256': thumbprint });
  });

  test('a secret is looked up by nobody: it is stored as a hash, and is no token elsewhere', async () => {
    const mail = acme.client('mail');
    const { device_secret } = await acme.signIn();
    expect(await acme.client('shop').introspect(device_secret)).toEqual({ active: false });
    expect((await mail.userinfo(device_secret)).status).toBe(401);
    expect((await mail.refresh(device_secret)).body.error).toBe('invalid_grant');
  });

  test('a tenant that does not offer it knows neither the grant nor the scope', async () => {
    const plain = await gatehouse.tenant({ id: 'plain', settings: { signing: { algorithms: ['ES256'] } } });
    await expect(gatehouse.services.clients.create(plain, app('mail'))).rejects.toThrow(/grant_types/);
    const fields: Fields = {
      grant_type: EXCHANGE,
      client_id: 'mail',
      subject_token: mine.id_token,
      subject_token_type: ID_TOKEN,
      actor_token: mine.device_secret,
      actor_token_type: DEVICE_SECRET,
    };
    const answer = await fetch(`${plain.issuer}/token`, { method: 'POST', body: new URLSearchParams(fields) });
    expect(answer.status).toBeGreaterThanOrEqual(400);
  });

  test('a suspended tenant', async () => {
    expect((await globex.share(theirs)).status).toBe(200);
    await gatehouse.services.tenants.suspend('globex');
    await eventually(async () => ((await globex.share(theirs)).status >= 400 ? true : undefined));
  });
});
