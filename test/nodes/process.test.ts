import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { outliveCaches } from '../support/clock.ts';
import { describeOnBoth, type Shared, STORES, shared } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { inhabited } from '../support/inhabited.ts';
import { inTurn, type Node, sendTo } from '../support/node-process.ts';
import { newTokens, type RawClient, rawClient } from '../support/raw-client.ts';
import { CALLBACK, webClient } from '../support/relying-party.ts';
import { createUserAgent } from '../support/user-agent.ts';

const MACHINE = { grant_type: 'client_credentials' };

// The node is in this process, as if it was another one, so that a second can be over without a wait.
describeOnBoth('a change by another node is served within a second', (stores) => {
  let at: Shared;
  let node: TestGatehouse;
  let acme: Tenant;
  let web: RawClient;

  beforeAll(async () => {
    at = await shared(stores());
    acme = await inhabited(at, 'acme');
    const { port } = new URL(at.base);
    node = await startGatehouse({ ...at.env, PORT: port });
    web = rawClient(acme.issuer, 'web');
    await web.get('/.well-known/openid-configuration');
    await web.post('/token', MACHINE);
  });
  afterAll(async () => {
    await node?.stop();
    await at?.close();
  });

  const metadata = async () => (await web.get('/.well-known/openid-configuration')).body;
  const cases: [string, () => Promise<unknown>, () => Promise<boolean>][] = [
    [
      'settings',
      () =>
        at.services.tenants.change('acme', {
          settings: { ...acme.settings, locales: { supported: ['de'], default: 'de' } },
        }),
      async () => (await metadata()).ui_locales_supported.join() === 'de',
    ],
    [
      'a rotated key',
      () => at.services.tenants.rotateKeys('acme'),
      async () => (await web.get('/jwks')).body.keys.length === 2,
    ],
    [
      'a new client',
      () =>
        at.services.clients.create(
          acme,
          webClient('late', {
            grant_types: ['client_credentials'],
            response_types: [],
            redirect_uris: [],
            post_logout_redirect_uris: [],
          }),
        ),
      async () => (await rawClient(acme.issuer, 'late').token(MACHINE)).status === 200,
    ],
    [
      'a removed client',
      () => at.services.clients.remove(acme, 'service'),
      async () => (await rawClient(acme.issuer, 'service').token(MACHINE)).status === 401,
    ],
  ];
  test('settings, keys and clients', async () => {
    for (const [name, , isServed] of cases) expect({ name, before: await isServed() }).toEqual({ name, before: false });
    for (const [, change] of cases) await change();
    outliveCaches();
    for (const [name, , isServed] of cases) expect({ name, after: await isServed() }).toEqual({ name, after: true });
  });

  test('suspension', async () => {
    const status = async () => (await web.get('/jwks')).status;
    await at.services.tenants.suspend('acme');
    outliveCaches();
    expect(await status()).toBe(403);
    await at.services.tenants.resume('acme');
    outliveCaches();
    expect(await status()).toBe(200);
  });
});

test('F06 SIGTERM under load: no request fails, and the exit code is 0', async () => {
  const at = await shared(STORES.embedded());
  try {
    const acme = await inhabited(at, 'acme');
    const nodes = await Promise.all([at.start({ GATEHOUSE_SHUTDOWN_DRAIN: '4' }), at.start()]);
    const leaving = nodes[0]!;
    // What a balancer does: ask each node whether it is ready, and send to those that are.
    let ready: Node[] = nodes;
    const answers: number[] = [];
    const readiness: number[] = [];
    let isOver = false;
    const balancer = (async () => {
      while (!isOver) {
        const { status } = await fetch(`${leaving.url}/health/ready`);
        readiness.push(status);
        if (status !== 200) {
          ready = nodes.slice(1);
          break;
        }
        await wait(50);
      }
    })();
    const pick = inTurn([0, 1]);
    const service = rawClient(acme.issuer, 'service', { send: sendTo(() => ready[pick() % ready.length]!) });
    const load = Array.from({ length: 8 }, async () => {
      while (!isOver) answers.push((await service.token(MACHINE).catch(({ cause }) => ({ status: cause }))).status);
    });
    await eventually(() => answers.length > 100);
    const exitCode = await leaving.stop();
    const during = answers.length;
    await eventually(() => answers.length > during + 50);
    isOver = true;
    await Promise.all([...load, balancer]);
    expect(exitCode).toBe(0);
    expect(readiness.at(-1)).toBe(503);
    expect(answers.filter((status) => status !== 200)).toEqual([]);
  } finally {
    await at.close();
  }
});

test('workers of one node share a sign-in, and their metrics are one sum', async () => {
  const at = await shared(STORES.embedded());
  try {
    const acme = await inhabited(at, 'acme');
    const node = await at.start({ GATEHOUSE_WORKERS: '2' });
    // No connection is kept, so that each request may meet another worker.
    const send: typeof fetch = (input, init) =>
      sendTo(() => node)(input, { ...init, headers: { ...(init?.headers as object), connection: 'close' } });
    const agent = createUserAgent({ stopAt: CALLBACK, send });
    const web = rawClient(acme.issuer, 'web', { send });
    const { refresh_token } = await newTokens(agent, web);
    expect((await web.refresh(refresh_token)).status).toBe(200);
    const service = rawClient(acme.issuer, 'service', { send });
    await Promise.all(Array.from({ length: 20 }, () => service.token(MACHINE)));
    const text = async () => (await send(`${node.url}/metrics`)).text();
    const issued = 'ciam_tokens_issued_total{grant="client_credentials",outcome="success"} 20';
    await eventually(async () => (await text()).includes(issued));
    expect(await text()).toContain('process_cpu_seconds_total');
    expect(await node.stop()).toBe(0);
  } finally {
    await at.close();
  }
});
