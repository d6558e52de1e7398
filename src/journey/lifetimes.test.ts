import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type PolicyPart, policyPart } from '../tenants/settings/authentication.ts';
import { tenantSettings } from '../tenants/settings.ts';
import { type Lifetimes, lifetimesFor } from './lifetimes.ts';

const DAY = 86_400;
const USUAL: Lifetimes = {
  1: { idle: 14 * DAY, absolute: 30 * DAY },
  2: { idle: 3600, absolute: DAY },
  3: { idle: 900, absolute: DAY / 2 },
};
const lifetimes = (settings: object, ...parts: PolicyPart[]) => lifetimesFor(tenantSettings.parse(settings), parts);

test.each<[string, object, PolicyPart[], Partial<Lifetimes>]>([
  ['the tenant alone', {}, [], {}],
  [
    'what the tenant says',
    { session: { ttl: 3600 }, assurance: { aal1: { absolute: DAY }, aal2: { idle: 600 } } },
    [],
    { 1: { idle: 3600, absolute: DAY }, 2: { idle: 600, absolute: DAY } },
  ],
  [
    'the shortest of all',
    { assurance: { aal3: { idle: 300 } } },
    [
      { lifetimes: { aal1: { idle: 7200 }, aal2: { absolute: 3600 }, aal3: { idle: 600 } } },
      { mfa: 'required' },
      { lifetimes: { aal1: { idle: 1800, absolute: 60 * DAY } } },
    ],
    { 1: { idle: 1800, absolute: 30 * DAY }, 2: { idle: 3600, absolute: 3600 }, 3: { idle: 300, absolute: DAY / 2 } },
  ],
])('%s', (_, settings, parts, expected) => {
  expect(lifetimes(settings, ...parts)).toEqual({ ...USUAL, ...expected });
});

test('no part can make anything longer', () => {
  const time = fc.option(fc.integer({ min: 60, max: 900 }), { nil: undefined });
  const level = fc.record({ idle: time, absolute: time });
  const part = fc.record({ lifetimes: fc.record({ aal1: level, aal2: level, aal3: level }) });
  fc.assert(
    fc.property(fc.array(part, { maxLength: 3 }), part, (parts, more) => {
      const before = lifetimes({}, ...parts);
      const after = lifetimes({}, ...parts, more);
      for (const aal of [1, 2, 3] as const) {
        expect(after[aal].idle).toBeLessThanOrEqual(before[aal].idle);
        expect(after[aal].absolute).toBeLessThanOrEqual(before[aal].absolute);
      }
    }),
  );
});

test.each([
  ['aal2', 'idle', 3601],
  ['aal2', 'absolute', DAY + 1],
  ['aal3', 'idle', 901],
  ['aal3', 'absolute', DAY / 2 + 1],
])('T114: nobody loosens what a level is: %s.%s of %i', (aal, name, seconds) => {
  const longer = { [aal]: { [name]: seconds } };
  expect(tenantSettings.safeParse({ assurance: longer }).success).toBe(false);
  expect(policyPart.safeParse({ lifetimes: longer }).success).toBe(false);
  const most = { [aal]: { [name]: seconds - 1 } };
  expect(tenantSettings.safeParse({ assurance: most }).success).toBe(true);
  expect(policyPart.safeParse({ lifetimes: most }).success).toBe(true);
});
