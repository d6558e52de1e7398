import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sha256 } from '../../src/core/hashing.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { moveClock, restoreClock } from '../support/clock.ts';
import { connect, createDevice, DEVICE_GRANT, type DeviceCodes, device, typeUserCode } from '../support/devices.ts';
import { eventually } from '../support/eventually.ts';
import { textOf } from '../support/html.ts';
import { PASSWORD, webClient } from '../support/relying-party.ts';
import { type Stage, setStage, signedIn, userAgent } from '../support/stage.ts';
import { formsOf, type Page, to, type UserAgent } from '../support/user-agent.ts';

/** The device grant (RFC 8628 5): phishing, guessing, polling, and what a user may not do any more (T034, T044 to T046, T072). */

const TV = 'Mozilla/5.0 (Linux; Tizen 6.0) AppleWebKit/537.36 SamsungBrowser/4.0 Chrome/76.0 TV Safari/537.36';

let stage: Stage;
let acme: Tenant;
let count = 0;
beforeAll(async () => {
  stage = await setStage();
  for (const tenant of [stage.acme, stage.globex]) await createDevice(stage.services, tenant);
});
afterAll(() => stage.stop());

/** A tenant of its own for each test: guesses are counted by address, and all come from one. */
beforeEach(async () => {
  count += 1;
  acme = await stage.tenant({ id: `acme${count}`, settings: { signing: { algorithms: ['ES256'] } } });
  const { accounts, clients } = stage.services;
  await accounts.create(acme, { email: 'ada@example.com', email_verified: true, password: PASSWORD });
  await createDevice(stage.services, acme);
  await clients.create(acme, webClient('first-party', { skip_consent: true }));
});
afterEach(restoreClock);

const artifactOf = ({ device_code }: DeviceCodes) => acme.store.artifacts.find('DeviceCode', sha256(device_code));
const events = async (type: string) =>
  (await stage.services.audit.find(acme.id, { limit: 1000 })).items.filter((event) => event.type === type);
/** Events come after the answer. */
const reasonsOf = (type: string, many: number) =>
  eventually(async () => {
    const found = await events(type);
    return found.length >= many && found.map(({ details }) => details?.error);
  });

describe('phishing (T044)', () => {
  test('the link with the code only fills it in: nothing is sent, nothing changes', async () => {
    const codes = await device(acme).begin();
    const before = await artifactOf(codes);
    const { agent } = await signedIn(acme.issuer);
    const page = await agent.get(codes.verification_uri_complete);
    expect(page.status).toBe(200);
    expect(page.body).toContain(`value="${codes.user_code}"`);
    expect(page.body).not.toMatch(/submit\(\)|<script(?![^>]*\bsrc=)/);
    expect(await artifactOf(codes)).toEqual(before);
    expect((await device(acme).poll(codes.device_code)).body.error).toBe('authorization_pending');
  });

  test('it is asked what was started, by what, from where; a remembered consent changes nothing of that', async () => {
    const { agent } = await signedIn(acme.issuer);
    const first = await device(acme).begin();
    expect((await connect(agent, acme, first.user_code)).body).toContain('Your device is connected');
    // Now there is a session, a grant and a consent.
    const codes = await device(acme).begin({}, { 'user-agent': TV });
    const page = await typeUserCode(agent, acme, codes.user_code);
    const said = textOf(page.body);
    for (const words of ['Paper Boat TV', codes.user_code, 'Samsung', 'Tizen', '127.0.0.1', 'Did you start this'])
      expect(said).toContain(words);
    expect((await device(acme).poll(codes.device_code)).body.error).toBe('authorization_pending');
    const connected = await agent.submit(page, { confirm: 'yes' }, to('device'));
    expect(connected.body).toContain('Your device is connected');
    expect((await device(acme).poll(codes.device_code)).status).toBe(200);
  });

  test('who says no ends it', async () => {
    const codes = await device(acme).begin();
    const page = await typeUserCode(userAgent(), acme, codes.user_code);
    const agent = userAgent();
    const refused = await agent.submit(
      await typeUserCode(agent, acme, codes.user_code),
      { abort: 'yes' },
      to('device'),
    );
    expect([page.status, refused.status, refused.body]).toEqual([200, 200, expect.stringContaining('No device')]);
    expect((await device(acme).poll(codes.device_code)).body.error).toBe('access_denied');
    // As often as it is asked, and nothing is taken for a replay.
    expect((await device(acme).poll(codes.device_code)).body.error).toBe('access_denied');
    expect(await reasonsOf('device.refused', 1)).toEqual(['access_denied']);
    expect(await events('token.reuse_detected')).toEqual([]);
  });

  test('who cancels the sign-in, or denies the consent, ends it', async () => {
    for (const [form, fields] of [
      ['cancel', {}],
      ['consent', { decision: 'deny' }],
    ] as const) {
      const agent = userAgent();
      const codes = await device(acme).begin();
      let page = await agent.submit(await typeUserCode(agent, acme, codes.user_code), { confirm: 'yes' }, to('device'));
      if (form === 'consent')
        page = await agent.submit(page, { identifier: 'ada@example.com', password: PASSWORD }, to('login'));
      const ended = await agent.submit(page, fields, to(form));
      expect([form, ended.status, ended.body]).toEqual([form, 200, expect.stringContaining('No device')]);
      expect((await device(acme).poll(codes.device_code)).body.error).toBe('access_denied');
    }
  });

  test.each([
    ['without the token', { xsrf: undefined }, {}, 400],
    ['with the token of another browser', { xsrf: 'theirs' }, {}, 400],
    ['from another origin', {}, { origin: 'https://evil.example' }, 403],
    ['from another site, origin untold', {}, { 'sec-fetch-site': 'cross-site' }, 403],
  ])('a form that is sent %s changes nothing', async (_, token, headers, status) => {
    const codes = await device(acme).begin();
    const { agent } = await signedIn(acme.issuer);
    const { action, fields } = formsOf(await typeUserCode(agent, acme, codes.user_code)).find(to('device'))!;
    const theirs = formsOf(await userAgent().get(`${acme.issuer}/device`)).find(to('device'))!.fields.xsrf!;
    const { xsrf, ...rest } = fields;
    const sent = 'xsrf' in token ? (token.xsrf ? { ...rest, xsrf: theirs } : rest) : fields;
    const page = await agent.post(action, { ...sent, confirm: 'yes' }, headers);
    expect(page.status).toBe(status);
    expect((await artifactOf(codes))?.payload).not.toHaveProperty('inFlight');
  });

  test('two who say yes at once: one of them goes on', async () => {
    const codes = await device(acme).begin();
    const agents = await Promise.all([1, 2, 3, 4, 5].map(async () => (await signedIn(acme.issuer)).agent));
    const pages = await Promise.all(agents.map((agent) => typeUserCode(agent, acme, codes.user_code)));
    const answers = await Promise.all(
      agents.map((agent, i) => agent.submit(pages[i]!, { confirm: 'yes' }, to('device'))),
    );
    expect(answers.map(({ trail }) => trail[0]!.status).sort()).toEqual([303, 400, 400, 400, 400].sort());
  });

  test('a yes after a no, and a no after the tokens, change nothing', async () => {
    const { agent } = await signedIn(acme.issuer);
    const [refused, redeemed] = [await device(acme).begin(), await device(acme).begin()];
    await agent.submit(await typeUserCode(agent, acme, refused.user_code), { abort: 'yes' }, to('device'));
    const late = await agent.get(`${acme.issuer}/device`);
    expect((await agent.submit(late, { user_code: refused.user_code, confirm: 'yes' }, to('device'))).status).toBe(422);
    expect((await device(acme).poll(refused.device_code)).body.error).toBe('access_denied');

    await connect(agent, acme, redeemed.user_code);
    const { access_token } = (await device(acme).poll(redeemed.device_code)).body;
    const again = await agent.submit(
      await agent.get(`${acme.issuer}/device`),
      { user_code: redeemed.user_code, abort: 'yes' },
      to('device'),
    );
    expect([again.status, again.body]).toEqual([422, expect.stringContaining('was used already')]);
    const userinfo = await fetch(`${acme.issuer}/me`, { headers: { authorization: `Bearer ${access_token}` } });
    expect(userinfo.status).toBe(200);
  });
});

describe('guessing (T045)', () => {
  const guess = (agent: UserAgent, code = 'BBBB-BBBB'): Promise<Page> => typeUserCode(agent, acme, code);

  test('five, then 429; five more after ten minutes, and then none for an hour', async () => {
    const agent = userAgent();
    for (let i = 0; i < 5; i += 1) expect((await guess(agent)).status).toBe(422);
    const { user_code } = await device(acme).begin();
    for (const code of ['BBBB-BBBB', user_code]) {
      const refused = await guess(agent, code);
      expect([refused.status, Number(refused.headers.get('retry-after'))]).toEqual([429, expect.any(Number)]);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(500);
    }
    expect(await reasonsOf('device.refused', 7)).toEqual([
      ...['unknown', 'unknown', 'unknown', 'unknown', 'unknown'],
      ...['too_many_requests', 'too_many_requests'],
    ]);
    expect(await events('attack.guessing')).toHaveLength(1);

    moveClock(601);
    for (let i = 0; i < 5; i += 1) expect((await guess(agent)).status).toBe(422);
    moveClock(601);
    expect((await guess(agent)).status).toBe(429);
    moveClock(2500);
    expect((await guess(agent)).status).toBe(422);
  });

  test('a new browser for each guess gives no more', async () => {
    const answers = [];
    for (let i = 0; i < 7; i += 1) answers.push((await guess(userAgent())).status);
    expect(answers).toEqual([422, 422, 422, 422, 422, 429, 429]);
    // Who is signed in has guesses of their own, which a neighbour cannot use up; five of them, too.
    const { agent } = await signedIn(acme.issuer);
    expect((await guess(agent)).status).toBe(422);
    const { agent: another } = await signedIn(acme.issuer);
    for (let i = 0; i < 4; i += 1) expect((await guess(another)).status).toBe(422);
    expect([(await guess(agent)).status, (await guess(another)).status]).toEqual([429, 429]);
  });

  test('twenty at once are twenty', async () => {
    const agents = Array.from({ length: 20 }, () => userAgent());
    const pages = await Promise.all(agents.map((agent) => agent.get(`${acme.issuer}/device`)));
    const answers = await Promise.all(
      agents.map((agent, i) => agent.submit(pages[i]!, { user_code: 'BBBBBBBB' }, to('device'))),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 422).length).toBeLessThanOrEqual(5);
    expect(statuses.every((status) => status === 422 || status === 429)).toBe(true);
  });

  test('right codes are no guesses, however they are typed', async () => {
    const agent = userAgent();
    for (let i = 0; i < 3; i += 1) {
      const { user_code } = await device(acme).begin();
      const plain = user_code.replace('-', '');
      for (const typed of [user_code, plain, plain.toLowerCase(), ` ${plain.slice(0, 2)} ${plain.slice(2)} `]) {
        expect((await guess(agent, typed)).body).toContain('Did you start this');
      }
    }
  });

  test('a code is kept as a keyed hash, the one of the device as a hash', async () => {
    const codes = await device(acme).begin();
    const stored = JSON.stringify(await artifactOf(codes));
    expect(stored).not.toContain(codes.device_code);
    expect(stored).not.toContain(codes.user_code.replace('-', ''));
    // What is stored redeems nothing.
    const { key } = (await artifactOf(codes))!.payload as { key: string };
    expect((await device(acme).poll(`ref:${key}`)).body.error).toBe('invalid_grant');
  });

  test('neither code is in what is logged or recorded', async () => {
    const codes = await device(acme).begin();
    const agent = userAgent();
    await agent.get(codes.verification_uri_complete);
    await connect(agent, acme, codes.user_code);
    await guess(agent, 'BCDFGHJK');
    const all = stage.logged() + JSON.stringify(await stage.services.audit.find(acme.id, { limit: 1000 }));
    for (const secret of [codes.device_code, codes.user_code, codes.user_code.replace('-', ''), 'BCDFGHJK'])
      expect(all).not.toContain(secret);
  });
});

describe('polling (T046)', () => {
  test('who is too fast waits five seconds longer, for good', async () => {
    const { device_code } = await device(acme).begin();
    const poll = async (after: number) => {
      moveClock(after);
      return (await device(acme).poll(device_code)).body.error;
    };
    expect(await poll(0)).toBe('authorization_pending');
    expect(await poll(5)).toBe('authorization_pending');
    expect(await poll(1)).toBe('slow_down');
    expect(await poll(6)).toBe('slow_down');
    expect(await poll(15)).toBe('authorization_pending');
    expect(await poll(10)).toBe('slow_down');
    expect(await poll(20)).toBe('authorization_pending');
    // An answer does not have to wait.
    expect(await events('token.refused')).toEqual([]);
  });

  test('of polls at once one is in time', async () => {
    const { device_code } = await device(acme).begin();
    const answers = await Promise.all(Array.from({ length: 10 }, () => device(acme).poll(device_code)));
    const errors = answers.map(({ body }) => body.error);
    expect(errors.filter((error) => error === 'authorization_pending')).toHaveLength(1);
    expect(errors.filter((error) => error === 'slow_down')).toHaveLength(9);
  });

  test('a code that has ended says so; nobody can enter it any more', async () => {
    const codes = await device(acme).begin();
    moveClock(601);
    expect((await device(acme).poll(codes.device_code)).body.error).toBe('expired_token');
    const page = await typeUserCode(userAgent(), acme, codes.user_code);
    expect([page.status, page.body]).toEqual([422, expect.stringContaining('too old')]);
    expect(await reasonsOf('device.refused', 1)).toEqual(['expired']);
  });

  test('another client learns nothing, and slows nobody down', async () => {
    const { device_code } = await device(acme).begin();
    await stage.services.clients.create(acme, {
      client_id: 'radio',
      token_endpoint_auth_method: 'none',
      grant_types: [DEVICE_GRANT],
    });
    expect((await device(acme).poll(device_code)).body.error).toBe('authorization_pending');
    expect((await device(acme, 'radio').poll(device_code)).body.error).toBe('invalid_grant');
    moveClock(5);
    expect((await device(acme).poll(device_code)).body.error).toBe('authorization_pending');
  });

  test('a code that was redeemed is worth nothing, and ends what came of it', async () => {
    const { agent } = await signedIn(acme.issuer);
    const codes = await device(acme).begin();
    await connect(agent, acme, codes.user_code);
    const { access_token } = (await device(acme).poll(codes.device_code)).body;
    expect((await device(acme).poll(codes.device_code)).body.error).toBe('invalid_grant');
    const userinfo = await fetch(`${acme.issuer}/me`, { headers: { authorization: `Bearer ${access_token}` } });
    expect(userinfo.status).toBe(401);
    expect(await reasonsOf('token.reuse_detected', 1)).toHaveLength(1);
  });
});

describe('who may not (T034, T072)', () => {
  test.each([
    ['disabled', (id: string) => stage.services.accounts.disable(acme, id)],
    ['signed out everywhere', (id: string) => stage.services.accounts.signOutEverywhere(acme, id)],
    ['removed', (id: string) => stage.services.accounts.remove(acme, id)],
  ])('a user who is %s between yes and the tokens', async (_, end) => {
    const { agent } = await signedIn(acme.issuer);
    const codes = await device(acme).begin();
    await connect(agent, acme, codes.user_code);
    const { id } = (await stage.services.accounts.findByIdentifier(acme, 'ada@example.com'))!;
    await end(id);
    moveClock(2);
    expect((await device(acme).poll(codes.device_code)).body.error).toBe('invalid_grant');
  });

  test('a client without the grant, a tenant without the feature, a request for nothing', async () => {
    expect((await device(acme, 'first-party').ask()).status).toBe(401);
    const spa = { client_id: 'spa', token_endpoint_auth_method: 'none', redirect_uris: ['https://spa.example/cb'] };
    await stage.services.clients.create(acme, spa);
    expect((await device(acme, 'spa').ask()).body).toMatchObject({
      error: 'unauthorized_client',
      error_description: expect.stringContaining('not allowed for this client'),
    });
    for (const scope of ['', 'nothing-known'])
      expect((await device(acme).ask({ scope })).body.error).toBe('invalid_scope');
    expect(await reasonsOf('device.refused', 4)).toEqual(
      expect.arrayContaining(['invalid_client', 'invalid_request', 'invalid_scope']),
    );

    const off = await stage.tenant({
      id: `off${count}`,
      settings: { protocol: { device_authorization: { enabled: false } } },
    });
    await expect(createDevice(stage.services, off)).rejects.toMatchObject({ code: 'invalid_input' });
    expect((await userAgent().get(`${off.issuer}/device`)).status).toBe(404);
    expect((await device(off).ask()).status).toBe(404);
    const discovery = await (await fetch(`${off.issuer}/.well-known/openid-configuration`)).json();
    expect(discovery).not.toHaveProperty('device_authorization_endpoint');
    expect((discovery as { grant_types_supported: string[] }).grant_types_supported).not.toContain(DEVICE_GRANT);
  });

  test('the codes of one tenant are nothing to another', async () => {
    const codes = await device(stage.globex).begin();
    expect((await device(acme).poll(codes.device_code)).body.error).toBe('invalid_grant');
    expect((await typeUserCode(userAgent(), acme, codes.user_code)).status).toBe(422);
    expect((await typeUserCode(userAgent(), stage.globex, codes.user_code)).status).toBe(200);
  });

  test('the address of a device’s sign-in with the cookie of another', async () => {
    const codes = await device(acme).begin();
    const agent = userAgent();
    const page = await agent.submit(await typeUserCode(agent, acme, codes.user_code), { confirm: 'yes' }, to('device'));
    const uid = /interaction\/([\w-]+)/.exec(page.url)![1]!;
    const elsewhere = await userAgent().get(`${acme.issuer}/device/${uid}`);
    expect([elsewhere.status, textOf(elsewhere.body)]).toEqual([400, expect.stringContaining('interaction_gone')]);
    expect(
      (await userAgent().post(`${acme.issuer}/device`, { user_code: codes.user_code, confirm: 'yes' })).status,
    ).toBe(400);
  });
});
