import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventsOf, type TestTenants, twoTenants } from '../../test/support/tenants.ts';
import { type Attack, type Attacks, createAttacks } from './attacks.ts';

let at: TestTenants;
let now: number;
let alerts: string[];
let node: () => Attacks;

beforeEach(async () => {
  now = Date.now();
  alerts = [];
  at = await twoTenants(() => now);
  const alert = (tenant: { id: string }, { type }: Attack) => void alerts.push(`${tenant.id} ${type}`);
  node = () => createAttacks({ audit: at.audit, clock: () => now, alert });
});
afterEach(() => at.store.close());

const spray: Attack = { type: 'attack.spray', by: 'password', key: 'k1', count: 51, within: 120 };
const attacks = async (tenant = at.a) =>
  (await eventsOf(at.audit, tenant)).filter((type) => type.startsWith('attack.')).sort();

test('many requests at many nodes are one event and one alert', async () => {
  const nodes = [node(), node(), node()];
  await Promise.all(Array.from({ length: 90 }, (_, i) => nodes[i % 3]!.report(at.a, spray, { ip: '203.0.113.7' })));
  expect(await attacks()).toEqual(['attack.spray']);
  expect(alerts).toEqual(['a attack.spray']);
  const [event] = (await at.audit.find(at.a.id)).items.filter(({ type }) => type === 'attack.spray');
  expect(event).toMatchObject({
    outcome: 'failure',
    ip: '203.0.113.7',
    details: { by: 'password', count: 51, within: 120 },
  });
});

test('of others, of another kind, in another tenant, and later once more', async () => {
  const { report } = node();
  await report(at.a, spray, {});
  await report(at.a, { ...spray, key: 'k2' }, {});
  await report(at.a, { ...spray, type: 'attack.otp_guessing' }, {});
  await report(at.b, spray, {});
  expect(await attacks()).toEqual(['attack.otp_guessing', 'attack.spray', 'attack.spray']);
  expect(await attacks(at.b)).toEqual(['attack.spray']);
  now += 15 * 60_000 + 1000;
  await report(at.a, spray, {});
  expect(await attacks()).toHaveLength(4);
});
