import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { moveClock, restoreClock } from '../support/clock.ts';
import { describeOnBoth } from '../support/cluster.ts';
import { claimsOf } from '../support/forge.ts';
import { startHttpServer } from '../support/http-server.ts';
import { PASSWORD } from '../support/relying-party.ts';
import {
  CAEP,
  eventOf,
  POLL,
  PUSH,
  type Receiver,
  RISC,
  readSet,
  receiver,
  receiverClient,
  type Set as Token,
  transmitting,
} from '../support/signals-stage.ts';
import { answerOf, authorizationUrl, BYE, redeem, type Stage, setStage, signedIn } from '../support/stage.ts';
import type { UserAgent } from '../support/user-agent.ts';

/** OpenID Shared Signals Framework 1.0, CAEP 1.0; T119. */

describeOnBoth('a transmitter of security events', (stores) => {
  let stage: Stage;
  let acme: Tenant;
  let issuer: string;
  let server: Awaited<ReturnType<typeof startHttpServer>>;
  let poller: Receiver;
  let pusher: Receiver;
  let streams: { poll: string; push: string };
  let ada: string;

  beforeAll(async () => {
    server = await startHttpServer();
    stage = await setStage({ ...stores(), GATEHOUSE_OUTBOUND_ALLOW: '127.0.0.0/8' });
    acme = await transmitting(stage, 'acme');
    issuer = acme.issuer;
    const { clients, accounts } = stage.services;
    await clients.create(acme, receiverClient('poller', { subject_type: 'pairwise' }));
    await clients.create(acme, receiverClient('pusher'));
    ada = (await accounts.findByIdentifier(acme, 'ada@example.com'))!.id;
    poller = await receiver(issuer, 'poller');
    pusher = await receiver(issuer, 'pusher');
    const delivery = { method: PUSH, endpoint_url: `${server.url}/events`, authorization_header: 'Bearer ours-0815' };
    streams = {
      poll: (await poller.create()).body.stream_id,
      push: (await pusher.create({ delivery })).body.stream_id,
    };
  });
  afterAll(async () => {
    await stage.stop();
    await server.stop();
  });
  beforeEach(async () => {
    server.state.answer = accept;
    await settle();
    server.state.received = [];
    await poller.take(streams.poll);
  });
  afterEach(restoreClock);

  const accept = (_received: unknown, res: ServerResponse) => void res.writeHead(202).end();
  const settle = () => stage.services.deliveries.courier.settle();
  const pushed = async (): Promise<Token[]> => {
    await settle();
    const { received } = server.state;
    server.state.received = [];
    return Promise.all(received.map(({ body }) => readSet(issuer, 'pusher', body)));
  };
  const types = (sets: Token[]) => sets.map((set) => eventOf(set)[0]);

  /** A browser that is signed in to these clients. */
  async function reach(clients: string[], identifier = 'ada@example.com') {
    const { agent } = await signedIn(issuer, { identifier, params: { client_id: clients[0] } });
    const known: Record<string, { sub: string; sid: string }> = {};
    for (const client_id of clients) {
      const page = await agent.get(authorizationUrl(issuer, { client_id }));
      const { body } = await redeem(issuer, answerOf(page).code, client_id);
      known[client_id] = claimsOf(String(body.id_token)) as never;
    }
    return { agent, known };
  }
  const logOut = async (agent: UserAgent) =>
    agent.submit(await agent.get(`${issuer}/session/end?client_id=first-party&post_logout_redirect_uri=${BYE}`), {
      logout: 'yes',
    });

  test('its metadata stand where receivers look, before the path of the issuer too', async () => {
    const { origin, pathname } = new URL(issuer);
    const inserted = await fetch(`${origin}/.well-known/ssf-configuration${pathname}`);
    const below = await fetch(`${issuer}/.well-known/ssf-configuration`);
    const metadata = await below.json();
    expect([inserted.status, await inserted.json()]).toEqual([200, metadata]);
    expect(metadata).toMatchObject({
      spec_version: '1_0',
      issuer,
      jwks_uri: `${issuer}/jwks`,
      delivery_methods_supported: [PUSH, POLL],
      configuration_endpoint: `${issuer}/ssf/stream`,
      authorization_schemes: [{ spec_urn: 'urn:ietf:rfc:6749' }],
      default_subjects: 'ALL',
    });
    const elsewhere = await fetch(`${stage.globex.issuer}/.well-known/ssf-configuration`);
    expect(elsewhere.status).toBe(404);
  });

  test('a sign-out is told to each receiver that the session has reached, by its names for user and session', async () => {
    const { agent, known } = await reach(['poller', 'pusher']);
    expect(known.poller!.sub).not.toBe(ada);
    expect(known.poller!.sid).toEqual(expect.any(String));
    expect((await logOut(agent)).url).toBe(BYE);

    const [polled, ...more] = await poller.take(streams.poll);
    expect(more).toEqual([]);
    expect(polled!.sub_id).toEqual({
      format: 'complex',
      user: { format: 'iss_sub', iss: issuer, sub: known.poller!.sub },
      session: { format: 'opaque', id: known.poller!.sid },
    });
    expect(eventOf(polled!)).toEqual([
      'session-revoked',
      { event_timestamp: expect.any(Number), reason_admin: { en: expect.stringMatching(/./) } },
    ]);

    await settle();
    expect(server.state.received[0]).toMatchObject({
      method: 'POST',
      path: '/events',
      headers: { 'content-type': 'application/secevent+jwt', authorization: 'Bearer ours-0815' },
    });
    const [got] = await pushed();
    expect(got).toMatchObject({ sub_id: { user: { sub: ada }, session: { id: known.pusher!.sid } } });
    expect(got!.txn).not.toBe(polled!.txn);
    // It is the receiver's now.
    expect(await poller.take(streams.poll)).toEqual([]);
    expect(await pushed()).toEqual([]);
  });

  test('who leaves one client alone is told to that one', async () => {
    const { agent, known } = await reach(['poller', 'pusher']);
    await agent.submit(await agent.get(`${issuer}/session/end?client_id=poller`));
    expect((await poller.take(streams.poll)).map(({ sub_id }) => sub_id)).toMatchObject([
      { session: { id: known.poller!.sid } },
    ]);
    expect(await pushed()).toEqual([]);
  });

  test('a session that is ended on the account pages, and a client that loses its permission', async () => {
    const here = await reach(['poller', 'pusher']);
    const there = await reach(['poller']);
    const page = await here.agent.get(`${issuer}/account/sessions`);
    await here.agent.submit(page, {}, ({ action }) => action.endsWith('/end-others'));
    const sessions = async () => (await poller.take(streams.poll)).map(({ sub_id }) => sub_id.session);
    expect(await sessions()).toEqual([{ format: 'opaque', id: there.known.poller!.sid }]);
    // Of earlier sessions, which ended as well.
    await pushed();
    await stage.services.grants.revoke(acme, ada, 'poller', {});
    expect(await sessions()).toEqual([{ format: 'opaque', id: here.known.poller!.sid }]);
    expect(await pushed()).toEqual([]);
  });

  describe('what happens to a user', () => {
    type Act = (gatehouse: Stage, id: string) => Promise<unknown>;
    const credential = (credential_type: string, change_type: string) => ({ credential_type, change_type });
    test.each<[string, Act, [string, object][]]>([
      [
        'disabled, and enabled again',
        async ({ services: { accounts } }, id) => {
          await accounts.disable(acme, id);
          await accounts.enable(acme, id);
        },
        [
          ['account-disabled', {}],
          ['session-revoked', {}],
          ['account-enabled', {}],
        ],
      ],
      [
        'another password',
        ({ services: { accounts } }, id) => accounts.setPassword(acme, id, { password: PASSWORD }),
        [
          ['credential-change', credential('password', 'update')],
          ['session-revoked', {}],
        ],
      ],
      [
        'the password may be known',
        async ({ services: { accounts } }, id) => {
          await accounts.requireReset(acme, id);
        },
        [
          ['credential-compromise', { credential_type: 'password' }],
          ['session-revoked', {}],
        ],
      ],
      [
        'a factor is enrolled and removed',
        async ({ services: { recoveryCodes } }, id) => {
          await recoveryCodes.generate(acme, id);
          await recoveryCodes.removeAll(acme, id);
        },
        [
          ['credential-change', credential('recovery-code', 'create')],
          ['credential-change', credential('recovery-code', 'revoke')],
        ],
      ],
      [
        'signed out everywhere',
        ({ services: { accounts } }, id) => accounts.signOutEverywhere(acme, id),
        [['session-revoked', {}]],
      ],
      [
        'removed',
        ({ services: { accounts } }, id) => accounts.remove(acme, id),
        [
          ['session-revoked', {}],
          ['session-revoked', {}],
          ['account-purged', {}],
        ],
      ],
    ])('%s', async (_name, act, events) => {
      const { accounts } = stage.services;
      const email = `user-${Math.random().toString(36).slice(2)}@example.com`;
      const { id } = await accounts.create(acme, { email, email_verified: true, password: PASSWORD });
      const { known } = await reach(['poller'], email);
      await act(stage, id);
      const sets = await poller.take(streams.poll);
      expect(sets.map(eventOf)).toEqual(events.map(([type, claims]) => [type, expect.objectContaining(claims)]));
      for (const set of sets) expect(set.sub_id).toEqual({ format: 'iss_sub', iss: issuer, sub: known.poller!.sub });
      // The other receiver has never met them.
      expect(await pushed()).toEqual([]);
    });
  });

  test('only events that are asked for', async () => {
    await reach(['poller']);
    await poller.amend({ stream_id: streams.poll, events_requested: [`${RISC}/account-disabled`, 'urn:unknown'] });
    const { body } = await poller.read(streams.poll);
    expect(body.events_delivered).toEqual([`${RISC}/account-disabled`]);
    await stage.services.accounts.signOutEverywhere(acme, ada);
    expect(await poller.take(streams.poll)).toEqual([]);
    await poller.replace({ stream_id: streams.poll });
    await stage.services.accounts.signOutEverywhere(acme, ada);
    expect(types(await poller.take(streams.poll))).toEqual(['session-revoked']);
  });

  test('a subject can be taken off the stream, and put back', async () => {
    const { known } = await reach(['poller']);
    const subject = { format: 'iss_sub', iss: issuer, sub: known.poller!.sub };
    expect((await poller.drop(streams.poll, subject)).status).toBe(204);
    await stage.services.accounts.signOutEverywhere(acme, ada);
    expect(await poller.take(streams.poll)).toEqual([]);
    // To come again is not to ask for it.
    await reach(['poller']);
    await stage.services.accounts.signOutEverywhere(acme, ada);
    expect(await poller.take(streams.poll)).toEqual([]);
    expect((await poller.add(streams.poll, subject)).status).toBe(200);
    await stage.services.accounts.signOutEverywhere(acme, ada);
    expect(await poller.take(streams.poll)).toHaveLength(1);
  });

  test('a stream that is paused holds, one that is disabled drops', async () => {
    await reach(['poller', 'pusher']);
    const { accounts } = stage.services;
    for (const [who, id] of [
      [poller, streams.poll],
      [pusher, streams.push],
    ] as const) {
      expect((await who.setStatus(id, 'paused', 'maintenance')).body).toEqual({
        stream_id: id,
        status: 'paused',
        reason: 'maintenance',
      });
      expect((await who.status(id)).body.status).toBe('paused');
    }
    await accounts.signOutEverywhere(acme, ada);
    expect([await poller.take(streams.poll), await pushed()]).toEqual([[], []]);
    await poller.setStatus(streams.poll, 'enabled');
    await pusher.setStatus(streams.push, 'enabled');
    expect([types(await poller.take(streams.poll)), types(await pushed())]).toEqual([
      ['session-revoked'],
      ['session-revoked'],
    ]);
    await poller.setStatus(streams.poll, 'disabled');
    await pusher.setStatus(streams.push, 'disabled');
    await accounts.signOutEverywhere(acme, ada);
    await poller.setStatus(streams.poll, 'enabled');
    await pusher.setStatus(streams.push, 'enabled');
    expect([await poller.take(streams.poll), await pushed()]).toEqual([[], []]);
  });

  test('verification comes by the same way, with its state, and not too often', async () => {
    expect((await poller.verify(streams.poll, 'VGhpcyBpcyBhbiBleGFtcGxl')).status).toBe(204);
    const [set] = await poller.take(streams.poll);
    expect(set!.sub_id).toEqual({ format: 'opaque', id: streams.poll });
    expect(eventOf(set!)).toEqual(['verification', { state: 'VGhpcyBpcyBhbiBleGFtcGxl' }]);
    const again = await poller.verify(streams.poll);
    expect([again.status, Number(again.headers.get('retry-after'))]).toEqual([429, expect.any(Number)]);
    expect((await pusher.verify(streams.push)).status).toBe(204);
    expect((await pushed()).map(eventOf)).toEqual([['verification', {}]]);
  });

  test('an operator’s decision is told, whatever the stream is then', async () => {
    const { signals } = stage.services;
    const stream = (await signals.streams.ofClient(acme, 'poller'))!;
    await signals.streams.decideStatus(acme, stream, 'paused', 'too slow', {});
    expect((await poller.take(streams.poll)).map(eventOf)).toEqual([
      ['stream-updated', { status: 'paused', reason: 'too slow' }],
    ]);
    await poller.setStatus(streams.poll, 'enabled');
  });

  test('what is not acknowledged comes again, as the same event, and in parts', async () => {
    await reach(['poller']);
    for (let i = 0; i < 3; i += 1) await stage.services.accounts.signOutEverywhere(acme, ada);
    const first = await poller.polled(streams.poll, { maxEvents: 2 });
    expect([Object.keys(first.sets).length, first.moreAvailable]).toEqual([2, true]);
    const again = await poller.polled(streams.poll);
    expect(Object.keys(again.sets).slice(0, 2)).toEqual(Object.keys(first.sets));
    const [one, two, three] = Object.keys(again.sets);
    const rest = await poller.polled(streams.poll, { ack: [one], setErrs: { [two!]: { err: 'invalid_key' } } });
    expect(Object.keys(rest.sets)).toEqual([three]);
    const { items } = await stage.services.audit.find('acme', {
      where: { field: 'type', equals: 'stream.event_refused' },
      limit: 1000,
    });
    expect(items).toMatchObject([{ target: 'poller', details: { jti: two, error: 'invalid_key' } }]);
  });

  test('who polls and waits has an event as soon as there is one', async () => {
    await reach(['poller']);
    const waiting = poller.polled(streams.poll, { returnImmediately: false });
    await stage.services.accounts.signOutEverywhere(acme, ada);
    expect(Object.keys((await waiting).sets)).toHaveLength(1);
  });

  test('a receiver that is down is tried again with the same event, in the order of each user', async () => {
    await reach(['pusher']);
    server.state.answer = (_received, res) => void res.writeHead(503).end();
    await stage.services.accounts.signOutEverywhere(acme, ada);
    const [refused] = await pushed();
    await stage.services.accounts.setPassword(acme, ada, { password: PASSWORD });
    expect((await pushed()).every(({ jti }) => jti === refused!.jti)).toBe(true);
    server.state.answer = accept;
    moveClock(3600);
    const sets = await pushed();
    expect(types(sets)).toEqual(['session-revoked', 'credential-change', 'session-revoked']);
    expect(sets[0]!.jti).toBe(refused!.jti);
    moveClock(3600);
    expect(await pushed()).toEqual([]);
  });

  test('a stream turns from push to poll and back, and loses nothing', async () => {
    await reach(['pusher']);
    server.state.answer = (_received, res) => void res.writeHead(503).end();
    await stage.services.accounts.signOutEverywhere(acme, ada);
    await settle();
    const { body } = await pusher.amend({ stream_id: streams.push, delivery: { method: POLL } });
    expect(body.delivery).toEqual({ method: POLL, endpoint_url: `${issuer}/ssf/poll/${streams.push}` });
    expect(Object.keys((await pusher.polled(streams.push)).sets)).toHaveLength(1);
    server.state.answer = accept;
    server.state.received = [];
    await pusher.amend({ stream_id: streams.push, delivery: { method: PUSH, endpoint_url: `${server.url}/events` } });
    expect(types(await pushed())).toEqual(['session-revoked']);
  });

  test('a stream is made once, read, and deleted', async () => {
    await stage.services.clients.create(acme, receiverClient('third'));
    const third = await receiver(issuer, 'third');
    expect((await third.read()).body).toEqual([]);
    const made = await third.create({ description: 'SIEM', events_requested: [`${CAEP}/session-revoked`] });
    expect(made).toMatchObject({
      status: 201,
      body: { iss: issuer, aud: 'third', description: 'SIEM', events_delivered: [`${CAEP}/session-revoked`] },
    });
    const id = String(made.body.stream_id);
    expect((await third.create()).status).toBe(409);
    expect((await third.read()).body).toEqual([made.body]);
    expect((await third.read(id)).body).toEqual(made.body);
    expect((await third.remove(id)).status).toBe(204);
    expect([(await third.read(id)).status, (await third.status(id)).status]).toEqual([404, 404]);
    // With the client goes all that it had.
    const next = String((await third.create()).body.stream_id);
    await stage.services.clients.remove(acme, 'third');
    expect(await stage.services.signals.streams.get(acme, next)).toBeUndefined();
  });
});
