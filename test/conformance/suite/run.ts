import { afterAll, afterEach, beforeAll, describe, test } from '@jest/globals';
import { restoreClock } from '../../support/clock.ts';
import { modules } from '../modules/index.ts';
import type { Variant } from './flow.ts';
import type { Modules } from './modules.ts';
import { type Op, startOp } from './op.ts';

/** A test for each module of a plan, by its name; one Gatehouse for all of them. `prepare` comes before them. */
export function runPlan(
  tenant: string,
  runs: readonly { variant: Variant; modules: readonly string[] }[],
  prepare: (op: Op) => Promise<void> = async () => {},
): void {
  let op: Op;
  beforeAll(async () => {
    op = await startOp(tenant);
    await prepare(op);
  });
  afterAll(() => op.stop());

  for (const { variant, modules: names } of runs) testModules(variant, modules, names, () => ({ op, variant }));
}

/** `plan`: what each module is run in. */
export function testModules<P>(
  variant: object,
  known: Modules<P>,
  names: readonly string[],
  plan: () => P | Promise<P>,
): void {
  const title = Object.entries(variant).map(([name, value]) => `${name}=${value}`);
  describe(title.join(' '), () => {
    afterEach(restoreClock);
    test.each([...names])('%s', async (name) => {
      const module = known[name];
      if (!module) throw new Error(`there is no module ${name}`);
      await module(await plan());
    });
  });
}

/** Each response type of a plan with its modules. */
export const perResponseType = (plan: Record<string, readonly string[]>, more: Omit<Variant, 'response_type'> = {}) =>
  Object.entries(plan).map(([response_type, names]) => ({ variant: { response_type, ...more }, modules: names }));
