import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LIMITS, type Limit, waitFor } from './limits.ts';

const limit: Limit = {
  max: 2,
  later: [
    [60, 3],
    [600, 4],
  ],
  window: 3600,
};
const at = (elapsed: number, count: number) => waitFor(limit, { count, resetsIn: limit.window - elapsed });

test.each([
  [0, 1, 0],
  [0, 2, 0],
  [0, 3, 60],
  [59, 3, 1],
  [60, 3, 0],
  [60, 4, 540],
  [600, 4, 0],
  [600, 5, 3000],
  [3599, 5, 1],
])('after %d seconds guess %d waits %d', (elapsed, count, wait) => {
  expect(at(elapsed, count)).toBe(wait);
});

describe.each(Object.entries(LIMITS))('%s', (_name, limit: Limit) => {
  test('grows with time, and within its window', () => {
    const steps = [[0, limit.max] as const, ...limit.later];
    for (const [i, [after, max]] of steps.entries()) {
      expect(after).toBeGreaterThan(steps[i - 1]?.[0] ?? -1);
      expect(max).toBeGreaterThan(steps[i - 1]?.[1] ?? 0);
      expect(after).toBeLessThan(limit.window);
    }
  });

  test('one failure more never waits less, and never beyond the window', () => {
    fc.assert(
      fc.property(fc.nat(2000), fc.integer({ min: 1, max: limit.window }), (count, resetsIn) => {
        const wait = waitFor(limit, { count, resetsIn });
        expect(waitFor(limit, { count: count + 1, resetsIn })).toBeGreaterThanOrEqual(wait);
        expect(wait).toBeLessThanOrEqual(resetsIn);
      }),
    );
  });
});

test('an account and one device of it: no more than 100', () => {
  const most = ({ later, max }: Limit) => later.at(-1)?.[1] ?? max;
  expect(most(LIMITS.account) + most(LIMITS.device)).toBeLessThanOrEqual(100);
});
