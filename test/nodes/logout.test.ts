import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { describeOnBoth, type Shared, shared } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { inhabited } from '../support/inhabited.ts';
import { type LogoutReceiver, startLogoutReceiver } from '../support/logout-receiver.ts';
import { type Node, sendTo } from '../support/node-process.ts';
import { newTokens, rawClient } from '../support/raw-client.ts';
import { CALLBACK, webClient } from '../support/relying-party.ts';
import { createUserAgent } from '../support/user-agent.ts';

describeOnBoth('logout tokens', (stores) => {
  let at: Shared;
  let acme: Tenant;
  let receiver: LogoutReceiver;
  let node: Node;
  beforeAll(async () => {
    receiver = await startLogoutReceiver(() => sendTo(() => node));
    at = await shared(stores());
    acme = await inhabited(at, 'acme');
    await at.services.clients.change(acme, 'web', webClient('web', receiver.metadata('web')));
  });
  afterAll(async () => {
    await at.close();
    await receiver.stop();
  });

  test('F18 what was to be told when every process had died is told by those that come after, once', async () => {
    const env = { GATEHOUSE_OUTBOUND_ALLOW: '127.0.0.0/8' };
    const dying = await at.start(env);
    const web = rawClient(acme.issuer, 'web', { send: sendTo(() => dying) });
    const subs: string[] = [];
    for (let i = 0; i < 2; i += 1) {
      const agent = createUserAgent({ stopAt: CALLBACK, send: sendTo(() => dying) });
      const tokens = await newTokens(agent, web);
      subs.push((await web.userinfo(tokens.access_token)).body.sub);
    }
    await dying.kill();
    // As the command line does it, which delivers nothing itself.
    await at.services.accounts.signOutEverywhere(acme, subs[0]!);
    expect(await at.services.deliveries.pending()).toBe(2);
    expect(receiver.state.received).toEqual([]);

    [node] = await Promise.all([at.start(env), at.start(env)]);
    await eventually(async () => (await at.services.deliveries.pending()) === 0);
    const tokens = await receiver.tokens(acme.issuer, 'web');
    expect(tokens.map(({ sub }) => sub)).toEqual(subs);
    expect(new Set(tokens.map(({ sid }) => sid)).size).toBe(2);
  });
});
