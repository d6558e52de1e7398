import { mkdtempSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { unavailable } from '../../src/core/errors.ts';
import type { Delivery } from '../../src/outbox/requests.ts';
import type { Stored } from '../../src/store/records.ts';
import { moveClock, restoreClock } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';
import { claimsOf } from '../support/forge.ts';
import { startGatehouse } from '../support/gatehouse.ts';
import { type LogoutReceiver, startLogoutReceiver } from '../support/logout-receiver.ts';
import { PASSWORD, webClient } from '../support/relying-party.ts';
import { answerOf, authorizationUrl, BYE, redeem, type Stage, setStage, signedIn } from '../support/stage.ts';
import type { UserAgent } from '../support/user-agent.ts';

/** OpenID Connect Back-Channel Logout 1.0, T051, F18. */

let stage: Stage;
let issuer: string;
let receiver: LogoutReceiver;
let ada: string;
beforeAll(async () => {
  receiver = await startLogoutReceiver();
  stage = await setStage({ GATEHOUSE_OUTBOUND_ALLOW: '127.0.0.0/8' });
  issuer = stage.acme.issuer;
  const { clients, accounts } = stage.services;
  const add = (id: string, more: object) => clients.create(stage.acme, webClient(id, { skip_consent: true, ...more }));
  await add('by-name', receiver.metadata('by-name'));
  await add('by-user', receiver.metadata('by-user', false));
  await add('pairwise', { ...receiver.metadata('pairwise'), subject_type: 'pairwise' });
  await add('deaf', {});
  ada = (await accounts.findByIdentifier(stage.acme, 'ada@example.com'))!.id;
});
afterAll(async () => {
  await stage.stop();
  await receiver.stop();
});
beforeEach(() => {
  receiver.state.received = [];
  receiver.state.answer = (_received, res) => void res.end();
});
afterEach(restoreClock);

/** A browser that is signed in to clients; `sids`: what the ID token of each calls the session. */
async function reach(...clients: string[]) {
  const { agent } = await signedIn(issuer, { params: { client_id: clients[0] } });
  const sids: Record<string, unknown> = {};
  const subs: Record<string, unknown> = {};
  for (const client_id of clients) {
    const page = await agent.get(authorizationUrl(issuer, { client_id }));
    const { body } = await redeem(issuer, answerOf(page).code, client_id);
    const { sid, sub } = claimsOf(String(body.id_token));
    sids[client_id] = sid;
    subs[client_id] = sub;
  }
  return { agent, sids, subs };
}

const logOut = async (agent: UserAgent) =>
  agent.submit(await agent.get(`${issuer}/session/end?client_id=first-party&post_logout_redirect_uri=${BYE}`), {
    logout: 'yes',
  });
const tokens = (clientId: string) => receiver.tokens(issuer, clientId);
const arrived = (count: number) => eventually(() => receiver.state.received.length >= count);
const deliveries = async (state?: string): Promise<Stored<Delivery>[]> =>
  (await stage.services.deliveries.list(stage.acme, state ? { where: { field: 'state', equals: state } } : {})).items;
const settle = () => stage.services.deliveries.courier.settle();
const status = (code: number) => (_received: unknown, res: ServerResponse) => void res.writeHead(code).end();

test('discovery says that it is there', async () => {
  const discovery = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
  expect(discovery).toMatchObject({ backchannel_logout_supported: true, backchannel_logout_session_supported: true });
});

test('a logout at one client is told to each that the session has reached, in its own words', async () => {
  const { agent, sids, subs } = await reach('by-name', 'by-user', 'pairwise', 'deaf');
  expect((await logOut(agent)).url).toBe(BYE);
  await arrived(3);
  const [byName] = await tokens('by-name');
  expect(byName).toMatchObject({ sub: ada, sid: sids['by-name'] });
  const [byUser] = await tokens('by-user');
  expect(byUser).toMatchObject({ sub: ada });
  expect(byUser).not.toHaveProperty('sid');
  expect(sids['by-user']).toBeUndefined();
  const [pairwise] = await tokens('pairwise');
  expect(pairwise).toMatchObject({ sub: subs.pairwise, sid: sids.pairwise });
  expect(subs.pairwise).not.toBe(ada);
  expect(receiver.state.received).toEqual([]);
  expect(new Set([sids['by-name'], sids.pairwise]).size).toBe(2);
});

test('who leaves one client alone is told to that one', async () => {
  const { agent } = await reach('by-name', 'by-user');
  await agent.submit(await agent.get(`${issuer}/session/end?client_id=by-name`));
  await arrived(1);
  await settle();
  expect(receiver.state.received.map(({ path }) => path)).toEqual(['/by-name']);
});

describe('every end of a session', () => {
  const { services, acme } = { services: () => stage.services, acme: () => stage.acme };
  type End = (uid: string) => Promise<unknown>;
  test.each<[string, End]>([
    ['signed out everywhere', () => services().accounts.signOutEverywhere(acme(), ada)],
    ['another password', () => services().accounts.setPassword(acme(), ada, { password: PASSWORD })],
    ['the password may be known', () => services().accounts.requireReset(acme(), ada)],
    ['disabled', () => services().accounts.disable(acme(), ada)],
    ['put to rest', () => services().accounts.setStatus(acme(), ada, 'deactivated')],
    ['second factors removed', () => services().factorReset.resetNow(acme(), ada, 'they called')],
  ])('%s', async (_name, end) => {
    const first = await reach('by-name', 'by-user');
    const second = await reach('by-name');
    await end(ada);
    await arrived(3);
    const told = await tokens('by-name');
    expect(told.map(({ sid }) => sid).sort()).toEqual([first.sids['by-name'], second.sids['by-name']].sort());
    expect(await tokens('by-user')).toHaveLength(1);
    await services().accounts.setStatus(acme(), ada, 'active');
    await services().accounts.setPassword(acme(), ada, { password: PASSWORD });
    await settle();
    expect(receiver.state.received).toEqual([]);
  });

  test('one session, from the account pages', async () => {
    const here = await reach('by-name');
    const there = await reach('by-name');
    const page = await here.agent.get(`${issuer}/account/sessions`);
    await here.agent.submit(page, {}, ({ action }) => action.endsWith('/end-others'));
    await arrived(1);
    await settle();
    expect(await tokens('by-name')).toMatchObject([{ sid: there.sids['by-name'], sub: ada }]);
  });

  test('the account is removed', async () => {
    const { accounts } = services();
    const eve = await accounts.create(acme(), { email: 'eve@example.com', email_verified: true, password: PASSWORD });
    await signedIn(issuer, { identifier: 'eve@example.com', params: { client_id: 'by-name' } });
    await accounts.remove(acme(), eve.id);
    await arrived(1);
    expect(await tokens('by-name')).toMatchObject([{ sub: eve.id }]);
  });
});

test('F18 who is down is tried again, with another token each time, and in order for each user', async () => {
  receiver.state.answer = status(503);
  const first = await reach('by-name');
  await logOut(first.agent);
  await arrived(1);
  await eventually(async () => (await deliveries('queued')).length === 1);
  const second = await reach('by-name');
  await logOut(second.agent);
  await settle();
  const refused = await tokens('by-name');
  // The second waits behind the first.
  expect(new Set(refused.map(({ sid }) => sid))).toEqual(new Set([first.sids['by-name']]));
  expect(await deliveries('queued')).toMatchObject([
    { reason: 'the receiver answered with status 503' },
    { reason: 'the receiver answered with status 503' },
  ]);

  receiver.state.answer = status(200);
  moveClock(3600);
  await settle();
  const [one, two, ...more] = await tokens('by-name');
  expect([one!.sid, two!.sid, more]).toEqual([first.sids['by-name'], second.sids['by-name'], []]);
  expect(refused.map(({ jti }) => jti)).not.toContain(one!.jti);
  expect(one!.iat! - refused[0]!.iat!).toBeGreaterThanOrEqual(3600);
  expect(await deliveries('queued')).toEqual([]);
});

test('what is wrong with one token keeps no other from its way', async () => {
  const first = await reach('by-name');
  let refused: unknown = first.sids['by-name'];
  receiver.state.answer = ({ body }, res) => {
    const { sid } = claimsOf(new URLSearchParams(body).get('logout_token')!);
    res.writeHead(sid === refused ? 400 : 200).end();
  };
  await logOut(first.agent);
  await arrived(1);
  const second = await reach('by-name');
  await logOut(second.agent);
  await eventually(async () => (await tokens('by-name')).some(({ sid }) => sid === second.sids['by-name']));
  expect(await deliveries('queued')).toMatchObject([{ reason: 'the receiver answered with status 400' }]);
  refused = undefined;
  moveClock(3600);
  await settle();
  expect(await deliveries('queued')).toEqual([]);
});

test('after the last attempt it is dead, is told, and can be replayed', async () => {
  receiver.state.answer = status(500);
  await logOut((await reach('by-user')).agent);
  await eventually(async () => (await deliveries('queued'))[0]?.attempts === 1);
  for (let tries = 0; tries < 10 && (await deliveries('dead')).length === 0; tries += 1) {
    moveClock(30 * 3600);
    await settle();
  }
  const [dead] = await deliveries('dead');
  expect(dead).toMatchObject({ kind: 'logout', to: 'by-user', subject: ada, attempts: 10 });
  const events = (await stage.services.audit.find('acme', { where: { field: 'type', equals: 'delivery.given_up' } }))
    .items;
  expect(events).toMatchObject([{ outcome: 'failure', target: ada, details: { to: 'by-user', delivery: dead!.id } }]);
  receiver.state.answer = status(204);
  receiver.state.received = [];
  await stage.services.deliveries.retry(stage.acme, dead!.id);
  await settle();
  expect(await tokens('by-user')).toHaveLength(1);
  expect(await deliveries('dead')).toEqual([]);
});

test('clients that never answer do not slow the user down', async () => {
  const held: ServerResponse[] = [];
  receiver.state.answer = (_received, res) => void held.push(res);
  const names = Array.from({ length: 8 }, (_, i) => `slow-${i}`);
  for (const id of names)
    await stage.services.clients.create(stage.acme, webClient(id, { skip_consent: true, ...receiver.metadata(id) }));
  const { agent } = await reach(...names);
  const page = await logOut(agent);
  // They are asked only after the user has the answer, and not one has answered yet.
  expect(page.url).toBe(BYE);
  await arrived(names.length);
  expect(held).toHaveLength(names.length);
  for (const res of held) res.end();
  await eventually(async () => (await deliveries('sending')).length === 0);
});

test('a logout that cannot be told is none: the user is asked to try again', async () => {
  const { agent } = await reach('by-name');
  const { deliveries } = stage.services;
  const { add } = deliveries;
  deliveries.add = () => Promise.reject(unavailable('the store'));
  try {
    expect((await logOut(agent)).status).toBe(503);
  } finally {
    deliveries.add = add;
  }
  const silent = authorizationUrl(issuer, { client_id: 'by-name', prompt: 'none' });
  expect(answerOf(await agent.get(silent)).code).toBeDefined();
  expect((await logOut(agent)).url).toBe(BYE);
  await arrived(1);
});

test('F18 a process that ends between a logout and its telling loses nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-logout-'));
  const env = { GATEHOUSE_DATA: folder, GATEHOUSE_OUTBOUND_ALLOW: '127.0.0.0/8' };
  const before = await setStage(env);
  // It dies before it gets to it.
  await before.services.deliveries.courier.stop();
  const client = webClient('by-name', { skip_consent: true, ...receiver.metadata('by-name') });
  await before.services.clients.create(before.acme, client);
  const { agent } = await signedIn(before.acme.issuer, { params: { client_id: 'by-name' } });
  await agent.submit(await agent.get(`${before.acme.issuer}/session/end`), { logout: 'yes' });
  await before.stop();
  expect(receiver.state.received).toEqual([]);

  const after = await startGatehouse({ ...env, GATEHOUSE_URL: before.url, PORT: new URL(before.url).port });
  await arrived(1);
  expect(await receiver.tokens(before.acme.issuer, 'by-name')).toHaveLength(1);
  await after.stop();
  rmSync(folder, { recursive: true });
});
