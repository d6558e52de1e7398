import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { clientRecord } from '../../src/clients/record.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { certified } from '../support/certificate.ts';
import { moveClock, restoreClock } from '../support/clock.ts';
import { prover, toToken } from '../support/dpop.ts';
import { eventually } from '../support/eventually.ts';
import { claimsOf } from '../support/forge.ts';
import { startGatehouse } from '../support/gatehouse.ts';
import { startHttpServer } from '../support/http-server.ts';
import { inhabited } from '../support/inhabited.ts';
import { freePort } from '../support/ports.ts';
import { rawClient } from '../support/raw-client.ts';
import { call } from '../support/registration.ts';
import { webClient } from '../support/relying-party.ts';
import {
  PUSH,
  type Receiver,
  readSet,
  receiver,
  receiverClient,
  signalsToken,
  transmitting,
} from '../support/signals-stage.ts';
import {
  API,
  answerOf,
  authorizationUrl,
  redeem,
  type Stage,
  setStage,
  signedIn,
  userAgent,
} from '../support/stage.ts';
import { withCertificate } from '../support/with-certificate.ts';

/** T119: who is told what, who may ask, and where a push may lead. */

const SECRET = 'Bearer planted-push-secret';

let stage: Stage;
let acme: Tenant;
let issuer: string;
let outside: Awaited<ReturnType<typeof startHttpServer>>;
let mine: Receiver;
let other: Receiver;
let streamOf: { mine: string; other: string };
let ada: string;
let grace: string;

beforeAll(async () => {
  outside = await startHttpServer();
  stage = await setStage({ GATEHOUSE_OUTBOUND_ALLOW: '127.0.0.1/32' });
  acme = await transmitting(stage, 'acme');
  issuer = acme.issuer;
  const { clients, accounts } = stage.services;
  await clients.create(acme, receiverClient('mine', { subject_type: 'pairwise' }));
  await clients.create(acme, receiverClient('other'));
  await clients.create(acme, receiverClient('reader', { scope: 'openid ssf.read' }));
  await clients.create(acme, receiverClient('plain', { scope: 'openid read' }));
  await clients.create(acme, receiverClient('asking', { skip_consent: false }));
  const ids = await Promise.all(
    ['ada', 'grace'].map(async (name) => (await accounts.findByIdentifier(acme, `${name}@example.com`))!.id),
  );
  [ada, grace] = ids as [string, string];
  mine = await receiver(issuer, 'mine');
  other = await receiver(issuer, 'other');
  streamOf = { mine: (await mine.create()).body.stream_id, other: (await other.create()).body.stream_id };
});
afterAll(async () => {
  await stage.stop();
  await outside.stop();
});
beforeEach(() => {
  outside.state.received = [];
  outside.state.answer = (_received, res) => void res.writeHead(202).end();
});

/** Signs in at the clients; what each calls the user. */
async function reach(clients: string[], identifier: string): Promise<Record<string, string>> {
  const { agent } = await signedIn(issuer, { identifier });
  const subs: Record<string, string> = {};
  for (const client_id of clients) {
    const page = await agent.get(authorizationUrl(issuer, { client_id }));
    const { body } = await redeem(issuer, answerOf(page).code, client_id);
    subs[client_id] = String(claimsOf(String(body.id_token)).sub);
  }
  return subs;
}

const audited = async (type: string) =>
  (await stage.services.audit.find('acme', { where: { field: 'type', equals: type }, limit: 1000 })).items;
const signOut = (id: string) => stage.services.accounts.signOutEverywhere(acme, id);
const settle = () => stage.services.deliveries.courier.settle();

describe('who may ask', () => {
  const REQUESTS: [string, string, (id: string) => [path: string, body?: object]][] = [
    ['read', 'GET', (id) => [`/stream?stream_id=${id}`]],
    ['amend', 'PATCH', (id) => ['/stream', { stream_id: id, description: 'taken' }]],
    ['replace', 'PUT', (id) => ['/stream', { stream_id: id }]],
    ['delete', 'DELETE', (id) => [`/stream?stream_id=${id}`]],
    ['status', 'GET', (id) => [`/status?stream_id=${id}`]],
    ['set the status', 'POST', (id) => ['/status', { stream_id: id, status: 'disabled' }]],
    ['verify', 'POST', (id) => ['/verify', { stream_id: id }]],
    ['poll', 'POST', (id) => [`/poll/${id}`, { returnImmediately: true }]],
    [
      'add',
      'POST',
      (id) => ['/subjects/add', { stream_id: id, subject: { format: 'iss_sub', iss: issuer, sub: ada } }],
    ],
    [
      'remove',
      'POST',
      (id) => ['/subjects/remove', { stream_id: id, subject: { format: 'iss_sub', iss: issuer, sub: ada } }],
    ],
  ];

  test.each(REQUESTS)(
    '%s: the stream of another client is not there, and stays as it is',
    async (_name, method, of) => {
      const before = [(await other.read(streamOf.other)).body, (await other.status(streamOf.other)).body];
      const [path, body] = of(streamOf.other);
      const [nowhere, same] = of('no-such-stream');
      const count = (await audited('stream.refused')).length;
      const refused = await mine.request(method, path, body);
      expect([refused.status, refused.body]).toEqual([
        404,
        { error: 'not_found', error_description: 'the stream not found' },
      ]);
      expect((await audited('stream.refused')).length).toBe(count + 1);
      expect((await mine.request(method, nowhere, same)).body).toEqual(refused.body);
      expect([(await other.read(streamOf.other)).body, (await other.status(streamOf.other)).body]).toEqual(before);
    },
  );

  test.each(REQUESTS)('%s: not without a token for it', async (_name, method, of) => {
    const [path, body] = of(streamOf.other);
    const url = `${issuer}/ssf${path}`;
    const none = await call(url, method, undefined, body);
    expect([none.status, none.headers.get('www-authenticate')]).toEqual([401, `Bearer realm="${issuer}"`]);

    const { agent } = await signedIn(issuer, { params: { client_id: 'other' } });
    const code = answerOf(await agent.get(authorizationUrl(issuer, { client_id: 'other' }))).code;
    const ofUser = String((await redeem(issuer, code, 'other')).body.access_token);
    const client = rawClient(issuer, 'plain');
    const api = await client.token({ grant_type: 'client_credentials', resource: API, scope: 'read' });
    expect(api.status).toBe(200);
    const bare = await rawClient(issuer, 'other').token({ grant_type: 'client_credentials' });
    for (const token of [ofUser, api.body.access_token, bare.body.access_token, `${other.token}x`, 'x']) {
      const answer = await call(url, method, String(token), body);
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
        401,
        expect.stringContaining('error="invalid_token"'),
      ]);
    }
    // RFC 6750 2.3 is not for this API.
    const inQuery = `${url}${url.includes('?') ? '&' : '?'}access_token=${other.token}`;
    expect((await call(inQuery, method, undefined, body)).status).toBe(401);
  });

  test('a token of another tenant is worth nothing, of a client by the same name too', async () => {
    const globex = await transmitting(stage, 'globex');
    await stage.services.clients.create(globex, receiverClient('mine'));
    const theirs = await signalsToken(globex.issuer, 'mine');
    expect((await call(`${globex.issuer}/ssf/stream`, 'GET', theirs)).body).toEqual([]);
    expect((await call(`${issuer}/ssf/stream`, 'GET', theirs)).status).toBe(401);
    expect((await call(`${globex.issuer}/ssf/stream?stream_id=${streamOf.mine}`, 'GET', theirs)).status).toBe(404);
    expect((await call(`${globex.issuer}/ssf/stream`, 'GET', mine.token)).status).toBe(401);
  });

  test('who may read changes nothing', async () => {
    const token = await signalsToken(issuer, 'reader', 'ssf.read ssf.manage');
    expect((await call(`${issuer}/ssf/stream`, 'GET', token)).status).toBe(200);
    const refused = await call(`${issuer}/ssf/stream`, 'POST', token, {});
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      403,
      expect.stringContaining('error="insufficient_scope"'),
    ]);
    expect((await call(`${issuer}/ssf/stream`, 'GET', token)).body).toEqual([]);
  });

  test('there is no such token for a client whose metadata do not say so, nor for one that acts for a user', async () => {
    const plain = rawClient(issuer, 'plain');
    const resource = `${issuer}/ssf`;
    for (const fields of [{ scope: 'ssf.manage' }, { resource }, { resource, scope: 'ssf.read' }]) {
      const { status, body } = await plain.token({ grant_type: 'client_credentials', ...fields } as never);
      expect([status, body.error]).toEqual([400, 'invalid_target']);
    }
    const { agent } = await signedIn(issuer);
    const params = { client_id: 'mine', resource, scope: 'openid ssf.manage' };
    expect(answerOf(await agent.get(authorizationUrl(issuer, params)))).toMatchObject({ error: 'invalid_target' });
  });

  test('a token that is bound to a key is no bearer token', async () => {
    const { body } = await rawClient(issuer, 'mine').token(
      { grant_type: 'client_credentials', scope: 'ssf.read' },
      { ...rawClient(issuer, 'mine').authentication, dpop: prover()(toToken(issuer)) },
    );
    expect(body.token_type).toBe('DPoP');
    expect((await call(`${issuer}/ssf/stream`, 'GET', String(body.access_token))).status).toBe(401);
  });

  test('a client that was removed has no stream and no token any more', async () => {
    await stage.services.clients.create(acme, receiverClient('gone'));
    const gone = await receiver(issuer, 'gone');
    await gone.create();
    await stage.services.clients.remove(acme, 'gone');
    expect((await gone.read()).status).toBe(401);
  });

  test('what was given to a client can be taken back: at once it is told nothing more, and has no say', async () => {
    const { clients } = stage.services;
    await clients.create(acme, receiverClient('demoted'));
    const demoted = await receiver(issuer, 'demoted');
    await demoted.create({ delivery: { method: PUSH, endpoint_url: `${outside.url}/demoted` } });
    await reach(['demoted'], 'grace@example.com');
    await signOut(grace);
    await settle();
    expect(outside.state.received).toHaveLength(1);
    outside.state.answer = (_received, res) => void res.writeHead(503).end();
    await signOut(grace);
    await settle();
    outside.state.received = [];
    await clients.change(acme, 'demoted', receiverClient('demoted', { scope: 'openid' }));
    expect((await demoted.read()).status).toBe(401);
    await signOut(grace);
    moveClock(3600);
    await settle();
    restoreClock();
    expect(outside.state.received).toEqual([]);
  });

  test('a client under the name of another that was there before has nothing of that one’s', async () => {
    const { clients, signals } = stage.services;
    const named = () => clients.create(acme, receiverClient('namesake'));
    await named();
    const before = await receiver(issuer, 'namesake');
    const delivery = { method: PUSH, endpoint_url: `${outside.url}/before` };
    const old = String((await before.create({ delivery })).body.stream_id);
    await reach(['namesake'], 'grace@example.com');
    // As where it went by its age, or a crash came in between: what was its is still there.
    await acme.store.records(clientRecord).delete('namesake');
    moveClock(5);
    await named();
    await signOut(grace);
    await settle();
    expect(outside.state.received).toEqual([]);
    await eventually(async () => (await before.read()).status === 401);

    const after = await receiver(issuer, 'namesake');
    expect([(await after.read()).body, (await after.read(old)).status]).toEqual([[], 404]);
    const id = String((await after.create()).body.stream_id);
    expect(await signals.streams.get(acme, old)).toBeUndefined();
    await signOut(grace);
    expect(await after.take(id)).toEqual([]);
    await reach(['namesake'], 'grace@example.com');
    await signOut(grace);
    expect(await after.take(id)).toHaveLength(1);
    restoreClock();
  });

  test('where it is off there is nothing, and no token for it', async () => {
    const { tenants, resolver } = stage.services;
    const { settings } = (await tenants.get('globex'))!;
    const protocol = { ...settings.protocol, shared_signals: { enabled: false } };
    await tenants.change('globex', { settings: { ...settings, protocol } });
    resolver.drop('globex');
    const { issuer: off } = stage.globex;
    for (const path of ['/stream', '/status', '/poll/x'])
      expect((await call(`${off}/ssf${path}`, 'POST', mine.token, {})).status).toBe(404);
    const asked = await rawClient(off, 'mine').token({ grant_type: 'client_credentials', scope: 'ssf.manage' });
    expect(asked.body.scope).toBeUndefined();
  });
});

describe('who is told of whom', () => {
  test('a receiver hears nothing of those who have not come to it', async () => {
    await stage.services.clients.create(acme, receiverClient('bystander'));
    const bystander = await receiver(issuer, 'bystander');
    const id = String((await bystander.create()).body.stream_id);
    await reach(['bystander'], 'grace@example.com');
    await reach(['mine'], 'ada@example.com');
    await mine.take(streamOf.mine);
    await signOut(ada);
    expect(await mine.take(streamOf.mine)).toHaveLength(1);
    expect(await bystander.take(id)).toEqual([]);
    await signOut(grace);
    expect(await bystander.take(id)).toHaveLength(1);
  });

  test('nor of who was asked, and has not said yes', async () => {
    const { agent } = await signedIn(issuer, { identifier: 'grace@example.com' });
    const asking = await receiver(issuer, 'asking');
    const id = String((await asking.create()).body.stream_id);
    const page = await agent.get(authorizationUrl(issuer, { client_id: 'asking' }));
    expect(page.body).toContain('value="accept"');
    await agent.get(authorizationUrl(issuer, { client_id: 'asking', prompt: 'none' }));
    await signOut(grace);
    expect(await asking.take(id)).toEqual([]);
  });

  test('a pairwise subject is the only name in a token, and the only one that is taken', async () => {
    const subs = await reach(['mine', 'other'], 'ada@example.com');
    await mine.take(streamOf.mine);
    await signOut(ada);
    const { sets } = await mine.polled(streamOf.mine);
    const [token] = Object.values(sets);
    const text = JSON.stringify(await readSet(issuer, 'mine', token!));
    expect(text).toContain(subs.mine);
    expect(text).not.toContain(ada);
    expect(text).not.toContain('example.com');
    for (const sub of [ada, 'nobody', subs.other!]) {
      const subject = { format: 'iss_sub', iss: issuer, sub };
      expect((await mine.drop(streamOf.mine, subject)).status).toBe(404);
    }
    expect((await mine.drop(streamOf.mine, { format: 'email', email: 'ada@example.com' })).status).toBe(400);
    const elsewhere = { format: 'iss_sub', iss: stage.globex.issuer, sub: subs.mine! };
    expect((await mine.drop(streamOf.mine, elsewhere)).status).toBe(404);
  });

  test('two receivers cannot tell by an event that they know the same user', async () => {
    await reach(['mine', 'other'], 'grace@example.com');
    await Promise.all([mine.take(streamOf.mine), other.take(streamOf.other)]);
    await signOut(grace);
    const [one] = await mine.take(streamOf.mine);
    const [two] = await other.take(streamOf.other);
    expect([one!.jti === two!.jti, one!.txn === two!.txn]).toEqual([false, false]);
    expect(JSON.stringify(one!.sub_id)).not.toBe(JSON.stringify(two!.sub_id));
  });
});

describe('polls', () => {
  test('nobody acknowledges, or refuses, what is not theirs', async () => {
    await reach(['other'], 'ada@example.com');
    await signOut(ada);
    const [jti] = Object.keys((await other.polled(streamOf.other)).sets);
    await mine.polled(streamOf.mine, { ack: [jti], setErrs: { [jti!]: { err: 'invalid_key' } } });
    expect(Object.keys((await other.polled(streamOf.other)).sets)).toContain(jti);
    // Nor twice: the second time there is nothing.
    await other.polled(streamOf.other, { ack: [jti] });
    await other.polled(streamOf.other, { ack: [jti, 'x', '__proto__'] });
    expect(Object.keys((await other.polled(streamOf.other)).sets)).not.toContain(jti);
  });

  test.each<[string, object | string, number]>([
    ['a negative count', { maxEvents: -1 }, 400],
    ['half an event', { maxEvents: 0.5 }, 400],
    ['a count as text', { maxEvents: '10' }, 400],
    ['an operator of the store', { ack: [{ $ne: null }] }, 400],
    ['too many acknowledgements', { ack: Array(501).fill('x') }, 400],
    ['names that are too long', { ack: ['x'.repeat(101)] }, 400],
    ['a body that is too large', JSON.stringify({ ack: Array(2000).fill('x'.repeat(50)) }), 413],
    ['no JSON', '{', 400],
    ['a list', '[]', 400],
  ])('%s is refused', async (_name, body, status) => {
    const answer = await call(`${issuer}/ssf/poll/${streamOf.mine}`, 'POST', mine.token, body);
    expect([answer.status, answer.body.error]).toEqual([status, 'invalid_request']);
  });

  test('whatever is asked for, an answer has a hundred at most', async () => {
    await reach(['mine'], 'ada@example.com');
    const { pending, streams } = stage.services.signals;
    const stream = (await streams.ofClient(acme, 'mine'))!;
    const event = { type: 'urn:test', claims: {}, subject: { format: 'opaque', id: 'x' } };
    for (let i = 0; i < 102; i += 1) await pending.add(acme, stream, event);
    const { sets, moreAvailable } = await mine.polled(streamOf.mine, { maxEvents: 1_000_000_000 });
    expect([Object.keys(sets).length, moreAvailable]).toEqual([100, true]);
    await mine.setStatus(streamOf.mine, 'disabled');
    await mine.setStatus(streamOf.mine, 'enabled');
  });

  test('of many who wait for one stream, one does', async () => {
    await mine.take(streamOf.mine);
    const waiting = Array.from({ length: 10 }, () => mine.polled(streamOf.mine, { returnImmediately: false }));
    let answered = 0;
    for (const one of waiting) void one.then(() => (answered += 1));
    await eventually(() => answered === 9);
    await reach(['mine'], 'ada@example.com');
    await signOut(ada);
    const sets = (await Promise.all(waiting)).flatMap((one) => Object.keys(one.sets));
    expect(sets).toHaveLength(1);
  });
});

describe('where a push leads', () => {
  let pusher: Receiver;
  let id: string;
  beforeAll(async () => {
    await stage.services.clients.create(acme, receiverClient('pusher'));
    pusher = await receiver(issuer, 'pusher');
    const delivery = { method: PUSH, endpoint_url: `${outside.url}/events`, authorization_header: SECRET };
    const made = await pusher.create({ delivery });
    expect(JSON.stringify(made.body)).not.toContain('planted');
    id = made.body.stream_id;
    await reach(['pusher'], 'ada@example.com');
  });

  const lead = async (endpoint_url: string) =>
    pusher.amend({ stream_id: id, delivery: { method: PUSH, endpoint_url, authorization_header: SECRET } });
  const reasons = async () => {
    const { items } = await stage.services.deliveries.list(acme, { limit: 1000 });
    return items.filter(({ to }) => to === 'pusher').map(({ reason }) => reason ?? '');
  };
  /** An event that nobody of an earlier test has left. */
  const afresh = async () => {
    await pusher.setStatus(id, 'disabled');
    await pusher.setStatus(id, 'enabled');
    await settle();
    outside.state.received = [];
  };

  test.each([
    'file:///etc/passwd',
    'gopher://127.0.0.1:6379/_x',
    'http://169.254.169.254/latest/meta-data',
    'http://events.example.com/',
    'https://user:secret@events.example.com/',
    'https://events.example.com/#x',
    '//events.example.com',
    'https://',
    'javascript:alert(1)',
    '',
  ])('%j is no address', async (url) => {
    expect((await lead(url)).status).toBe(400);
  });

  test.each([
    'https://10.0.0.1/',
    'https://169.254.169.254/latest/meta-data',
    'https://[::1]/',
    'https://0x7f000002/',
    'https://2130706434/',
    'http://127.0.0.2/',
  ])('%s is not gone to, and whoever chose it is not told what is there', async (url) => {
    const endpoint = url.replace(/\/(?=$|latest)/, `:${new URL(outside.url).port}/`);
    await afresh();
    const changed = await lead(endpoint);
    expect(changed.status).toBe(200);
    await signOut(ada);
    await settle();
    expect(outside.state.received).toEqual([]);
    expect((await reasons()).at(-1)).toMatch(/^the receiver cannot be reached: .* is not a public address$/);
    expect((await pusher.status(id)).body).toEqual({ stream_id: id, status: 'enabled' });
    await lead(`${outside.url}/events`);
  });

  test('a redirect is not followed', async () => {
    const inside = await startHttpServer();
    await afresh();
    outside.state.answer = (_received, res) => void res.writeHead(307, { location: `${inside.url}/secret` }).end();
    await signOut(ada);
    await settle();
    expect(outside.state.received).toHaveLength(1);
    expect(inside.state.received).toEqual([]);
    await inside.stop();
  });

  test.each<[string, (res: ServerResponse) => void]>([
    ['markup', (res) => void res.writeHead(400, { 'content-type': 'text/html' }).end('<script>planted</script>')],
    ['words of its own', (res) => void res.writeHead(400).end('{"err":"planted","description":"planted"}')],
    ['no object', (res) => void res.writeHead(400).end('null')],
    [
      'half of an answer',
      (res) => void res.writeHead(400, { 'content-length': '100' }).write('{"err":', () => res.destroy()),
    ],
    ['an endless one', (res) => void res.writeHead(400).end('x'.repeat(1_000_000))],
    ['nothing', (res) => void res.destroy()],
  ])('of a receiver that answers %s nothing stays but that it failed; the event waits', async (_name, answer) => {
    await afresh();
    outside.state.answer = (_received, res) => answer(res);
    await signOut(ada);
    await settle();
    expect(outside.state.received).toHaveLength(1);
    expect(JSON.stringify(await reasons())).not.toMatch(/planted|script/);
    expect(await stage.services.signals.pending.count(acme, id)).toBe(1);
  });

  test('one that hangs keeps no other receiver from its events', async () => {
    await afresh();
    const held: ServerResponse[] = [];
    const quick = await startHttpServer();
    quick.state.answer = (_received, res) => void res.writeHead(202).end();
    outside.state.answer = (_received, res) => void held.push(res);
    await stage.services.clients.create(acme, receiverClient('quick'));
    const second = await receiver(issuer, 'quick');
    await second.create({ delivery: { method: PUSH, endpoint_url: quick.url } });
    await reach(['quick'], 'ada@example.com');
    await signOut(ada);
    await eventually(() => quick.state.received.length === 1 && held.length === 1);
    for (const res of held) res.writeHead(202).end();
    await settle();
    await quick.stop();
  });

  test('T126, T127 what a receiver wants to be sent is in no answer, log, audit event or record', async () => {
    await afresh();
    await signOut(ada);
    await settle();
    expect(outside.state.received.at(-1)!.headers.authorization).toBe(SECRET);
    const { signals, audit, deliveries } = stage.services;
    const places = {
      answers: [(await pusher.read()).body, (await pusher.status(id)).body],
      log: stage.logged(),
      audit: await audit.find('acme', { limit: 1000 }),
      deliveries: await deliveries.list(acme, { limit: 1000 }),
      record: await signals.streams.get(acme, id),
    };
    for (const [place, found] of Object.entries(places))
      expect([place, JSON.stringify(found)]).toEqual([place, expect.not.stringContaining('planted-push-secret')]);
    expect(places.log).not.toContain(mine.token);
  });

  test('a header that would be two is refused', async () => {
    for (const authorization_header of ['Bearer x\r\nhost: inside', 'Bearer x\n', ' ', 'Bearer é', ''])
      expect(
        (
          await pusher.amend({
            stream_id: id,
            delivery: { method: PUSH, endpoint_url: outside.url, authorization_header },
          })
        ).status,
      ).toBe(400);
  });
});

test('a token of an event is taken for no other: neither for an ID token hint nor for an access token', async () => {
  await reach(['other'], 'ada@example.com');
  await signOut(ada);
  const [token] = Object.values((await other.polled(streamOf.other)).sets);
  const userinfo = await fetch(`${issuer}/me`, { headers: { authorization: `Bearer ${token}` } });
  expect(userinfo.status).toBe(401);
  expect((await rawClient(issuer, 'other').introspect(token!)).active).not.toBe(true);
  const page = await userAgent().get(`${issuer}/session/end?id_token_hint=${token}`);
  expect(page.status).toBe(400);
});

test('what others may say of a stream is for the transmitter to say', async () => {
  const before = (await other.read(streamOf.other)).body;
  for (const field of [
    { aud: 'mine' },
    { iss: stage.globex.issuer },
    { events_supported: [] },
    { min_verification_interval: 0 },
  ])
    expect((await other.amend({ stream_id: streamOf.other, ...field })).status).toBe(400);
  expect((await other.amend({ ...before, description: undefined })).body).toEqual(before);
  expect((await other.create({ delivery: { method: 'urn:x' } })).status).toBe(400);
  await stage.services.clients.create(acme, webClient('unrelated'));
});

test('a token that is bound to a certificate is good on a connection with that one alone', async () => {
  const server = certified({ subject: [['CN', 'localhost']], names: { dns: ['localhost'] } });
  const [own, another] = [certified({ subject: [['CN', 'self']] }), certified({ subject: [['CN', 'self']] })];
  const port = await freePort();
  const gatehouse = await startGatehouse({
    GATEHOUSE_MTLS_PORT: String(port),
    GATEHOUSE_MTLS_CERT: server.cert,
    GATEHOUSE_MTLS_KEY: server.key,
  });
  await inhabited(gatehouse, 'acme');
  const tenant = await transmitting(gatehouse, 'acme');
  const metadata = receiverClient('bound', { tls_client_certificate_bound_access_tokens: true });
  await gatehouse.services.clients.create(tenant, metadata);
  const address = `https://localhost:${port}/t/acme`;
  const [sendOwn, sendAnother, sendNone] = [own, another, undefined].map((one) => withCertificate(one, server.cert));
  const token = await signalsToken(address, 'bound', 'ssf.read', sendOwn);
  const read = async (base: string, send: typeof fetch) =>
    (await send(`${base}/ssf/stream`, { headers: { authorization: `Bearer ${token}` } })).status;
  expect([
    await read(address, sendOwn!),
    await read(address, sendAnother!),
    await read(address, sendNone!),
    await read(tenant.issuer, fetch),
  ]).toEqual([200, 401, 401, 401]);
  for (const send of [sendOwn, sendAnother, sendNone]) await send!.close();
  await gatehouse.stop();
});
