import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { moveClock, restoreClock } from '../support/clock.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { inhabited, JWT_API, OPAQUE_API } from '../support/inhabited.ts';
import { type Answer, newTokens, type RawClient, rawClient } from '../support/raw-client.ts';
import { CALLBACK, webClient } from '../support/relying-party.ts';
import { createUserAgent } from '../support/user-agent.ts';

const LEEWAY = 10;
const DAY = 86_400;
const INVALID_GRANT = { status: 400, body: { error: 'invalid_grant' } };

let gatehouse: TestGatehouse;
let acme: Tenant;
let web: RawClient;
const agent = createUserAgent({ stopAt: CALLBACK });
/** The refresh token of a new chain. */
let first: string;

beforeAll(async () => {
  gatehouse = await startGatehouse();
  acme = await inhabited(gatehouse, 'acme', { session: { ttl: 300 * DAY } });
  await gatehouse.services.clients.create(acme, webClient('other'));
  web = rawClient(acme.issuer, 'web');
});
beforeEach(async () => {
  ({ refresh_token: first } = await newTokens(agent, web, { resource: OPAQUE_API, scope: 'openid read' }));
});
afterEach(restoreClock);
afterAll(() => gatehouse.stop());

const isActive = async (token: string): Promise<boolean> => (await web.introspect(token)).active;
const refreshed = async (token: string): Promise<string> => {
  const { status, body } = await web.refresh(token);
  if (status !== 200) throw new Error(`not refreshed: ${JSON.stringify(body)}`);
  return body.refresh_token;
};

describe('T036 the answer to a refresh was lost', () => {
  test('within the leeway the predecessor gives the same successor, as often as it is asked', async () => {
    const successor = await refreshed(first);
    moveClock(LEEWAY - 1);
    expect([await refreshed(first), await refreshed(first)]).toEqual([successor, successor]);
    expect(await isActive(successor)).toBe(true);
    expect((await web.refresh(successor)).status).toBe(200);
  });

  test('an older ancestor is no lost answer: it ends the chain', async () => {
    const second = await refreshed(first);
    const third = await refreshed(second);
    expect(await web.refresh(first)).toMatchObject(INVALID_GRANT);
    expect(await web.refresh(third)).toMatchObject(INVALID_GRANT);
  });

  test('a retry does not make the leeway longer', async () => {
    const successor = await refreshed(first);
    moveClock(LEEWAY - 2);
    await refreshed(first);
    moveClock(4);
    expect(await web.refresh(first)).toMatchObject(INVALID_GRANT);
    expect(await isActive(successor)).toBe(false);
  });

  test('another client gains nothing by the leeway, and breaks nothing', async () => {
    const successor = await refreshed(first);
    expect(await rawClient(acme.issuer, 'other').refresh(first)).toMatchObject(INVALID_GRANT);
    expect(await isActive(successor)).toBe(true);
  });
});

test('T029 reuse after the leeway ends the whole family, and is told', async () => {
  const { body } = await web.refresh(first);
  moveClock(LEEWAY + 1);
  expect(await web.refresh(first)).toMatchObject(INVALID_GRANT);
  expect(await web.refresh(body.refresh_token)).toMatchObject(INVALID_GRANT);
  expect(await isActive(body.access_token)).toBe(false);
  const reuse = { where: { field: 'type', equals: 'token.reuse_detected' }, limit: 1000 };
  const { items } = await gatehouse.services.audit.find('acme', reuse);
  expect(items.at(-1)).toMatchObject({ outcome: 'failure', clientId: 'web' });
});

test('T030 twenty refreshes at once end in one live chain', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => web.refresh(first)));
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
  const successors = [...new Set(answers.map(({ body }) => body.refresh_token))];
  expect(successors).toHaveLength(1);
  expect(await isActive(successors[0])).toBe(true);
  expect((await web.refresh(successors[0])).status).toBe(200);
});

describe('T031 a refresh token is bound', () => {
  const cases: [string, () => Promise<Answer>, string][] = [
    ['to its client', () => rawClient(acme.issuer, 'other').refresh(first), 'invalid_grant'],
    ['to its scope', () => web.refresh(first, { scope: 'openid read write' }), 'invalid_scope'],
    ['to its resource', () => web.refresh(first, { resource: JWT_API }), 'invalid_target'],
  ];
  test.each(cases)('%s', async (_name, attempt, error) => {
    expect(await attempt()).toMatchObject({ status: 400, body: { error } });
    expect((await web.refresh(first)).status).toBe(200);
  });

  test.each(['rt_', 'rt_x', '', `rt_${'a'.repeat(32)}~0~${'a'.repeat(43)}`])('to its MAC: not %j', async (token) => {
    const { status } = await web.refresh(token);
    expect(status).toBe(400);
  });

  test('to its generation: a later one cannot be made up', async () => {
    const [chain, , mac] = first.split('~');
    expect(await web.refresh(`${chain}~1~${mac}`)).toMatchObject(INVALID_GRANT);
    expect((await web.refresh(first)).status).toBe(200);
  });
});

describe('T032 expiry', () => {
  test('an idle token ends', async () => {
    moveClock(14 * DAY + 1);
    expect(await web.refresh(first)).toMatchObject(INVALID_GRANT);
  });

  test('rotation goes on, but never beyond the absolute age', async () => {
    let token = first;
    for (let days = 0; days < 84; days += 12) {
      moveClock(12 * DAY);
      token = await refreshed(token);
    }
    const { exp, iat } = await web.introspect(token);
    expect(exp - iat).toBeLessThanOrEqual(6 * DAY);
    moveClock(6 * DAY + 1);
    expect(await web.refresh(token)).toMatchObject(INVALID_GRANT);
  });
});
