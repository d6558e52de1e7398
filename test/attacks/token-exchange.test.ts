import { createPublicKey } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { moveClock, restoreClock } from '../support/clock.ts';
import { badProofs, prover, toToken } from '../support/dpop.ts';
import { eventually } from '../support/eventually.ts';
import {
  ACCESS_TOKEN,
  ARCHIVE,
  EXCHANGE,
  type ExchangeStage,
  ID_TOKEN,
  LEDGER,
  ORDERS,
  REFRESH_TOKEN,
  service,
  setExchangeStage,
} from '../support/exchange-stage.ts';
import { claimsOf, ecKeys, forge, forgeries, headerOf } from '../support/forge.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import type { Answer, Fields } from '../support/raw-client.ts';
import { webClient } from '../support/relying-party.ts';

let gatehouse: TestGatehouse;
let acme: ExchangeStage;
let globex: ExchangeStage;
/** Of a sign-in at `web` for ORDERS, and of one at the other tenant. */
let mine: Answer['body'];
let theirs: Answer['body'];

beforeAll(async () => {
  gatehouse = await startGatehouse();
  [acme, globex] = [await setExchangeStage(gatehouse, 'acme'), await setExchangeStage(gatehouse, 'globex')];
  const { clients } = gatehouse.services;
  await clients.create(acme.tenant, webClient('foreign', { skip_consent: true }));
  await clients.create(acme.tenant, webClient('reserved', { skip_consent: true, may_act: 'robot' }));
  const rigid = { subject_clients: ['web', 'reserved'], resources: [{ resource: ARCHIVE }] };
  await clients.create(acme.tenant, service('rigid', { token_exchange: rigid }));
  [mine, theirs] = [await acme.signIn(), await globex.signIn()];
});
afterEach(restoreClock);
afterAll(() => gatehouse.stop());

const type = (subject_token_type: string): Fields => ({ subject_token_type });
const actor = (actor_token: string, actor_token_type = ACCESS_TOKEN): Fields => ({ actor_token, actor_token_type });
const ledger: Fields = { resource: LEDGER };

/** What is refused, how it is asked for, and the error with words of its description. */
const REFUSED: [string, () => Promise<Answer>, string][] = [
  ['no subject token', () => acme.exchange('', ledger), 'invalid_request: no subject_token'],
  ['no type', () => acme.exchange(mine.access_token, { ...ledger, ...type('') }), 'invalid_request: _type is missing'],
  [
    'a made-up type',
    () => acme.exchange(mine.access_token, { ...ledger, ...type('jwt') }),
    'invalid_request: must be one of',
  ],
  [
    'a type for no actor',
    () => acme.exchange(mine.access_token, { actor_token_type: ID_TOKEN }),
    'invalid_request: no actor_token',
  ],
  [
    'an actor without a type',
    () => acme.exchange(mine.access_token, { actor_token: 'x' }),
    'invalid_request: _type is missing',
  ],
  [
    'a refresh token in return',
    () => acme.exchange(mine.access_token, { ...ledger, requested_token_type: REFRESH_TOKEN }),
    'invalid_request: nothing else comes',
  ],
  [
    'an ID token in return',
    () => acme.exchange(mine.access_token, { ...ledger, requested_token_type: ID_TOKEN }),
    'invalid_request: nothing else comes',
  ],

  // T028
  [
    'an ID token as access token',
    () => acme.exchange(mine.id_token, ledger),
    'invalid_request: not a token of this issuer',
  ],
  [
    'an access token as ID token',
    () => acme.exchange(mine.access_token, { ...ledger, ...type(ID_TOKEN) }),
    'invalid_request: not a token of this issuer',
  ],
  [
    'a refresh token as access token',
    () => acme.exchange(mine.refresh_token, ledger),
    'invalid_request: not a token of this issuer',
  ],
  [
    'a refresh token as what it is',
    () => acme.exchange(mine.refresh_token, { ...ledger, ...type(REFRESH_TOKEN) }),
    'invalid_request: for its client alone',
  ],
  [
    "a service's own token",
    async () => acme.exchange(await acme.ownToken('orders'), ledger),
    'invalid_request: speaks of no user',
  ],
  ['an unknown opaque token', () => acme.exchange('at_nobody', ledger), 'invalid_request: not a token of this issuer'],
  ['no token at all', () => acme.exchange('x', ledger), 'invalid_request: not a token of this issuer'],
  [
    'an id that no store takes',
    () => acme.exchange(`at_${'x'.repeat(2000)}`, ledger),
    'invalid_request: not a token of this issuer',
  ],

  // T072
  [
    "another tenant's access token",
    () => acme.exchange(theirs.access_token, ledger),
    'invalid_request: not a token of this issuer',
  ],
  [
    "another tenant's ID token",
    () => acme.exchange(theirs.id_token, { ...ledger, ...type(ID_TOKEN) }),
    'invalid_request: not a token of this issuer',
  ],
  [
    "another tenant's opaque token",
    async () => acme.exchange((await globex.signIn(ARCHIVE)).access_token, ledger, 'archive-reader'),
    'invalid_request: not a token of this issuer',
  ],
  [
    "another tenant's actor",
    async () => acme.exchange(mine.access_token, { ...ledger, ...actor(await globex.ownToken('robot')) }),
    'invalid_request: not a token of this issuer',
  ],

  // T043
  [
    'a token that is for another API',
    async () => acme.exchange((await acme.signIn(LEDGER)).access_token, ledger),
    'invalid_request: not meant for this client',
  ],
  [
    'a token of a client that the policy does not name',
    async () => acme.exchange((await acme.signIn(ORDERS, {}, acme.client('foreign'))).access_token, ledger),
    'invalid_request: of the client of',
  ],
  [
    'an ID token of such a client',
    async () =>
      acme.exchange((await acme.signIn(LEDGER, {}, acme.client('foreign'))).id_token, { ...ledger, ...type(ID_TOKEN) }),
    'invalid_request: of the client of',
  ],
  [
    'an actor that the policy does not name',
    async () => acme.exchange(mine.access_token, { ...ledger, ...actor(await acme.ownToken('ledger')) }),
    'invalid_request: not allow this actor',
  ],
  [
    'a user as actor who has no role for it',
    () => acme.exchange(mine.access_token, { ...ledger, ...actor(mine.access_token) }),
    'invalid_request: not allow this actor',
  ],
  [
    'an actor that may_act does not name',
    async () => {
      const { id_token } = await acme.signIn(ARCHIVE, {}, acme.client('reserved'));
      return acme.exchange(id_token, type(ID_TOKEN), 'rigid');
    },
    'invalid_request: names another actor',
  ],

  // T021
  [
    'a resource that nobody knows',
    () => acme.exchange(mine.access_token, { resource: 'https://x' }),
    'invalid_target: no such resource',
  ],
  [
    'a resource outside the policy',
    () => acme.exchange(mine.access_token, { resource: ORDERS }),
    'invalid_target: no such resource',
  ],
  [
    'an audience outside the policy',
    () => acme.exchange(mine.access_token, { audience: 'ledger' }),
    'invalid_target: no such resource',
  ],
  [
    'two targets',
    () => acme.exchange(mine.access_token, { ...ledger, audience: ARCHIVE }),
    'invalid_target: one resource',
  ],
  ['no target where there are two', () => acme.exchange(mine.access_token), 'invalid_target: which resource'],
  [
    'a scope that the subject token has not',
    () => acme.exchange(mine.access_token, { ...ledger, scope: 'read post' }),
    'invalid_scope: more than the subject token',
  ],
  [
    'a scope of userinfo',
    () => acme.exchange(mine.access_token, { ...ledger, scope: 'openid' }),
    'invalid_scope: more than the subject token',
  ],
  [
    'offline access',
    () => acme.exchange(mine.access_token, { ...ledger, scope: 'offline_access' }),
    'invalid_scope: more than the subject token',
  ],
  [
    'more than the subject token has, by a second exchange',
    async () => {
      const { body } = await acme.exchange(mine.access_token, { ...ledger, scope: 'read' });
      return acme.exchange(body.access_token, { scope: 'write' }, 'ledger');
    },
    'invalid_scope: more than the subject token',
  ],
];

describe('refused', () => {
  const caller = (clientId: string) => acme.client(clientId);

  beforeAll(async () => {
    const policy = { subject_clients: ['web'], resources: [{ resource: LEDGER }] };
    await gatehouse.services.clients.create(acme.tenant, service('archive-reader', { token_exchange: policy }));
  });

  test.each(REFUSED)('%s', async (_name, attempt, error) => {
    const { status, body, headers } = await attempt();
    expect(status).toBe(400);
    const [code, words] = error.split(': ');
    expect([body.error, body.error_description]).toEqual([code, expect.stringContaining(words!)]);
    expect(headers.get('cache-control')).toBe('no-store');
  });

  test('to clients without the grant', async () => {
    const form = { grant_type: EXCHANGE, subject_token: mine.access_token, subject_token_type: ACCESS_TOKEN };
    expect((await caller('robot').token(form)).status).toBe(400);
    expect((await caller('orders').token(form, {})).status).toBe(401);
  });

  test('each refusal is one event, and says why', async () => {
    const events = async () =>
      (await gatehouse.services.audit.find('acme', { limit: 1000 })).items.filter(({ type: name }) =>
        /refused|reuse/.test(name),
      );
    const isWritten = async () => ((await events()).length >= REFUSED.length + 2 ? true : undefined);
    await eventually(isWritten);
    const found = await events();
    expect(found).toHaveLength(REFUSED.length + 2);
    for (const { outcome, details } of found)
      expect([outcome, details]).toEqual(['failure', { error: expect.any(String), reason: expect.any(String) }]);
  });
});

describe('T027 no forgery is taken for a subject token', () => {
  test.each([
    ['access token', () => mine.access_token, {}],
    ['ID token', () => mine.id_token, type(ID_TOKEN)],
  ])('%s', async (_name, good, fields) => {
    const { kid } = headerOf(good());
    const jwk = (await acme.web.get('/jwks')).body.keys.find((key: { kid: string }) => key.kid === kid);
    const pem = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }) as string;
    const accepted: string[] = [];
    for (const [name, jwt] of Object.entries(forgeries(claimsOf(good()), { jwk, pem, kid, alg: 'ES256' }))) {
      const typed = forge({ ...headerOf(jwt), typ: headerOf(good()).typ }, claimsOf(jwt), () =>
        Buffer.from(jwt.split('.')[2]!, 'base64url'),
      );
      for (const each of [jwt, typed])
        if ((await acme.exchange(each, { ...ledger, ...fields })).status !== 400) accepted.push(name);
    }
    expect(accepted).toEqual([]);
  });
});

describe('T033 what is over gives nothing', () => {
  const attempts = (tokens: Answer['body']) =>
    Promise.all([
      acme.exchange(tokens.access_token, ledger),
      acme.exchange(tokens.id_token, { ...ledger, ...type(ID_TOKEN) }),
    ]);
  const statusesOf = async (tokens: Answer['body']) => (await attempts(tokens)).map(({ status }) => status);
  const idOf = (tokens: Answer['body']) => claimsOf(tokens.id_token).sub as string;

  test('expired', async () => {
    const opaque = await acme.signIn(ARCHIVE);
    moveClock(3601);
    expect(await statusesOf(mine)).toEqual([400, 400]);
    expect((await acme.exchange(opaque.access_token, ledger, 'archive-reader')).status).toBe(400);
  });

  test('a token lives no longer than the one that it was exchanged for', async () => {
    const { access_token, expires_in } = await acme.signIn();
    moveClock(expires_in - 50);
    const { body } = await acme.exchange(access_token, ledger);
    expect(body.expires_in).toBeLessThanOrEqual(50);
  });

  test('revoked: also what was given for it and can be looked up', async () => {
    const tokens = await acme.signIn();
    const { body } = await acme.exchange(tokens.access_token, { resource: ARCHIVE });
    const archive = acme.client('archive');
    expect((await archive.introspect(body.access_token)).active).toBe(true);
    await acme.web.revoke(tokens.refresh_token);
    expect((await archive.introspect(body.access_token)).active).toBe(false);
    expect(await statusesOf(tokens)).toEqual([400, 400]);
  });

  test('signed out everywhere, disabled', async () => {
    const { accounts } = gatehouse.services;
    const [before, disabled] = [await acme.signIn(), idOf(mine)];
    await accounts.signOutEverywhere(acme.tenant, disabled);
    expect(await statusesOf(before)).toEqual([400, 400]);
    const after = await acme.signIn();
    const { body } = await acme.exchange(after.access_token, { resource: ARCHIVE });
    await accounts.disable(acme.tenant, disabled);
    expect(await statusesOf(after)).toEqual([400, 400]);
    expect((await acme.client('archive').introspect(body.access_token)).active).toBe(false);
    await accounts.enable(acme.tenant, disabled);
    expect(await statusesOf(after)).toEqual([400, 400]);
  });

  test('of a client that was removed', async () => {
    const { clients } = gatehouse.services;
    await clients.create(acme.tenant, webClient('brief', { skip_consent: true }));
    const tokens = await acme.signIn(ORDERS, {}, acme.client('brief'));
    const { metadata } = (await clients.get(acme.tenant, 'orders'))!;
    const policy = metadata.token_exchange as { subject_clients: string[] };
    const more = { ...policy, subject_clients: ['web', 'brief'] };
    await clients.change(acme.tenant, 'orders', { ...metadata, token_exchange: more });
    await eventually(async () =>
      (await acme.exchange(tokens.access_token, ledger)).status === 200 ? true : undefined,
    );
    await clients.remove(acme.tenant, 'brief');
    await eventually(async () =>
      (await acme.exchange(tokens.access_token, ledger)).status === 400 ? true : undefined,
    );
  });
});

describe('T043 the new token', () => {
  test('comes alone, and is of no use at userinfo or for anything of its user', async () => {
    const tokens = await acme.signIn();
    const { body } = await acme.exchange(tokens.access_token, { resource: ARCHIVE });
    expect(Object.keys(body).sort()).toEqual([
      'access_token',
      'expires_in',
      'issued_token_type',
      'scope',
      'token_type',
    ]);
    expect((await acme.web.userinfo(body.access_token)).status).toBe(403);
    expect((await acme.client('orders').refresh(body.access_token)).status).toBe(400);
  });

  test('says where it comes from to nobody but the issuer', async () => {
    const { access_token } = await acme.signIn();
    const { body } = await acme.exchange(access_token, ledger);
    const text = JSON.stringify([claimsOf(access_token), claimsOf(body.access_token)]);
    expect(claimsOf(access_token).grant_ref).not.toBe(claimsOf(body.access_token).grant_ref);
    expect(text).not.toContain('sessionUid');
    expect((await globex.exchange(body.access_token, {}, 'ledger')).status).toBe(400);
  });
});

describe('T031, T035 proof of possession', () => {
  const keys = ecKeys();
  const prove = prover(keys);
  const proof = () => prove(toToken(acme.tenant.issuer));
  const bound = () => acme.signIn(ORDERS, {}, acme.web, undefined, { dpop: proof() });

  beforeAll(async () => {
    const { clients } = gatehouse.services;
    const resources = [{ resource: LEDGER }];
    const own = { grant_types: ['authorization_code', EXCHANGE], token_exchange: { resources } };
    await clients.create(acme.tenant, webClient('downscoper', { skip_consent: true, ...own }));
    const lenient = { subject_clients: ['web'], resources, bound_tokens: true };
    await clients.create(acme.tenant, service('strict', { token_exchange: lenient, dpop_bound_access_tokens: true }));
  });

  test('the new token is bound to the key that was proven, each proof once', async () => {
    const { access_token } = await acme.signIn();
    const dpop = proof();
    const { body } = await acme.exchange(access_token, ledger, 'orders', { dpop });
    expect(body.token_type).toBe('DPoP');
    expect(claimsOf(body.access_token).cnf).toEqual({ jkt: expect.any(String) });
    expect((await acme.exchange(access_token, ledger, 'orders', { dpop })).body.error).toBe('invalid_dpop_proof');
  });

  test('of twenty exchanges with one proof at once one is answered', async () => {
    const { access_token } = await acme.signIn();
    const dpop = proof();
    const attempt = () => acme.exchange(access_token, ledger, 'orders', { dpop });
    const answers = await Promise.all(Array.from({ length: 20 }, attempt));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  test('no bad proof is taken', async () => {
    const { access_token } = await acme.signIn();
    const wrong: string[] = [];
    const { issuer } = acme.tenant;
    for (const [name, claims, options] of badProofs('POST', '/token', keys)) {
      const dpop = prove({ ...toToken(issuer), ...claims(issuer) }, options);
      const { body } = await acme.exchange(access_token, ledger, 'orders', { dpop });
      if (!/^(invalid_dpop_proof|use_dpop_nonce)$/.test(body.error)) wrong.push(`${name}: ${JSON.stringify(body)}`);
    }
    expect(wrong).toEqual([]);
  });

  test('a bound token is exchanged by who proves its key, or whose policy says otherwise', async () => {
    const downscoper = acme.client('downscoper');
    const { access_token } = await acme.signIn(ORDERS, {}, downscoper, undefined, { dpop: proof() });
    const attempt = (headers: Fields) => acme.exchange(access_token, ledger, 'downscoper', headers);
    expect((await attempt({})).body.error).toBe('invalid_request');
    expect((await attempt({ dpop: prover()(toToken(acme.tenant.issuer)) })).body.error).toBe('invalid_request');
    expect((await attempt({ dpop: proof() })).status).toBe(200);
  });

  test('a service cannot prove the key of its caller', async () => {
    const { access_token, id_token } = await bound();
    expect((await acme.exchange(access_token, ledger)).body.error).toBe('invalid_request');
    const { body } = await acme.exchange(id_token, type(ID_TOKEN), 'strict', { dpop: proof() });
    expect(body.error).toBe('invalid_scope');
  });

  test('a client that promised bound tokens gets no other', async () => {
    const { id_token } = await acme.signIn(LEDGER);
    expect((await acme.exchange(id_token, type(ID_TOKEN), 'strict')).body.error).toBe('invalid_grant');
    expect((await acme.exchange(id_token, type(ID_TOKEN), 'strict', { dpop: proof() })).body.token_type).toBe('DPoP');
  });
});
