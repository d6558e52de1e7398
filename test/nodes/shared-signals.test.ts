import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { describeOnBoth, type Shared, shared } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { startHttpServer } from '../support/http-server.ts';
import { inhabited } from '../support/inhabited.ts';
import { type Node, sendTo } from '../support/node-process.ts';
import { bearer, newTokens, rawClient } from '../support/raw-client.ts';
import { CALLBACK } from '../support/relying-party.ts';
import { eventOf, PUSH, readSet, receiverClient, signalsToken, transmitting } from '../support/signals-stage.ts';
import { createUserAgent } from '../support/user-agent.ts';

describeOnBoth('security events over several nodes', (stores) => {
  const env = { GATEHOUSE_OUTBOUND_ALLOW: '127.0.0.0/8' };
  let at: Shared;
  let acme: Tenant;
  let server: Awaited<ReturnType<typeof startHttpServer>>;

  beforeAll(async () => {
    server = await startHttpServer();
    server.state.answer = (_received, res) => void res.writeHead(202).end();
    at = await shared(stores());
    await inhabited(at, 'acme');
    acme = await transmitting(at, 'acme');
    await at.services.clients.create(acme, receiverClient('poller'));
    await at.services.clients.create(acme, receiverClient('pusher'));
  });
  afterAll(async () => {
    await at.close();
    await server.stop();
  });

  const api = async (node: Node, clientId: string, method: string, path: string, body: object) => {
    const send = sendTo(() => node);
    const token = await signalsToken(acme.issuer, clientId, undefined, send);
    const headers = { ...bearer(token), 'content-type': 'application/json' };
    const answer = await send(`${acme.issuer}/ssf${path}`, { method, headers, body: JSON.stringify(body) });
    return answer.json() as Promise<Record<string, never>>;
  };
  const poll = async (node: Node, id: string, body: object = {}): Promise<Record<string, string>> =>
    (await api(node, 'poller', 'POST', `/poll/${id}`, { returnImmediately: true, ...body })).sets!;

  test('F18 what a node was to tell when it was killed is told by those after it; what is polled at one is gone at all', async () => {
    let dying = await at.start(env);
    const delivery = { method: PUSH, endpoint_url: server.url };
    const id = String((await api(dying, 'poller', 'POST', '/stream', {})).stream_id);
    await api(dying, 'pusher', 'POST', '/stream', { delivery });

    const send = sendTo(() => dying);
    const agent = createUserAgent({ stopAt: CALLBACK, send });
    const known: Record<string, string> = {};
    for (const clientId of ['poller', 'pusher']) {
      const { access_token } = await newTokens(agent, rawClient(acme.issuer, clientId, { send }));
      known[clientId] = (await rawClient(acme.issuer, clientId, { send }).userinfo(access_token)).body.sub;
    }
    // The answer to the sign-out is its last word.
    const out = await agent.submit(await agent.get(`${acme.issuer}/session/end`), { logout: 'yes' });
    await dying.kill();
    expect(out.status).toBe(200);
    // By a command, while nobody serves.
    await at.services.accounts.disable(acme, known.poller!);

    const [one, two] = await Promise.all([at.start(env), at.start(env)]);
    dying = one;
    await eventually(async () => (await at.services.deliveries.pending()) === 0);
    const all = await Promise.all(server.state.received.map(({ body }) => readSet(acme.issuer, 'pusher', body, send)));
    // What was being sent when its node was killed may come again, and then late.
    const sets = [...new Map(all.map((set) => [set.jti, set])).values()];
    const types = sets.map((set) => eventOf(set)[0]);
    expect(types.sort()).toEqual(['account-disabled', 'session-revoked', 'session-revoked']);
    expect(JSON.stringify(sets.map(({ sub_id }) => sub_id))).toContain(known.pusher);

    const polled = await poll(one, id);
    const jtis = Object.keys(polled);
    expect(jtis).toHaveLength(3);
    expect(Object.keys(await poll(two, id))).toEqual(jtis);
    await Promise.all([one, two, one, two].map((node) => poll(node, id, { ack: jtis.slice(0, 2) })));
    expect(Object.keys(await poll(one, id))).toEqual(jtis.slice(2));
    expect(Object.keys(await poll(two, id, { ack: jtis }))).toEqual([]);

    // Who waits at one node hears of what happens at another.
    const waiting = poll(two, id, { returnImmediately: false });
    await at.services.accounts.enable(acme, known.poller!);
    expect(Object.keys(await waiting)).toHaveLength(1);
  });
});
