import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type TestTenants, twoTenants } from '../../test/support/tenants.ts';
import { storedSettings } from '../tenants/stored-settings.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { type AlertMail, createAlerts } from './alerts.ts';
import type { Attack } from './attacks.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const NOW = Date.parse('2026-11-02T12:00:00Z');
const spray: Attack = { type: 'attack.spray', by: 'password', key: 'k', count: 51, within: 120 };

let at: TestTenants;
let now: number;
let mails: Parameters<AlertMail['send']>[1][];
let posts: { url: string; headers: Record<string, string>; body: string }[];
let rests: number[];
let faults: Error[];
let answer: (url: string) => Response;
beforeEach(async () => {
  now = NOW;
  at = await twoTenants(() => now);
  [mails, posts, rests, faults] = [[], [], [], []];
  answer = () => new Response(null, { status: 204 });
});
afterEach(() => at.store.close());

const alertsWith = (mail: AlertMail = { send: async (_tenant, mail) => mails.push(mail) }) =>
  createAlerts({
    mail,
    fetch: (async (url: string, init: { headers: Record<string, string>; body: string }) => {
      posts.push({ url, headers: init.headers, body: init.body });
      return answer(url);
    }) as unknown as typeof globalThis.fetch,
    audit: at.audit,
    fault: (error) => faults.push(error),
    wait: async (ms) => rests.push(ms),
  });
const both = {
  email: ['soc@acme.example', 'ops@acme.example'],
  webhook: { url: 'https://soc.example/in', secret: SECRET },
};
async function tenantWith(alerts: { email?: string[]; webhook?: { url: string; secret: string } }): Promise<Tenant> {
  return { ...at.a, settings: storedSettings(await at.tenants.change('a', { settings: { risk: { alerts } } })) };
}
/** What was started is over: nothing of it waits for anything outside this process. */
async function settled(): Promise<void> {
  for (let turns = 0; turns < 100; turns += 1) await new Promise(setImmediate);
}
const failures = async () => (await at.audit.find('a')).items.filter(({ type }) => type === 'alert.failed');

test('it is told by mail and by a signed webhook', async () => {
  const tenant = await tenantWith(both);
  alertsWith()(tenant, spray, NOW);
  await settled();
  const data = { what: 'attack.spray', count: 51, since: NOW - 120_000 };
  expect(mails).toEqual(both.email.map((to) => ({ template: 'attack_alert', to, data })));
  const [{ url, headers, body }] = posts as [(typeof posts)[0]];
  expect(url).toBe('https://soc.example/in');
  expect(JSON.parse(body)).toEqual({
    type: 'attack.spray',
    timestamp: '2026-11-02T12:00:00.000Z',
    data: { tenant: 'a', by: 'password', count: 51, since: '2026-11-02T11:58:00.000Z' },
  });
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  const signature = createHmac('sha256', Buffer.alloc(32, 7)).update(signed).digest('base64');
  expect(headers['webhook-signature']).toBe(`v1,${signature}`);
  expect([await failures(), faults]).toEqual([[], []]);
});

test('once in 15 minutes for each kind, whatever node it is', async () => {
  const tenant = await tenantWith({ email: ['soc@acme.example'] });
  for (const alert of [alertsWith(), alertsWith()]) {
    for (let i = 0; i < 5; i += 1) alert(tenant, { ...spray, key: `k${i}` }, NOW);
    alert(tenant, { ...spray, type: 'attack.stuffing' }, NOW);
  }
  await settled();
  expect(mails.map(({ data }) => data.what).sort()).toEqual(['attack.spray', 'attack.stuffing']);
  now += 901_000;
  alertsWith()(tenant, spray, now);
  await settled();
  expect(mails).toHaveLength(3);
});

test('nobody is told where nobody is named', async () => {
  alertsWith()(at.a, spray, NOW);
  await settled();
  expect([mails, posts, faults]).toEqual([[], [], []]);
});

test('a receiver that is down is tried again, under the same id, within 5 s', async () => {
  let tries = 0;
  answer = () => {
    tries += 1;
    if (tries === 1) throw new TypeError('fetch failed');
    return new Response(null, { status: tries === 2 ? 500 : 200 });
  };
  alertsWith()(await tenantWith({ webhook: both.webhook }), spray, NOW);
  await settled();
  expect(new Set(posts.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  expect(posts).toHaveLength(3);
  expect(rests.reduce((sum, ms) => sum + ms)).toBeLessThan(5000);
  expect(await failures()).toEqual([]);
});

test('what could not be told is an event, and keeps the other way from nothing', async () => {
  answer = () => new Response(null, { status: 500 });
  const mail = { send: async () => Promise.reject(new Error('the outbox is full')) };
  alertsWith(mail)(await tenantWith(both), spray, NOW);
  await settled();
  expect(
    (await failures()).map(({ details }) => details).sort((a, b) => (String(a!.channel) < String(b!.channel) ? -1 : 1)),
  ).toEqual([
    { channel: 'mail', about: 'attack.spray', reason: 'the outbox is full' },
    { channel: 'mail', about: 'attack.spray', reason: 'the outbox is full' },
    { channel: 'webhook', about: 'attack.spray', reason: 'it answered 500' },
  ]);
  expect(JSON.stringify(await failures())).not.toContain('whsec_');
});

test('a store that is down is a fault, and breaks nothing else', async () => {
  const tenant = await tenantWith(both);
  await at.store.close();
  alertsWith()(tenant, spray, NOW);
  await settled();
  expect(faults).toEqual([expect.objectContaining({ code: 'unavailable' })]);
});
