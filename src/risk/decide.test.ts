import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type RiskPolicy, risk, type SignalName } from '../tenants/settings/risk.ts';
import { decide, type RiskAction } from './decide.ts';
import { recordable, recordedRiskOf } from './recordable.ts';
import { type Signals, type SignalsInput, signalsOf } from './signals.ts';

const DEFAULTS: RiskPolicy = risk.parse({});

const strange = { newDevice: true, newAddress: true, newNetwork: true };

describe('the default policy', () => {
  const cases: [string, SignalsInput, RiskAction, number][] = [
    ['nothing to say', {}, 'allow', 0],
    ['a new device at home', { newDevice: true }, 'allow', 15],
    ['a new device in another network', strange, 'allow', 25],
    ['a known device abroad', { newAddress: true, newNetwork: true, newCountry: true }, 'allow', 30],
    ['a new device abroad', { ...strange, newCountry: true }, 'step_up', 45],
    ['faster than a plane', { newCountry: true, km: 9000, kmh: 4000 }, 'step_up', 50],
    ['as fast as a plane', { newCountry: true, km: 900, kmh: 900 }, 'allow', 20],
    ['two wrong passwords before', { pairFailures: 2, accountFailures: 2, addressFailures: 2 }, 'allow', 0],
    ['nine wrong passwords before', { pairFailures: 9, accountFailures: 9, addressFailures: 9 }, 'allow', 10],
    ['a new device of an account under attack', { newDevice: true, accountFailures: 40 }, 'step_up', 50],
    ['a new device in a tenant under attack', { newDevice: true, tenantFailures: 1000 }, 'step_up', 50],
    [
      'a right password in the midst of an attack',
      { addressFailures: 90, accountFailures: 40, tenantFailures: 1000 },
      'deny',
      100,
    ],
    ['a leaked password on a new device', { ...strange, leakedPassword: true }, 'step_up', 50],
    ['a script', { noAcceptLanguage: true, headless: true, tooFast: true }, 'allow', 15],
    [
      'a script that filled in what nobody sees, with a leaked password',
      { ...strange, leakedPassword: true, honeypot: true },
      'deny',
      100,
    ],
    ['a worried upstream', { upstreamRisk: 'medium' }, 'allow', 20],
    ['an alarmed upstream, elsewhere', { upstreamRisk: 'high', newDevice: true }, 'step_up', 55],
  ];
  test.each(cases)('%s', (_name, given, action, score) => {
    expect(decide(signalsOf(given), DEFAULTS)).toMatchObject({ action, score });
  });
});

test('each signal alone gives its weight, by its name', () => {
  const alone: Record<SignalName, SignalsInput> = {
    new_device: { newDevice: true },
    new_address: { newAddress: true },
    new_network: { newNetwork: true },
    new_country: { newCountry: true },
    impossible_travel: { km: 5000, kmh: 5000 },
    unusual_hour: { unusualHour: true },
    failures_pair: { pairFailures: 8 },
    failures_account: { accountFailures: 30 },
    failures_address: { addressFailures: 40 },
    failures_network: { networkFailures: 200 },
    failures_tenant: { tenantFailures: 1000 },
    common_password: { commonPassword: true },
    leaked_password: { leakedPassword: true },
    no_accept_language: { noAcceptLanguage: true },
    headless: { headless: true },
    too_fast: { tooFast: true },
    honeypot: { honeypot: true },
    disposable_mail: { disposableMail: true },
    upstream_risk: { upstreamRisk: 'high' },
  };
  for (const [signal, given] of Object.entries(alone) as [SignalName, SignalsInput][]) {
    const weight = DEFAULTS.weights[signal];
    expect(decide(signalsOf(given), DEFAULTS).reasons).toEqual([{ signal, weight, detail: expect.any(String) }]);
  }
});

test('a tenant weighs otherwise', () => {
  const policy = risk.parse({ weights: { new_device: 0, new_country: 60 }, step_up_score: 50, deny_score: 60 });
  expect(decide(signalsOf({ newDevice: true }), policy)).toEqual({ score: 0, reasons: [], action: 'allow' });
  expect(decide(signalsOf({ newCountry: true }), policy)).toMatchObject({ score: 60, action: 'deny' });
  expect(decide(signalsOf({ km: 400, kmh: 400 }), risk.parse({ travel_kmh: 300 })).score).toBe(30);
});

describe('for any signals and policy', () => {
  const count = fc.integer({ min: 0, max: 5000 });
  const levels = ['none', 'low', 'medium', 'high'] as const;
  const fields = Object.fromEntries(
    Object.entries(signalsOf()).map(([name, value]) => [name, typeof value === 'number' ? count : fc.boolean()]),
  );
  const anySignals = fc.record({ ...fields, upstreamRisk: fc.constantFrom(...levels) }) as fc.Arbitrary<unknown>;
  const signals = anySignals as fc.Arbitrary<Signals>;
  const weights = fc.record(
    Object.fromEntries(Object.keys(DEFAULTS.weights).map((name) => [name, fc.integer({ min: 0, max: 100 })])),
  );
  const policy = fc
    .tuple(weights, fc.integer({ min: 1, max: 101 }), fc.integer({ min: 1, max: 101 }))
    .map(([weights, one, other]) =>
      risk.parse({ weights, step_up_score: Math.min(one, other), deny_score: Math.max(one, other) }),
    );
  const ACTIONS: RiskAction[] = ['allow', 'step_up', 'deny'];

  /** The worse of two values of one field. */
  const worse = (a: unknown, b: unknown) => {
    if (typeof a === 'number') return Math.max(a, b as number);
    if (typeof a === 'boolean') return a || b;
    return levels[Math.max(levels.indexOf(a as never), levels.indexOf(b as never))];
  };

  test('more bad signals never lower the score, nor soften the action', () => {
    fc.assert(
      fc.property(signals, signals, policy, (some, others, policy) => {
        const names = Object.keys(some) as (keyof Signals)[];
        const all = Object.fromEntries(names.map((name) => [name, worse(some[name], others[name])])) as Signals;
        const [less, more] = [decide(some, policy), decide(all, policy)];
        expect(more.score).toBeGreaterThanOrEqual(less.score);
        expect(ACTIONS.indexOf(more.action)).toBeGreaterThanOrEqual(ACTIONS.indexOf(less.action));
      }),
    );
  });

  test('the score is bounded and the sum of the reasons; what is recorded gives the same decision again', () => {
    fc.assert(
      fc.property(signals, policy, (some, policy) => {
        const decision = decide(some, policy);
        const sum = decision.reasons.reduce((total, { weight }) => total + weight, 0);
        expect(decision.score).toBe(Math.min(100, sum));
        const recorded = recordedRiskOf(JSON.parse(JSON.stringify({ risk: recordable(some, decision) })));
        expect(recorded).toMatchObject({ score: decision.score, action: decision.action });
        expect(decide(recorded!.signals, policy)).toEqual(decision);
      }),
    );
  });
});

test.each([[undefined], [{}], [{ risk: 'high' }], [{ risk: { score: 1, action: 'maybe', reasons: {}, signals: {} } }]])(
  'no risk is read from %j',
  (details) => expect(recordedRiskOf(details)).toBeUndefined(),
);
