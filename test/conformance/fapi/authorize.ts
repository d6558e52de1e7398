import { createHash } from 'node:crypto';
import { expect } from '@jest/globals';
import { jwtVerify } from 'jose';
import type { Fields } from '../../support/raw-client.ts';
import { type Browser, createBrowser, type Ended } from '../suite/browser.ts';
import { verified } from '../suite/id-token.ts';
import type { FapiClient } from './client.ts';
import type { FapiPlan, Params, Sent } from './plan.ts';
import { byValueUrl, pushed, pushedUrl, type Request, requestOf } from './request.ts';

/** The answer out of its JWT (JARM 2.4), where it came in one. */
export async function answerOf({ op, variant }: FapiPlan, client: FapiClient, ended: Ended): Promise<Fields> {
  const { response, ...others } = ended.answer;
  if (response === undefined) return ended.answer;
  const ofClient = Object.fromEntries(new URL(client.redirect_uri).searchParams);
  expect([others, variant.jarm]).toEqual([ofClient, true]);
  const { payload, protectedHeader } = await jwtVerify(response, op.keys, {
    issuer: op.issuer,
    audience: client.client_id,
    requiredClaims: ['exp'],
    currentDate: new Date(Date.now()),
    clockTolerance: 1,
    algorithms: ['PS256', 'ES256'],
  });
  expect(protectedHeader.kid).toBeTruthy();
  expect(payload.exp! - Date.now() / 1000).toBeLessThanOrEqual(600);
  const { aud: _aud, exp: _exp, ...answer } = payload;
  return answer as Fields;
}

export type Authorized = Request & { answer: Fields; ended: Ended; client: FapiClient };

/** The request is made, the user does what is asked, and the answer comes as it should, good or bad. */
export async function authorize(
  plan: FapiPlan,
  client: FapiClient,
  params: Params = {},
  options: { browser?: Browser; more?: Fields; sent?: Sent } = {},
): Promise<Authorized> {
  const request = requestOf(plan, client, params);
  const { browser = createBrowser(plan.op), more = {}, sent = {} } = options;
  const url = plan.variant.by_value
    ? byValueUrl(plan, client, request, sent.object, more)
    : pushedUrl(plan, client.client_id, await pushed(plan, client, request, sent), more);
  const ended = await browser.get(url);
  const answer = await answerOf(plan, client, ended);
  return { ...request, ended, answer, client };
}

/** A code, and the answer it came in checked. */
export async function authorized(...args: Parameters<typeof authorize>): Promise<Authorized & { code: string }> {
  const done = await authorize(...args);
  const [plan] = args;
  const { answer, request, ended } = done;
  expect(answer.error).toBeUndefined();
  const isHybrid = plan.variant.response_type?.includes('id_token');
  expect(ended.by).toBe(isHybrid ? 'fragment' : 'query');
  expect([answer.state, answer.iss]).toEqual([request.state, isHybrid ? undefined : plan.op.issuer]);
  expect(answer.code).toMatch(/^.{22,}$/);
  const { code, state, id_token } = answer;
  if (isHybrid) {
    // The detached signature of the answer (FAPI 1.0 Advanced 5.2.2.1).
    const { client_id } = done.client;
    const claims = await verified(plan.op, id_token, { client_id, nonce: request.nonce, code });
    expect(claims.s_hash).toBe(
      state && createHash('sha256').update(state).digest().subarray(0, 16).toString('base64url'),
    );
    expect(claims).not.toHaveProperty('email');
  }
  return { ...done, code: code! };
}
