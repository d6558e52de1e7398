import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Tenant } from '../../src/tenants/tenant.ts';
import type { TestGatehouse } from '../support/gatehouse.ts';
import { textOf } from '../support/html.ts';
import { CALLBACK, PASSWORD } from '../support/relying-party.ts';
import { formsOf, type Page } from '../support/user-agent.ts';
import { begin, browserAt, signInAt, startBehindProxy, submit, tenantOf } from '../support/visitors.ts';

/** T092: lists of stolen passwords, sprays and botnets on the page that people use. T093: whom they find is not told. */

const GUESSES = 500;

let gatehouse: TestGatehouse;
let tenant: Tenant;
let count = 0;

beforeAll(async () => {
  gatehouse = await startBehindProxy();
});
afterAll(() => gatehouse.stop());
beforeEach(async () => {
  count += 1;
  tenant = await tenantOf(gatehouse, `t${count}`);
});
afterEach(() => {
  jest.restoreAllMocks();
});

const isIn = ({ url }: Page) => url.startsWith(CALLBACK) && url.includes('code=');
const addressOf = (i: number) => `198.${18 + (i >> 8)}.${i & 255}.9`;
const eventsOf = async (prefix: string) =>
  (await gatehouse.services.audit.find(tenant.id, { limit: 1000 })).items
    .map(({ type }) => type)
    .filter((type) => type.startsWith(prefix));

type Guess = { ip: string; identifier: string; password: string };

/** As a program would: one sign-in that was begun, and its form sent again and again, 20 at a time. */
async function guess(guesses: Guess[]): Promise<Page[]> {
  const agent = browserAt('192.0.2.66');
  const page = await begin(tenant, agent);
  const [form] = formsOf(page);
  const answers: Page[] = [];
  for (let at = 0; at < guesses.length; at += 20) {
    const some = guesses
      .slice(at, at + 20)
      .map(({ ip, ...fields }) => agent.post(form!.action, { ...form!.fields, ...fields }, { 'x-forwarded-for': ip }));
    answers.push(...(await Promise.all(some)));
  }
  return answers;
}

describe.each([
  [
    'one address with a list of users',
    'attack.stuffing',
    100,
    (i: number) => ({ ip: '198.51.100.9', identifier: `user${i}@example.com`, password: `stolen ${i}` }),
  ],
  [
    'one password at many users, from many addresses',
    'attack.spray',
    50,
    (i: number) => ({ ip: addressOf(i), identifier: `user${i}@example.com`, password: 'spring 2026' }),
  ],
  [
    'many addresses at one user',
    'attack.guessing',
    50,
    (i: number) => ({ ip: addressOf(i), identifier: 'ada@example.com', password: `guess ${i}` }),
  ],
] as const)('%s', (_name, event, limit, make) => {
  test('is slowed down, told of once, and shuts out nobody who was here or comes from elsewhere', async () => {
    const home = browserAt('203.0.113.20');
    await signInAt(tenant, home);
    const verify = jest.spyOn(gatehouse.services.passwords, 'verify');
    const answers = await guess(Array.from({ length: GUESSES }, (_, i) => make(i)));
    expect(answers.filter(({ status }) => status === 422)).toHaveLength(limit);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(GUESSES - limit);
    expect(verify.mock.calls.length).toBeLessThanOrEqual(limit);
    const refused = answers.at(-1)!;
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(60);
    expect(textOf(refused.body)).toMatch(/Too many attempts.*You can try again in \d+ minutes/);
    expect(await eventsOf('attack.')).toEqual([event]);

    // Whoever has the right password in the list is too late.
    const [late] = await guess([{ ...make(GUESSES - 1), identifier: 'ada@example.com' }]);
    expect(late!.status).toBe(429);
    expect(isIn(await signInAt(tenant, home))).toBe(true);
    expect(isIn(await signInAt(tenant, browserAt('203.0.113.30'), { identifier: 'grace@example.com' }))).toBe(true);
  });
});

describe('T093: who there is', () => {
  /** Every way of not getting in. */
  const nobodies = async (): Promise<[string, string][]> => {
    const { accounts } = gatehouse.services;
    const password = PASSWORD;
    await accounts.create(tenant, { email: 'disabled@example.com', password, status: 'disabled' });
    await accounts.create(tenant, { email: 'unverified@example.com', password });
    await accounts.create(tenant, { email: 'no-password@example.com' });
    const reset = await accounts.create(tenant, { email: 'reset@example.com', password });
    await accounts.requireReset(tenant, reset.id);
    return [
      ['nobody@example.com', password],
      ['ada@example.com', 'wrong'],
      ['disabled@example.com', password],
      ['unverified@example.com', 'wrong'],
      ['no-password@example.com', password],
      ['reset@example.com', 'wrong'],
    ];
  };

  test('is not in the answer', async () => {
    const seen: unknown[] = [];
    for (const [i, [identifier, password]] of (await nobodies()).entries()) {
      const agent = browserAt(addressOf(i));
      const begun = await begin(tenant, agent);
      const page = await submit(agent, begun, { identifier, password });
      const headers = Object.fromEntries(page.headers);
      const own = [identifier, ...(/[\w-]{21,}/g.exec(page.url) ?? []), ...(formsOf(page)[0]?.fields.csrf ?? [''])];
      seen.push({
        status: page.status,
        headers: Object.keys(headers).sort(),
        cookies: page.headers.getSetCookie().map((cookie) => cookie.split('=')[0]),
        body: own.reduce((body, text) => body.replaceAll(text, '…'), page.body).length,
      });
    }
    for (const one of seen) expect(one).toEqual(seen[0]);
  });

  test('is not in the work', async () => {
    const works: string[][] = [];
    const cases = await nobodies();
    const live = (await gatehouse.services.resolver.byId(tenant.id))!;
    // What is kept for a second is at hand, and is not asked for anew in the midst of one of them.
    await signInAt(tenant, browserAt('203.0.113.40'), { password: 'wrong' });
    jest.spyOn(performance, 'now').mockReturnValue(performance.now());
    for (const [i, [identifier, password]] of cases.entries()) {
      const agent = browserAt(addressOf(i));
      const begun = await begin(tenant, agent);
      const work: string[] = [];
      const spies = spyOnWork(live, work);
      await submit(agent, begun, { identifier, password });
      for (const spy of spies) spy.mockRestore();
      works.push(work);
    }
    for (const work of works) expect(work).toEqual(works[0]);
    expect(works[0]).toContain('verify');
    expect(works[0]!.filter((name) => name === 'increment').length).toBeGreaterThan(4);
  });
});

/** The names of what is done, in order. */
function spyOnWork({ store }: Tenant, work: string[]) {
  const { passwords } = gatehouse.services;
  const verify = passwords.verify.bind(passwords);
  const records = store.records.bind(store);
  return [
    jest.spyOn(passwords, 'verify').mockImplementation((...args) => {
      work.push('verify');
      return verify(...args);
    }),
    jest.spyOn(store, 'records').mockImplementation((type) => {
      work.push(`records ${type.name}`);
      return records(type);
    }),
    ...(['increment', 'find', 'swap', 'put'] as const).map((name) => {
      const original = store.artifacts[name].bind(store.artifacts) as (...args: unknown[]) => unknown;
      return jest.spyOn(store.artifacts, name).mockImplementation(((...args: unknown[]) => {
        work.push(name);
        return original(...args);
      }) as never);
    }),
  ];
}

test('T088: a full queue is a page that says so, and health answers', async () => {
  const busy = await startBehindProxy({ GATEHOUSE_BCRYPT_COST: '8' });
  let flooded = true;
  try {
    const crowded = await tenantOf(busy, 'crowded', { risk: { challenge: { from_score: 101 } } });
    // Who has a place takes it again as soon as it is free, before any request is looked at: the queue stays full.
    const takePlace = async (): Promise<void> => {
      while (flooded) if (!(await busy.services.passwords.verify(crowded, undefined, 'x').catch(() => false))) return;
    };
    const flood = Array.from({ length: 300 }, takePlace);
    const agent = browserAt('192.0.2.66');
    const page = await begin(crowded, agent);
    const signIn = (i: number) => submit(agent, page, { identifier: `user${i}@example.com`, password: `p${i}` });
    const turnedAway = await Promise.all(Array.from({ length: 20 }, (_, i) => signIn(i)));
    const health = await Promise.all(Array.from({ length: 10 }, () => fetch(`${busy.url}/health/live`)));
    expect(health.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(turnedAway.map(({ status }) => status)).toEqual(Array(20).fill(503));
    expect(turnedAway[0]!.headers.get('retry-after')).toBe('5');
    expect(textOf(turnedAway[0]!.body)).toContain('Please try again in 5 seconds.');

    flooded = false;
    await Promise.all(flood);
    expect((await signIn(0)).status).toBe(422);
  } finally {
    flooded = false;
    await busy.stop();
  }
});
