import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { sha256 } from '../../src/core/hashing.ts';
import { phonesRecord } from '../../src/factors/phone/record.ts';
import type { TenantSettingsInput } from '../../src/tenants/settings.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { mailsTo } from '../support/accounts-stage.ts';
import { answerOn, answerRequest, backchannel, CIBA_GRANT, cibaClient, signingClient } from '../support/ciba.ts';
import { moveClock, restoreClock } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';
import { claimsOf, forgeries } from '../support/forge.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { textOf } from '../support/html.ts';
import { startHttpServer } from '../support/http-server.ts';
import { openAccount } from '../support/portal-stage.ts';
import type { Answer } from '../support/raw-client.ts';
import { PASSWORD, webClient } from '../support/relying-party.ts';
import { askedOn, enrolApp, typeCode } from '../support/second-factor.ts';
import { userAgent } from '../support/stage.ts';
import { formsOf, to } from '../support/user-agent.ts';

/** Requests of clients to users (CIBA): spam, names, answers that are not the user's, and what a yes takes (T034, T047, T072). */

const ADA = 'ada@example.com';
const ENDPOINT = 'https://app.example.com/ping';

let gatehouse: TestGatehouse;
let acme: Tenant;
let ada: string;
let count = 0;
beforeAll(async () => {
  gatehouse = await startGatehouse({ GATEHOUSE_OUTBOUND_ALLOW: '127.0.0.0/8' });
});
afterAll(() => gatehouse.stop());

function bareTenant(settings: TenantSettingsInput = {}): Promise<Tenant> {
  count += 1;
  return gatehouse.tenant({ id: `ciba${count}`, settings: { signing: { algorithms: ['ES256'] }, ...settings } });
}

async function tenant(settings: TenantSettingsInput = {}): Promise<Tenant> {
  const made = await bareTenant(settings);
  const { accounts, clients } = gatehouse.services;
  await accounts.create(made, { email: 'grace@example.com', email_verified: true, password: PASSWORD });
  await clients.create(made, cibaClient('support'));
  return made;
}

const createAda = async (at: Tenant) =>
  (
    await gatehouse.services.accounts.create(at, {
      email: ADA,
      username: 'ada',
      email_verified: true,
      password: PASSWORD,
    })
  ).id;

beforeEach(async () => {
  acme = await tenant();
  ada = await createAda(acme);
});
afterEach(restoreClock);

const events = async (type: string) =>
  (await gatehouse.services.audit.find(acme.id, { limit: 1000 })).items.filter((event) => event.type === type);
const outcomeOf = ({ status, body }: Answer) => `${status} ${body.error ?? 'ok'}`;
const outcomes = (answers: Answer[]) => answers.map(outcomeOf).sort();
const mails = () => mailsTo(gatehouse, acme, ADA, 'sign_in_request');
const begin = async (fields: Record<string, string> = {}, client = backchannel(acme)): Promise<string> => {
  const { body } = await client.ask(fields);
  if (!body.auth_req_id) throw new Error(`not begun: ${JSON.stringify(body)}`);
  return body.auth_req_id;
};
const many = (n: number, ask: () => Promise<Answer>) => Promise.all(Array.from({ length: n }, ask));

describe('spam (T047)', () => {
  test('twenty requests, one after the other and at once: one is one, and one mail', async () => {
    const first = await backchannel(acme).ask();
    const others = await many(19, () => backchannel(acme).ask());
    expect(outcomeOf(first)).toBe('200 ok');
    expect(new Set(outcomes(others))).toEqual(new Set(['429 temporarily_unavailable']));
    expect(Number(others[0]!.headers.get('retry-after'))).toBeGreaterThan(200);
    expect(await mails()).toHaveLength(1);

    const second = await tenant();
    await createAda(second);
    const atOnce = outcomes(await many(20, () => backchannel(second).ask()));
    expect(atOnce.filter((outcome) => outcome === '200 ok')).toHaveLength(1);
    expect(atOnce.filter((outcome) => outcome === '429 temporarily_unavailable')).toHaveLength(19);
    expect(await mailsTo(gatehouse, second, ADA, 'sign_in_request')).toHaveLength(1);
  });

  test('another client is told no more than that; another user can be asked', async () => {
    await gatehouse.services.clients.create(acme, cibaClient('other'));
    await begin();
    expect(outcomeOf(await backchannel(acme, 'other').ask())).toBe('429 temporarily_unavailable');
    expect(outcomeOf(await backchannel(acme, 'other').ask({ login_hint: 'grace@example.com' }))).toBe('200 ok');
  });

  test('who was refused may not ask again for a while', async () => {
    await begin();
    expect(await mails()).toHaveLength(1);
    await answerRequest(acme, 'deny');
    expect(outcomeOf(await backchannel(acme).ask())).toBe('429 temporarily_unavailable');
    moveClock(601);
    expect(outcomeOf(await backchannel(acme).ask())).toBe('200 ok');
    expect(await mails()).toHaveLength(2);
  });

  test('a user is not asked more often than so, nor by one client', async () => {
    acme = await tenant({ protocol: { ciba: { hourly_per_user: 2, pending_per_user: 10 } } });
    await createAda(acme);
    const answers = [];
    for (let i = 0; i < 3; i += 1) answers.push(outcomeOf(await backchannel(acme).ask()));
    expect(answers).toEqual(['200 ok', '200 ok', '429 temporarily_unavailable']);

    acme = await tenant({ protocol: { ciba: { hourly_per_client: 1 } } });
    await createAda(acme);
    await begin();
    const grace = { login_hint: 'grace@example.com' };
    expect(outcomeOf(await backchannel(acme).ask(grace))).toBe('429 temporarily_unavailable');
  });

  test('names that nobody has are counted', async () => {
    const answers = [];
    for (let i = 0; i < 102; i += 1)
      answers.push(outcomeOf(await backchannel(acme).ask({ login_hint: `x${i}@example.com` })));
    expect(new Set(answers.slice(0, 100))).toEqual(new Set(['400 unknown_user_id']));
    expect(answers.slice(100)).toEqual(['429 temporarily_unavailable', '429 temporarily_unavailable']);
  });

  test('every refusal is one event', async () => {
    await begin();
    await backchannel(acme).ask();
    await backchannel(acme).ask({ login_hint: 'nobody@example.com' });
    const refused = await eventually(async () => {
      const found = await events('backchannel.refused');
      return found.length === 2 ? found : undefined;
    });
    expect(refused!.map(({ details, actor, target }) => [details?.error, actor, target])).toEqual([
      ['temporarily_unavailable', 'support', ada],
      ['unknown_user_id', 'support', undefined],
    ]);
  });
});

describe('who is meant', () => {
  test.each([
    ['an e-mail address in another spelling', { login_hint: 'ADA@Example.com' }, '200 ok'],
    ['a username', { login_hint: 'Ada' }, '200 ok'],
    ['nobody', { login_hint: 'nobody' }, '400 unknown_user_id'],
    ['no hint', { login_hint: '' }, '400 invalid_request'],
    ['two hints', { login_hint_token: 'x' }, '400 invalid_request'],
    ['an ID token that is none', { login_hint: '', id_token_hint: 'x.y.z' }, '400 invalid_request'],
    ['no scope', { scope: '' }, '400 invalid_request'],
    ['no openid', { scope: 'email' }, '400 invalid_request'],
  ])('%s', async (_, fields, outcome) => {
    expect(outcomeOf(await backchannel(acme).ask(fields))).toBe(outcome);
  });

  test('a user who may not sign in is unknown', async () => {
    await gatehouse.services.accounts.disable(acme, ada);
    moveClock(2);
    expect(outcomeOf(await backchannel(acme).ask())).toBe('400 unknown_user_id');
  });

  test('the user of an ID token; not that of another client or tenant', async () => {
    const auth_req_id = await begin();
    await answerRequest(acme, 'approve');
    const { id_token } = (await backchannel(acme).poll(auth_req_id)).body;
    const hint = { login_hint: '', id_token_hint: id_token };
    expect(outcomeOf(await backchannel(acme).ask(hint))).toBe('200 ok');
    await gatehouse.services.clients.create(acme, cibaClient('other'));
    expect(outcomeOf(await backchannel(acme, 'other').ask(hint))).toBe('400 invalid_request');
    const globex = await tenant();
    expect(outcomeOf(await backchannel(globex).ask(hint))).toBe('400 invalid_request');
  });

  describe('by a token that the client has signed', () => {
    let signing: ReturnType<typeof signingClient>;
    beforeEach(async () => {
      signing = signingClient('signing', acme);
      await gatehouse.services.clients.create(acme, signing.metadata as never);
    });
    const ask = (login_hint_token: string) =>
      backchannel(acme, 'signing', {}).post('/backchannel', {
        ...signing.authenticate(),
        scope: 'openid',
        login_hint_token,
      });

    test.each([
      ['sub_id with an e-mail address', () => ({ sub_id: { format: 'email', email: ADA } }), '200 ok'],
      [
        'sub_id with issuer and subject',
        () => ({ sub_id: { format: 'iss_sub', iss: acme.issuer, sub: ada } }),
        '200 ok',
      ],
      ['sub', () => ({ sub: ada }), '200 ok'],
      [
        'sub of another issuer',
        () => ({ sub_id: { format: 'iss_sub', iss: 'https://a.example', sub: ada } }),
        '400 invalid_request',
      ],
      [
        'a format that is not known',
        () => ({ sub_id: { format: 'phone_number', phone_number: '+49' } }),
        '400 invalid_request',
      ],
      ['nobody', () => ({}), '400 invalid_request'],
      ['somebody who is not there', () => ({ sub: 'nobody' }), '400 unknown_user_id'],
      ['another audience', () => ({ sub: ada, aud: 'https://a.example' }), '400 invalid_request'],
      ['another issuer', () => ({ sub: ada, iss: 'support' }), '400 invalid_request'],
      ['no end', () => ({ sub: ada, exp: undefined }), '400 invalid_request'],
      [
        'an end in the past',
        () => ({ sub: ada, exp: Math.floor(Date.now() / 1000) - 60 }),
        '400 expired_login_hint_token',
      ],
    ])('%s', async (_, claims, outcome) => {
      expect(outcomeOf(await ask(signing.hint(claims())))).toBe(outcome);
    });

    test('what it has signed for something else, and what others have signed', async () => {
      const { client_assertion } = signing.authenticate();
      expect(outcomeOf(await ask(client_assertion!))).toBe('400 unknown_user_id');
      expect(outcomeOf(await ask(signing.hint({ sub: ada }, 'oauth-authz-req+jwt')))).toBe('400 invalid_request');
      const { jwks } = signing.metadata as unknown as { jwks: { keys: Record<string, string>[] } };
      const pem = '-----BEGIN PUBLIC KEY-----';
      const trusted = { jwk: jwks.keys[0]!, pem, kid: 'k', alg: 'ES256' };
      const accepted: string[] = [];
      for (const [name, forged] of Object.entries(forgeries(claimsOf(signing.hint({ sub: ada })), trusted))) {
        if (outcomeOf(await ask(forged)) !== '400 invalid_request') accepted.push(name);
      }
      expect(accepted).toEqual([]);
    });

    test('a client without a key has no such tokens', async () => {
      const answer = await backchannel(acme).ask({
        login_hint: '',
        login_hint_token: signing.hint({ sub: ada, iss: 'support' }),
      });
      expect(outcomeOf(answer)).toBe('400 invalid_request');
    });
  });
});

describe('what is asked', () => {
  test.each([
    ['Order 4711', '200 ok'],
    ['Überweisung 20.00 EUR', '200 ok'],
    ['x'.repeat(50), '200 ok'],
    ['x'.repeat(51), '400 invalid_binding_message'],
    [' 1', '400 invalid_binding_message'],
    ['call\n+49', '400 invalid_binding_message'],
    ['<b>now</b>', '400 invalid_binding_message'],
    ['1234 \u202e4321', '400 invalid_binding_message'],
    ['1234 👍🏿 品川', '400 invalid_binding_message'],
  ])('the binding message %j', async (binding_message, outcome) => {
    expect(outcomeOf(await backchannel(acme).ask({ binding_message }))).toBe(outcome);
  });

  test.each([
    ['60', 60],
    ['299', 299],
    ['100000', 300],
  ])('to be good for %s seconds', async (requested_expiry, expires_in) => {
    expect((await backchannel(acme).ask({ requested_expiry })).body.expires_in).toBe(expires_in);
  });
  test.each(['0', '-1', 'soon', '1.5'])('not for %s', async (requested_expiry) => {
    expect(outcomeOf(await backchannel(acme).ask({ requested_expiry }))).toBe('400 invalid_request');
  });

  test('a level that is not known here is refused before anybody is asked', async () => {
    expect(outcomeOf(await backchannel(acme).ask({ acr_values: 'urn:unknown' }))).toBe(
      '400 unmet_authentication_requirements',
    );
    expect(await mails()).toEqual([]);
  });

  test('a client must authenticate, and have the grant', async () => {
    const { clients } = gatehouse.services;
    const publicClient = { ...cibaClient('public'), client_secret: undefined, token_endpoint_auth_method: 'none' };
    await expect(clients.create(acme, publicClient as never)).rejects.toMatchObject({
      code: 'invalid_input',
      problems: [{ pointer: '/grant_types/0' }],
    });
    const asks = { ...cibaClient('coded'), backchannel_user_code_parameter: true };
    await expect(clients.create(acme, asks)).rejects.toMatchObject({
      problems: [{ pointer: '/backchannel_user_code_parameter' }],
    });
    await clients.create(acme, webClient('web'));
    expect(outcomeOf(await backchannel(acme, 'web').ask())).toBe('400 unauthorized_client');
    expect((await backchannel(acme, 'support', {}).ask({ client_id: 'support' })).status).toBe(401);
    expect((await backchannel(acme, 'support', {}).ask({ client_id: 'support', client_secret: 'wrong' })).status).toBe(
      401,
    );
  });

  test('a tenant without it', async () => {
    const off = await gatehouse.tenant({ id: `off${count}`, settings: { protocol: { ciba: { enabled: false } } } });
    await expect(gatehouse.services.clients.create(off, cibaClient('support'))).rejects.toMatchObject({
      code: 'invalid_input',
    });
    expect((await backchannel(off).ask()).status).toBe(404);
    const discovery = await (await fetch(`${off.issuer}/.well-known/openid-configuration`)).json();
    expect(JSON.stringify(discovery)).not.toMatch(/backchannel_authentication|ciba/);
  });
});

describe('signed requests (CIBA Core 7.1.1, FAPI-CIBA 5.2.2)', () => {
  let signing: ReturnType<typeof signingClient>;
  beforeEach(async () => {
    signing = signingClient('signing', acme, { backchannel_authentication_request_signing_alg: 'ES256' });
    await gatehouse.services.clients.create(acme, signing.metadata as never);
  });
  const ask = (fields: Record<string, string>) =>
    backchannel(acme, 'signing', {}).post('/backchannel', { ...signing.authenticate(), ...fields });

  test('one that is in order, once', async () => {
    const request = signing.request({ login_hint: ADA, binding_message: 'Order 4711' });
    const answer = await ask({ request });
    expect(outcomeOf(answer)).toBe('200 ok');
    const page = await answerRequest(acme, 'approve');
    expect(page.status).toBe(200);
    const tokens = await backchannel(acme, 'signing', {}).token({
      ...signing.authenticate(),
      grant_type: CIBA_GRANT,
      auth_req_id: answer.body.auth_req_id,
    });
    expect(claimsOf(tokens.body.id_token)).toMatchObject({ sub: ada, aud: 'signing' });
    expect(outcomeOf(await ask({ request }))).toBe('400 invalid_request');
  });

  test.each([
    ['what is not signed', () => ({ scope: 'openid', login_hint: ADA })],
    ['no jti', () => ({ request: signing.request({ login_hint: ADA, jti: undefined }) })],
    ['no end', () => ({ request: signing.request({ login_hint: ADA, exp: undefined }) })],
    ['no beginning', () => ({ request: signing.request({ login_hint: ADA, nbf: undefined }) })],
    ['too long', () => ({ request: signing.request({ login_hint: ADA, exp: Math.floor(Date.now() / 1000) + 3700 }) })],
    ['another audience', () => ({ request: signing.request({ login_hint: ADA, aud: 'https://a.example' }) })],
    ['another issuer', () => ({ request: signing.request({ login_hint: ADA, iss: 'support' }) })],
    ['a request within', () => ({ request: signing.request({ login_hint: ADA, request: 'x' }) })],
  ])('%s', async (_, fields) => {
    expect(outcomeOf(await ask(fields() as never))).toBe('400 invalid_request');
    expect(await mails()).toEqual([]);
  });

  test('what stands beside it does not count', async () => {
    const answer = await ask({ request: signing.request({ login_hint: 'nobody@example.com' }), login_hint: ADA });
    expect(outcomeOf(answer)).toBe('400 unknown_user_id');
  });

  test('forgeries', async () => {
    const { jwks } = signing.metadata as unknown as { jwks: { keys: Record<string, string>[] } };
    const trusted = { jwk: jwks.keys[0]!, pem: '-----BEGIN PUBLIC KEY-----', kid: 'k', alg: 'ES256' };
    const accepted: string[] = [];
    for (const [name, forged] of Object.entries(forgeries(claimsOf(signing.request({ login_hint: ADA })), trusted))) {
      if ((await ask({ request: forged })).status === 200) accepted.push(name);
    }
    expect(accepted).toEqual([]);
  });

  test('a tenant with a FAPI profile wants a binding message', async () => {
    acme = await bareTenant({ protocol: { profile: 'fapi2' } });
    await createAda(acme);
    const fapi = signingClient('fapi', acme, { backchannel_authentication_request_signing_alg: 'ES256' });
    await gatehouse.services.clients.create(acme, fapi.metadata as never);
    const send = (claims: object) =>
      backchannel(acme, 'fapi', {}).post('/backchannel', {
        ...fapi.authenticate(),
        request: fapi.request({ login_hint: ADA, ...claims }),
      });
    expect((await send({})).body).toMatchObject({
      error: 'invalid_request',
      error_description: 'binding_message is missing',
    });
    expect(outcomeOf(await send({ binding_message: '4711' }))).toBe('200 ok');
  });
});

describe('the answer is the user’s', () => {
  test('to look at the page answers nothing; nor does a form that others had sent', async () => {
    const auth_req_id = await begin();
    const { agent, page } = await openAccount(acme, '/requests');
    const { action, fields } = formsOf(page).find(to('answer'))!;
    const sent = { ...fields, decision: 'approve' };
    const attempts = [
      await agent.get(`${action}?${new URLSearchParams(sent)}`),
      await agent.post(action, { ...sent, csrf: '' }),
      await agent.post(action, { ...sent, csrf: 'A'.repeat(43) }),
      await agent.post(action, sent, { origin: 'https://evil.example' }),
      await agent.post(action, sent, { 'sec-fetch-site': 'cross-site' }),
      await agent.post(action, { ...sent, decision: 'yes' }),
      await userAgent().post(action, sent),
    ];
    expect(attempts.map(({ trail }) => trail[0]!.status)).toEqual([303, 403, 403, 403, 403, 400, 303]);
    expect((await backchannel(acme).poll(auth_req_id)).body.error).toBe('authorization_pending');
  });

  test('another user has nothing to do with it', async () => {
    const auth_req_id = await begin();
    const { page } = await openAccount(acme, '/requests');
    const { request } = formsOf(page).find(to('answer'))!.fields;
    const own = await begin({ login_hint: 'grace@example.com' });
    const grace = await openAccount(acme, '/requests', { identifier: 'grace@example.com' });
    const form = formsOf(grace.page).find(to('answer'))!;
    const stolen = await grace.agent.post(form.action, { ...form.fields, request: request!, decision: 'approve' });
    expect(stolen.status).toBe(404);
    expect((await backchannel(acme).poll(auth_req_id)).body.error).toBe('authorization_pending');
    await answerOn(grace.agent, grace.page, 'approve');
    expect(claimsOf((await backchannel(acme).poll(own)).body.id_token).sub).not.toBe(ada);
  });

  test('a yes and a no at once: one of them counts', async () => {
    const auth_req_id = await begin();
    const { agent, page } = await openAccount(acme, '/requests');
    await Promise.all([
      ...Array.from({ length: 5 }, () => answerOn(agent, page, 'approve')),
      ...Array.from({ length: 5 }, () => answerOn(agent, page, 'deny')),
    ]);
    const recorded = [...(await events('backchannel.approved')), ...(await events('backchannel.denied'))];
    expect(recorded).toHaveLength(1);
    const isYes = recorded[0]!.type === 'backchannel.approved';
    expect(outcomeOf(await backchannel(acme).poll(auth_req_id))).toBe(isYes ? '200 ok' : '400 access_denied');
  });

  test('who is signed out while they say yes has not said it', async () => {
    const auth_req_id = await begin();
    const { agent, page } = await openAccount(acme, '/requests');
    const { accounts, sessions } = gatehouse.services;
    const { get } = sessions;
    let looks = 0;
    const spy = jest.spyOn(sessions, 'get').mockImplementation(async (...which) => {
      looks += which[2] ? 1 : 0;
      // On the way in, and when the answer is about to be given.
      if (which[2] && looks === 2) await accounts.signOutEverywhere(acme, ada);
      return get(...which);
    });
    await answerOn(agent, page, 'approve');
    spy.mockRestore();
    expect(looks).toBeGreaterThan(1);
    expect((await backchannel(acme).poll(auth_req_id)).body.error).toBe('authorization_pending');
    expect(await events('backchannel.approved')).toEqual([]);
  });

  test('what is over cannot be answered, and says so to who polls', async () => {
    const auth_req_id = await begin({ requested_expiry: '60' });
    const { agent, page } = await openAccount(acme, '/requests');
    moveClock(61);
    expect((await answerOn(agent, page, 'approve')).status).toBe(404);
    expect(textOf((await agent.get(`${acme.issuer}/account/requests`)).body)).toContain('Nothing waits');
    expect((await backchannel(acme).poll(auth_req_id)).body.error).toBe('expired_token');
    expect(outcomeOf(await backchannel(acme).ask())).toBe('200 ok');
  });

  test('polls that come too soon, and those of others', async () => {
    const auth_req_id = await begin();
    await gatehouse.services.clients.create(acme, cibaClient('other'));
    const poll = async (after: number, client = 'support') => {
      moveClock(after);
      return (await backchannel(acme, client).poll(auth_req_id)).body.error;
    };
    expect(await poll(0, 'other')).toBe('invalid_grant');
    expect(await poll(0)).toBe('authorization_pending');
    expect(await poll(1)).toBe('slow_down');
    expect(await poll(5)).toBe('slow_down');
    expect(await poll(15)).toBe('authorization_pending');
    const globex = await tenant();
    expect((await backchannel(globex).poll(auth_req_id)).body.error).toBe('invalid_grant');
  });

  test.each([
    ['disabled', () => gatehouse.services.accounts.disable(acme, ada)],
    ['signed out everywhere', () => gatehouse.services.accounts.signOutEverywhere(acme, ada)],
    ['removed', () => gatehouse.services.accounts.remove(acme, ada)],
  ])('a user who is %s after the yes', async (_, end) => {
    const auth_req_id = await begin();
    await answerRequest(acme, 'approve');
    await end();
    moveClock(2);
    expect((await backchannel(acme).poll(auth_req_id)).body.error).toBe('invalid_grant');
  });

  test('what lies in the store lets nobody do anything', async () => {
    const metadata = {
      backchannel_token_delivery_mode: 'ping',
      backchannel_client_notification_endpoint: ENDPOINT,
    };
    await gatehouse.services.clients.create(acme, cibaClient('pinged', metadata));
    const token = 'token-of-the-client-for-pings';
    const auth_req_id = await begin({ client_notification_token: token }, backchannel(acme, 'pinged'));
    const { artifacts } = acme.store;
    const stored = JSON.stringify([
      await artifacts.find('PendingRequests', ada),
      await artifacts.find('BackchannelAuthenticationRequest', sha256(auth_req_id)),
    ]);
    expect(stored).toContain('pinged');
    for (const secret of [auth_req_id, token]) {
      expect(stored).not.toContain(secret);
      expect(gatehouse.logged()).not.toContain(secret);
    }
  });
});

describe('what a yes takes', () => {
  const AAL2 = { acr_values: 'urn:gatehouse:aal2' };

  test('the level that is asked for, proven just now', async () => {
    acme = await tenant({ protocol: { ciba: { request_ttl: 900 } } });
    ada = await createAda(acme);
    const secret = await enrolApp(gatehouse.services, acme, ada);
    const auth_req_id = await begin(AAL2);
    const { agent, page: asked } = await openAccount(acme, '/requests');
    const page = await typeCode(agent, asked, secret);
    expect(textOf(page.body)).toContain('Yes, sign in');
    // The proofs grow old while the page is open.
    moveClock(301);
    expect(textOf((await agent.get(page.url)).body)).toContain('Yes, and confirm that it is you');
    const led = await answerOn(agent, page, 'approve');
    expect(led.url).toContain('/interaction/');
    expect((await backchannel(acme).poll(auth_req_id)).body.error).toBe('authorization_pending');

    let back = led;
    if (askedOn(back) === 'password')
      back = await agent.submit(back, { identifier: ADA, password: PASSWORD }, to('login'));
    if (askedOn(back) === 'code') back = await typeCode(agent, back, secret);
    expect(back.url).toBe(page.url);
    expect(textOf((await answerOn(agent, back, 'approve')).body)).toContain('You are signed in to');
    const { id_token } = (await backchannel(acme).poll(auth_req_id)).body;
    expect(claimsOf(id_token)).toMatchObject({ acr: 'urn:gatehouse:aal2' });
    expect(Math.floor(Date.now() / 1000) - claimsOf(id_token).auth_time).toBeLessThan(300);
  });

  test('what the client’s policy asks of every sign-in, on the way to the answer', async () => {
    acme = await tenant({ authentication: { mfa: 'off' } });
    ada = await createAda(acme);
    const secret = await enrolApp(gatehouse.services, acme, ada);
    const policy = { mfa: 'required', second_factors: ['totp'], enrolment_grace_days: 0 };
    await gatehouse.services.clients.create(acme, cibaClient('strict', { authentication_policy: policy }));
    const strict = backchannel(acme, 'strict');
    const auth_req_id = await begin({}, strict);
    const { agent, page } = await openAccount(acme, '/requests');
    expect(textOf(page.body)).toContain('Yes, and confirm that it is you');
    const led = await answerOn(agent, page, 'approve');
    expect((await strict.poll(auth_req_id)).body.error).toBe('authorization_pending');
    const back = await typeCode(agent, led, secret);
    expect(textOf((await answerOn(agent, back, 'approve')).body)).toContain('You are signed in to');
    expect(claimsOf((await strict.poll(auth_req_id)).body.id_token).amr).toContain('mfa');
  });

  test('it is confirmed in the way that the client’s policy allows', async () => {
    acme = await tenant({ authentication: { first_factors: ['password', 'email_code'], mfa: 'off' } });
    ada = await createAda(acme);
    await gatehouse.services.clients.create(
      acme,
      cibaClient('by-mail', { authentication_policy: { first_factors: ['email_code'] } }),
    );
    const byMail = backchannel(acme, 'by-mail');
    const auth_req_id = await begin({}, byMail);
    const { agent, page } = await openAccount(acme, '/requests');
    const led = await answerOn(agent, page, 'approve');
    expect([led.body.includes('name="password"'), textOf(led.body).includes('Email me a code')]).toEqual([false, true]);
    expect((await byMail.poll(auth_req_id)).body.error).toBe('authorization_pending');
  });

  test('where nothing that is allowed is enough only no can be said', async () => {
    acme = await tenant({ authentication: { first_factors: ['password'] } });
    ada = await createAda(acme);
    const policy = { authentication_policy: { first_factors: ['passkey'] } };
    await gatehouse.services.clients.create(acme, cibaClient('keys-only', policy));
    const client = backchannel(acme, 'keys-only');
    const auth_req_id = await begin({}, client);
    const { agent, page } = await openAccount(acme, '/requests');
    expect(page.body).not.toContain('value="approve"');
    expect(textOf((await answerOn(agent, page, 'approve')).body)).toContain('cannot be approved with your account');
    expect((await client.poll(auth_req_id)).body.error).toBe('authorization_pending');
    await answerOn(agent, page, 'deny');
    expect((await client.poll(auth_req_id)).body.error).toBe('access_denied');
  });
});

describe('pings (CIBA Core 10.2)', () => {
  const TOKEN = 'a-token-for-pings';
  let server: Awaited<ReturnType<typeof startHttpServer>>;
  beforeEach(async () => {
    server = await startHttpServer();
    server.state.answer = (_, res) => void res.writeHead(204).end();
    const ping = { backchannel_token_delivery_mode: 'ping', backchannel_client_notification_endpoint: ENDPOINT };
    const { clients } = gatehouse.services;
    await clients.create(acme, cibaClient('pinged', ping));
    // An endpoint must be https; the one of this test is not.
    const { get } = clients;
    jest.spyOn(clients, 'get').mockImplementation(async (...which) => {
      const client = await get(...which);
      const isOurs = client?.metadata.backchannel_client_notification_endpoint === ENDPOINT;
      if (!client || !isOurs) return client;
      return {
        ...client,
        metadata: { ...client.metadata, backchannel_client_notification_endpoint: `${server.url}/ping` },
      };
    });
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await server.stop();
  });
  const pinged = () => eventually(() => server.state.received.length > 0 && server.state.received);

  test.each(['approve', 'deny'] as const)('the client is told of an answer: %s', async (decision) => {
    const auth_req_id = await begin({ client_notification_token: TOKEN }, backchannel(acme, 'pinged'));
    expect(server.state.received).toEqual([]);
    await answerRequest(acme, decision);
    expect(await pinged()).toMatchObject([
      {
        method: 'POST',
        path: '/ping',
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
        body: JSON.stringify({ auth_req_id }),
      },
    ]);
    const outcome = decision === 'approve' ? '200 ok' : '400 access_denied';
    expect(outcomeOf(await backchannel(acme, 'pinged').poll(auth_req_id))).toBe(outcome);
  });

  test.each(['', 'with space', 'x'.repeat(1025)])('a token that is none: %j', async (client_notification_token) => {
    expect(outcomeOf(await backchannel(acme, 'pinged').ask({ client_notification_token }))).toBe('400 invalid_request');
  });

  test('a client that does not answer keeps nobody waiting', async () => {
    server.state.answer = (_, res) => void res.writeHead(500).end();
    const auth_req_id = await begin({ client_notification_token: TOKEN }, backchannel(acme, 'pinged'));
    expect(textOf((await answerRequest(acme, 'approve')).body)).toContain('You are signed in to');
    await pinged();
    expect(outcomeOf(await backchannel(acme, 'pinged').poll(auth_req_id))).toBe('200 ok');
  });

  test.each(['http://app.example.com/ping', 'http://localhost:3000/ping', 'ftp://a.example', 'https://u:p@a.example/'])(
    'an endpoint that is no place for it: %s',
    async (backchannel_client_notification_endpoint) => {
      const metadata = { backchannel_token_delivery_mode: 'ping', backchannel_client_notification_endpoint };
      await expect(gatehouse.services.clients.create(acme, cibaClient('bad', metadata))).rejects.toMatchObject({
        problems: [{ pointer: '/backchannel_client_notification_endpoint' }],
      });
    },
  );
});

describe('how users hear of it', () => {
  const texts = async () => {
    await gatehouse.services.courier.settle();
    return (await gatehouse.services.inbox!.list()).filter(
      ({ tenant, to }) => tenant === acme.id && to === '+4915112340001',
    );
  };

  test('by text message, at a number that was verified, within what the tenant pays for', async () => {
    acme = await tenant({
      sms: { countries: ['DE'], per_hour: 1 },
      protocol: { ciba: { notify: ['sms'], pending_per_user: 5 } },
    });
    ada = await createAda(acme);
    await begin();
    expect(await texts()).toEqual([]);
    const phones = [{ id: '1', number: '+4915112340001', verifiedAt: 1 }];
    await acme.store.records(phonesRecord).insert(ada, { phones });
    await begin();
    await begin();
    expect((await texts()).map(({ text }) => text)).toEqual([
      expect.stringMatching(new RegExp(`Paper Boat Support asks you.*\\n\\n${acme.issuer}/account/requests$`)),
    ]);
    expect(await mails()).toEqual([]);
  });

  test('not at an address that nobody has verified; on the pages all the same', async () => {
    await gatehouse.services.accounts.amend(acme, ada, { email_verified: false });
    moveClock(2);
    await begin();
    expect(await mails()).toEqual([]);
    const { page } = await openAccount(acme);
    expect(textOf(page.body)).toContain('An application asks you to sign in');
  });
});
