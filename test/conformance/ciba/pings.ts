import { expect } from '@jest/globals';
import type { Modules } from '../suite/modules.ts';
import type { CibaPlan } from './plan.ts';
import { signIn } from './sign-in.ts';

type Answer = { status: number; headers?: Record<string, string>; body?: string };

/** The client answers to its ping like that: the sign-in goes on. */
async function answered(plan: CibaPlan, answer: Answer): Promise<string> {
  plan.pings.answer(answer);
  try {
    return (await signIn(plan, plan.first)).begun.auth_req_id;
  } finally {
    plan.pings.answer();
  }
}

/** Told once. What is to be told anew goes before the next of the same user and client, so that has come by then. */
async function once(plan: CibaPlan, answer: Answer): Promise<void> {
  const id = await answered(plan, answer);
  await signIn(plan, plan.first);
  expect(await plan.pings.of(id)).toHaveLength(1);
}

/** ciba_mode=ping (CIBA Core 10.2). */
export const pings: Modules<CibaPlan> = {
  'ping-backchannel-notification-endpoint-response-has-body': (plan) => once(plan, { status: 200, body: 'Thank you' }),
  'ping-backchannel-notification-endpoint-response-401': (plan) => once(plan, { status: 401 }),
  'ping-backchannel-notification-endpoint-response-403': (plan) => once(plan, { status: 403 }),
  'ping-with-mtls-ciba-notification-endpoint-response-401-and-require-server-does-not-retry': (plan) =>
    once(plan, { status: 401 }),
  'ping-backchannel-notification-endpoint-return-redirect-request': async (plan) => {
    const path = '/test/a/gatehouse/invalid-ciba-notification-endpoint';
    await once(plan, { status: 301, headers: { location: plan.pings.base + path } });
    expect(plan.pings.received.map((ping) => ping.path)).not.toContain(path);
  },
};
