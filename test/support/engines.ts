import { describe } from '@jest/globals';
import { newId } from '../../src/core/ids.ts';

/** What a test may need beyond Node. `global-setup.js` looks for it once a run and tells by these variables. */
const VARIABLES = {
  redis: 'GATEHOUSE_TEST_REDIS_URL',
  mongo: 'GATEHOUSE_TEST_MONGODB_URI',
  browser: 'GATEHOUSE_TEST_BROWSER',
} as const;

export type Engine = keyof typeof VARIABLES;

const found = (engine: Engine): string | undefined => process.env[VARIABLES[engine]];

function given(engine: Engine): string {
  const value = found(engine);
  if (!value) throw new Error(`no ${engine} here: declare the test with describeWith('${engine}', ...)`);
  return value;
}

/** Declares the tests; where an engine is missing they are skipped, and the end of the run says so. */
export function describeWith(engines: Engine | Engine[], name: string, tests: () => void): void {
  const missing = [engines].flat().filter((engine) => !found(engine));
  if (missing.length > 0) describe.skip(`${name} (needs ${missing.join(' and ')})`, tests);
  else describe(name, tests);
}

export const redisUrl = (): string => given('redis');

/** The URI of a database of its own for each caller; give a name to open the same one again. */
export const mongoUri = (database = `gatehouse_test_${newId().toLowerCase()}`): string =>
  given('mongo').replace(/^([a-z+]+:\/\/[^/?]+)(\/[^?]*)?/, `$1/${database}`);

/** Path of a Chromium. */
export const browserPath = (): string => given('browser');
