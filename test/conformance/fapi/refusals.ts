import { expect } from '@jest/globals';
import type { Answer } from '../../support/raw-client.ts';
import { createBrowser, type Ended } from '../suite/browser.ts';
import { answerOf } from './authorize.ts';
import type { FapiClient } from './client.ts';
import type { FapiPlan, Sent } from './plan.ts';
import { byValueUrl, push, pushedUrl, type Request } from './request.ts';

/** An endpoint of clients refuses, by one of these errors. */
export function expectRefused({ status, headers, body }: Answer, errors: RegExp): void {
  expect([status, body.error]).toEqual([expect.any(Number), expect.stringMatching(errors)]);
  expect([400, 401]).toContain(status);
  expect(headers.get('content-type')).toMatch(/^application\/json/);
  expect(body.error_description ?? '').toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]*$/);
}

/** The request gets nowhere: refused when it is pushed, or with an error page of ours, or with an error at the client. */
export async function expectNoWay(
  plan: FapiPlan,
  client: FapiClient,
  request: Request,
  errors: RegExp,
  sent: Sent = {},
): Promise<void> {
  let url: string;
  if (plan.variant.by_value) url = byValueUrl(plan, client, request, sent.object, sent.more);
  else {
    const answer = await push(plan, client, request, sent);
    if (answer.status !== 201) return expectRefused(answer, errors);
    url = pushedUrl(plan, client.client_id, answer.body.request_uri, sent.more);
  }
  await expectEnded(plan, client, await createBrowser(plan.op).get(url), errors);
}

export async function expectEnded(plan: FapiPlan, client: FapiClient, ended: Ended, errors: RegExp): Promise<void> {
  if (ended.by === 'page') expect([ended.page.status, ended.page.body]).toEqual([400, expect.stringMatching(errors)]);
  else expect((await answerOf(plan, client, ended)).error).toMatch(errors);
}
