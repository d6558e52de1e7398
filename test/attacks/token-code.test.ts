import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { moveClock, restoreClock } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { inhabited } from '../support/inhabited.ts';
import { newCode, type RawClient, rawClient } from '../support/raw-client.ts';
import { CALLBACK, webClient } from '../support/relying-party.ts';
import { createUserAgent } from '../support/user-agent.ts';

let gatehouse: TestGatehouse;
let acme: Tenant;
let web: RawClient;
let other: RawClient;
const agent = createUserAgent({ stopAt: CALLBACK });

beforeAll(async () => {
  gatehouse = await startGatehouse();
  acme = await inhabited(gatehouse, 'acme');
  await gatehouse.services.clients.create(acme, webClient('other'));
  web = rawClient(acme.issuer, 'web');
  other = rawClient(acme.issuer, 'other');
});
afterEach(restoreClock);
afterAll(() => gatehouse.stop());

const eventTypes = async () => (await gatehouse.services.audit.find('acme', { limit: 1000 })).items.map((e) => e.type);

test('T007 a replayed code is refused and ends what its first use gave', async () => {
  const redemption = await newCode(agent, web);
  const { body: tokens } = await web.token(redemption);
  expect((await web.userinfo(tokens.access_token)).status).toBe(200);

  const replayed = await web.token(redemption);
  expect(replayed).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  expect((await web.userinfo(tokens.access_token)).status).toBe(401);
  expect(await web.introspect(tokens.access_token)).toEqual({ active: false });
  expect(await web.introspect(tokens.refresh_token)).toEqual({ active: false });
  expect(await web.refresh(tokens.refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  await eventually(async () => (await eventTypes()).includes('token.reuse_detected'));
});

test('T008 of twenty redemptions of one code at once exactly one is answered', async () => {
  const redemption = await newCode(agent, web);
  const answers = await Promise.all(Array.from({ length: 20 }, () => web.token(redemption)));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(19).fill(400)]);
  const { body } = answers.find(({ status }) => status === 200)!;
  expect(await web.introspect(body.access_token)).toEqual({ active: false });
});

test('T008 of twenty uses of one pushed request at once exactly one is answered', async () => {
  const { query } = web.begin();
  const { body } = await web.post('/request', query);
  const url = `${acme.issuer}/auth?${new URLSearchParams({ client_id: 'web', request_uri: body.request_uri })}`;
  const cookie = agent
    .cookies()
    .filter(({ name }) => name.startsWith('session'))
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ');
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => fetch(url, { redirect: 'manual', headers: { cookie } })),
  );
  const withCode = answers.filter((answer) => answer.headers.get('location')?.includes('code='));
  expect(withCode).toHaveLength(1);
});

describe('T006, T009 a code is bound', () => {
  const cases: [string, (redemption: Record<string, string>) => Promise<{ status: number; body: unknown }>][] = [
    ['to its client', (redemption) => other.token(redemption)],
    ['to its redirect_uri', (redemption) => web.token({ ...redemption, redirect_uri: `${CALLBACK}/` })],
    ['to its verifier', (redemption) => web.token({ ...redemption, code_verifier: 'a'.repeat(43) })],
    ['to a verifier at all', ({ code_verifier: _, ...redemption }) => web.token(redemption)],
  ];
  test.each(cases)('%s, and the rightful client can redeem it still', async (_name, attempt) => {
    const redemption = await newCode(agent, web);
    expect(await attempt(redemption)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect((await web.token(redemption)).status).toBe(200);
  });

  test.each([42, 129])('to a verifier of 43 to 128 characters, not %i', async (length) => {
    const redemption = { ...(await newCode(agent, web)), code_verifier: 'a'.repeat(length) };
    expect(await web.token(redemption)).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });

  test('to a minute', async () => {
    const redemption = await newCode(agent, web);
    moveClock(61);
    expect(await web.token(redemption)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });
});
