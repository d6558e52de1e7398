import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { describeOnBoth, type Shared, shared } from '../support/cluster.ts';
import { inhabited } from '../support/inhabited.ts';
import { type Node, sendTo } from '../support/node-process.ts';
import { type Answer, newCode, newTokens, rawClient } from '../support/raw-client.ts';
import { CALLBACK } from '../support/relying-party.ts';
import { createUserAgent } from '../support/user-agent.ts';

describeOnBoth('kill -9', (stores) => {
  let at: Shared;
  let acme: Tenant;
  let survivor: Node;

  beforeAll(async () => {
    at = await shared(stores());
    acme = await inhabited(at, 'acme');
    survivor = await at.start();
  });
  afterAll(() => at.close());

  const onSurvivor = () => ({ send: sendTo(() => survivor) });
  const web = (send: typeof fetch) => rawClient(acme.issuer, 'web', { send });

  test('F01, F08 each answer of a sign-in is the last one of its node', async () => {
    let coming = at.start();
    let killed = 0;
    const send: typeof fetch = async (input, init) => {
      const node = await coming;
      coming = at.start();
      const answer = await sendTo(() => node)(input, init);
      await answer.clone().arrayBuffer();
      await node.kill();
      killed += 1;
      return answer;
    };
    const agent = createUserAgent({ stopAt: CALLBACK, send });
    const tokens = await newTokens(agent, web(send));
    const { body } = await web(send).refresh(tokens.refresh_token);
    expect((await web(send).userinfo(body.access_token)).body).toMatchObject({ email: 'ada@example.com' });
    const again = await agent.get(web(send).begin({ prompt: 'none' }).url);
    expect(again.url).toContain('code=');
    expect(killed).toBeGreaterThan(7);
    await coming;
  });

  /** Sends to a node that is killed some milliseconds later; undefined where its answer was lost. */
  async function lastWords(ask: (send: typeof fetch) => Promise<Answer>, after: number): Promise<Answer | undefined> {
    const node = await at.start();
    const answer = ask(sendTo(() => node)).catch(() => undefined);
    await wait(after);
    await node.kill();
    return answer;
  }

  test.each([0, 6])('F03, F04 killed %i ms after it was asked for tokens', async (after) => {
    const agent = createUserAgent({ stopAt: CALLBACK, ...onSurvivor() });
    const client = web(onSurvivor().send);
    const redemption = await newCode(agent, client);
    const answered = await lastWords((send) => web(send).token(redemption), after);
    const retried = await client.token(redemption);
    expect([answered?.status, retried.status].filter((status) => status === 200).length).toBeLessThanOrEqual(1);
    // Whatever became of that one, the user is not asked for a password.
    const { refresh_token } = (await client.token(await newCode(agent, client, { prompt: 'none' }))).body;

    const refreshed = await lastWords((send) => web(send).refresh(refresh_token), after);
    const again = await client.refresh(refresh_token);
    expect(again.status).toBe(200);
    if (refreshed) expect(refreshed.body.refresh_token).toBe(again.body.refresh_token);
    expect((await client.refresh(again.body.refresh_token)).status).toBe(200);
  });
});
