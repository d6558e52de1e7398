import { expect } from '@jest/globals';
import type { Action } from '../approver/answer.ts';
import type { FapiClient, Over } from '../fapi/client.ts';
import type { Sent } from '../fapi/plan.ts';
import { checked, type Tokens, visited } from '../fapi/sign-in.ts';
import type { Ping } from './ping-receiver.ts';
import type { CibaPlan } from './plan.ts';
import { expectPending } from './refusals.ts';
import { type Begun, begin, poll } from './request.ts';

/** The user answers, and a client that wants to be told is told (CIBA Core 10.2). */
export async function answer(plan: CibaPlan, begun: Begun, action: Action): Promise<Ping[]> {
  const { url } = plan.approver;
  const { status, headers } = await fetch(`${url}/?auth_req_id=${begun.auth_req_id}&action=${action}`, {
    method: 'POST',
  });
  expect([status, headers.get('content-type')]).toEqual([200, 'application/json']);
  if (plan.variant.ciba_mode === 'poll') {
    expect(plan.pings.received).toEqual([]);
    return [];
  }
  const pings = await plan.pings.of(begun.auth_req_id);
  expect(pings).toEqual([
    {
      method: 'POST',
      path: '/test/a/gatehouse/ciba-notification-endpoint',
      headers: expect.objectContaining({
        authorization: `Bearer ${begun.token}`,
        'content-type': 'application/json',
      }),
      body: { auth_req_id: begun.auth_req_id },
    },
  ]);
  return pings;
}

/** The suite lets no request wait that would be told of in a later module. */
export async function leave(plan: CibaPlan, begun: Begun): Promise<void> {
  if (plan.variant.ciba_mode === 'ping') await answer(plan, begun, 'allow');
}

export async function tokensFor(plan: CibaPlan, begun: Begun, assertion: Over = {}): Promise<Tokens> {
  const tokens = await checked(plan, begun.client, await poll(plan, begun, { assertion }), undefined);
  for (const name of ['c_hash', 's_hash']) expect(tokens.claims).not.toHaveProperty(name);
  return tokens;
}

/** A complete sign-in, up to the resource. */
export async function signIn(
  plan: CibaPlan,
  client: FapiClient,
  params: object = {},
  sent: Sent = {},
): Promise<Tokens & { begun: Begun }> {
  const begun = await begin(plan, client, params, sent);
  for (let i = 0; i < 2; i += 1) expectPending(await poll(plan, begun));
  await answer(plan, begun, 'allow');
  const tokens = await tokensFor(plan, begun);
  await visited(plan, client, tokens);
  return { ...tokens, begun };
}
