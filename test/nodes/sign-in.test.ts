import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { describeOnBoth, type Shared, shared } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { inhabited } from '../support/inhabited.ts';
import { inTurn, type Node, sendTo } from '../support/node-process.ts';
import { newCode, newTokens, type RawClient, rawClient } from '../support/raw-client.ts';
import { CALLBACK, PASSWORD } from '../support/relying-party.ts';
import { answerOf } from '../support/stage.ts';
import { createUserAgent, to, type UserAgent } from '../support/user-agent.ts';

describeOnBoth('two nodes', (stores) => {
  let at: Shared;
  let nodes: Node[];
  let acme: Tenant;
  let web: RawClient;

  beforeAll(async () => {
    at = await shared(stores());
    acme = await inhabited(at, 'acme');
    nodes = await Promise.all([at.start(), at.start()]);
    web = rawClient(acme.issuer, 'web', { send: sendTo(inTurn(nodes)) });
  });
  afterAll(() => at.close());

  test.each([0, 1])('each request of one sign-in goes to another node, beginning with the %i.', async (first) => {
    const asked: number[] = [];
    const pick = inTurn(first === 0 ? nodes : nodes.toReversed());
    const send = sendTo(() => {
      const node = pick();
      asked.push(node.port);
      return node;
    });
    const agent = createUserAgent({ stopAt: CALLBACK, send });
    const { access_token, refresh_token } = await newTokens(agent, web);
    expect((await web.userinfo(access_token)).body).toMatchObject({ email: 'ada@example.com' });
    expect((await web.refresh(refresh_token)).status).toBe(200);
    expect(asked.length).toBeGreaterThan(3);
    expect(asked.some((port, i) => port === asked[i + 1])).toBe(false);
  });

  test('T008 of twenty redemptions of one code at once, over both nodes, exactly one is answered', async () => {
    const redemption = await newCode(createUserAgent({ stopAt: CALLBACK, send: sendTo(inTurn(nodes)) }), web);
    const answers = await Promise.all(Array.from({ length: 20 }, () => web.token(redemption)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(19).fill(400)]);
  });

  test('T030 twenty refreshes at once, over both nodes, end in one live chain', async () => {
    const { refresh_token } = await newTokens(createUserAgent({ stopAt: CALLBACK, send: sendTo(inTurn(nodes)) }), web);
    const answers = await Promise.all(Array.from({ length: 20 }, () => web.refresh(refresh_token)));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(1);
    expect((await web.refresh(answers[0]!.body.refresh_token)).status).toBe(200);
  });

  test.each(['end', 'end-others'])(
    'T115 a second after %s on the account pages of one node all is over at the other',
    async (form) => {
      const [here, there] = nodes.map((node) => rawClient(acme.issuer, 'web', { send: sendTo(() => node) }));
      const browserAt = (node: number) => createUserAgent({ stopAt: CALLBACK, send: sendTo(() => nodes[node]!) });
      const [owner, lost] = [browserAt(0), browserAt(1)];
      const own = await newTokens(owner, here!);
      const before = await at.services.sessions.list(acme, (await here!.userinfo(own.access_token)).body.sub);
      const tokens = await newTokens(lost, there!);
      const { sub } = (await there!.userinfo(tokens.access_token)).body;
      const all = await at.services.sessions.list(acme, sub);
      const session = all.map(({ id }) => id).find((id) => before.every((known) => known.id !== id))!;
      const { refresh_token } = (await there!.refresh(tokens.refresh_token)).body;
      const silent = async (agent: UserAgent) => answerOf(await agent.get(there!.begin({ prompt: 'none' }).url));
      // The other node has all of it at hand by now.
      expect((await silent(lost)).code).toBeDefined();

      const page = await owner.get(`${acme.issuer}/account/sessions`);
      expect((await owner.submit(page, { session }, to(form))).status).toBe(200);

      // The longest that it may take: on a slow machine it is more.
      await wait(1000);
      expect((await silent(lost)).error).toBe('login_required');
      expect((await there!.userinfo(tokens.access_token)).status).toBe(401);
      expect(await there!.introspect(tokens.access_token)).toEqual({ active: false });
      expect(await there!.refresh(refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
      // Who ended it goes on.
      expect((await silent(owner)).code).toBeDefined();
      expect((await there!.userinfo(own.access_token)).status).toBe(200);
      expect((await there!.refresh(own.refresh_token)).status).toBe(200);
    },
  );

  // That it takes a second at most is shown where the clock can be moved: token-life.test.ts.
  describe('T033 what one node ends is over at the other', () => {
    type SignedIn = { agent: UserAgent; tokens: Record<string, string>; sub: string };
    const ENDS: [string, (user: SignedIn, here: RawClient) => Promise<unknown>][] = [
      ['a revoked refresh token', ({ tokens }, here) => here.revoke(tokens.refresh_token!)],
      [
        'a session',
        async ({ agent, tokens }) => {
          const hint = new URLSearchParams({ id_token_hint: tokens.id_token! });
          await agent.submit(await agent.get(`${acme.issuer}/session/end?${hint}`), { logout: 'yes' });
        },
      ],
      ['a password', ({ sub }) => at.services.accounts.setPassword(acme, sub, { password: PASSWORD })],
      ['all sessions', ({ sub }) => at.services.accounts.signOutEverywhere(acme, sub)],
    ];

    test.each(ENDS)('%s', async (_name, end) => {
      const [here, there] = nodes.map((node) => rawClient(acme.issuer, 'web', { send: sendTo(() => node) }));
      const agent = createUserAgent({ stopAt: CALLBACK, send: sendTo(() => nodes[0]!) });
      const tokens = await newTokens(agent, here!);
      const { sub } = (await there!.userinfo(tokens.access_token)).body;
      await end({ agent, tokens, sub }, here!);
      await eventually(async () => (await there!.userinfo(tokens.access_token)).status === 401);
      expect(await there!.refresh(tokens.refresh_token)).toMatchObject({
        status: 400,
        body: { error: 'invalid_grant' },
      });
    });
  });
});
