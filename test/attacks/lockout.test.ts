import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { LIMITS } from '../../src/risk/throttle.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import type { TestGatehouse } from '../support/gatehouse.ts';
import { textOf } from '../support/html.ts';
import { CALLBACK } from '../support/relying-party.ts';
import type { Page, UserAgent } from '../support/user-agent.ts';
import {
  begin,
  browserAt,
  failures,
  GERMAN,
  signInAt,
  startBehindProxy,
  submit,
  tenantOf,
} from '../support/visitors.ts';

/** T091: whoever fails on purpose shuts nobody out who has signed in before. */

let gatehouse: TestGatehouse;
let tenant: Tenant;
let home: UserAgent;
let ada: string;
let count = 0;

const HOME = GERMAN;
const isIn = ({ url }: Page) => url.startsWith(CALLBACK) && url.includes('code=');
const strange = (i: number) => `198.${18 + (i >> 8)}.${i & 255}.9`;

beforeAll(async () => {
  gatehouse = await startBehindProxy();
});
afterAll(() => gatehouse.stop());

async function setTenant(): Promise<void> {
  count += 1;
  tenant = await tenantOf(gatehouse, `t${count}`, { risk: { step_up_score: 101, deny_score: 101 } });
  ada = (await gatehouse.services.accounts.findByIdentifier(tenant, 'ada@example.com'))!.id;
  home = browserAt(HOME);
  await signInAt(tenant, home);
}

describe.each([
  ['500 addresses', (i: number) => strange(i)],
  ['her own address', () => HOME],
])('while %s guess the password of an account', (_name, addressOf) => {
  beforeAll(async () => {
    await setTenant();
    await failures(tenant, 500, (i) => ({ account: ada, ip: addressOf(i) }));
  });

  test('its own device gets in, from wherever, as often as it likes', async () => {
    for (const ip of [HOME, '192.0.2.77', addressOf(3)]) {
      const travelling = browserAt(ip);
      travelling.setCookies([...home.cookies()]);
      for (let i = 0; i < 3; i += 1) expect(isIn(await signInAt(tenant, travelling))).toBe(true);
    }
  });

  test('it does not become better for who guesses, when she signs in', async () => {
    await signInAt(tenant, home);
    const page = await signInAt(tenant, browserAt(addressOf(7)), { password: 'guess' });
    expect(page.status).toBe(429);
  });

  test('others get in from where nobody fails', async () => {
    expect(isIn(await signInAt(tenant, browserAt('203.0.113.5'), { identifier: 'grace@example.com' }))).toBe(true);
  });
});

test('the cookie helps with its own accounts only, and not without end', async () => {
  await setTenant();
  const agent = browserAt(HOME);
  agent.setCookies([...home.cookies()]);
  const page = await begin(tenant, agent, { prompt: 'login' });
  const statuses: number[] = [];
  for (let i = 0; i <= LIMITS.device.max; i += 1)
    statuses.push((await submit(agent, page, { password: `g${i}` })).status);
  expect(statuses).toEqual([...Array(LIMITS.device.max).fill(422), 429]);

  await failures(tenant, 500, (i) => ({ account: 'grace', ip: strange(i) }));
  await failures(tenant, 500, (i) => ({ account: `user ${i}`, ip: HOME }));
  const asGrace = await submit(agent, page, { identifier: 'grace@example.com' });
  expect(asGrace.status).toBe(429);
});

test('the page of who has to wait says for how long, in words, and has a way on', async () => {
  await setTenant();
  await failures(tenant, 500, () => ({ account: ada, ip: '203.0.113.9' }));
  const agent = browserAt('203.0.113.9');
  const page = await signInAt(tenant, agent);
  expect([page.status, Number(page.headers.get('retry-after'))]).toEqual([429, expect.any(Number)]);
  expect(textOf(page.body)).toMatch(/You can try again in 15 minutes\./);
  expect((await agent.get(page.url)).status).toBe(200);
});
