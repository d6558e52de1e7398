import { engines, stopEngines } from './find-engines.js';

/** Finds or starts the engines, once a run; the URLs go to the tests by variables. */
export default async function setup() {
  const required = (process.env.GATEHOUSE_TEST_REQUIRE ?? '').split(',').filter(Boolean);
  const missing = required.filter((name) => !engines[name]).map((name) => `"${name}" is none of redis, mongo, browser`);
  for (const [name, { variable, help, find }] of Object.entries(engines)) {
    const found = await find();
    if (found) process.env[variable] = found;
    else if (required.includes(name)) missing.push(`${name} was not found: ${help}`);
  }
  // A server that a test starts has the store that the test gives it, and not the run's.
  delete process.env.REDIS_URL;
  delete process.env.MONGODB_URI;
  if (missing.length > 0) {
    await stopEngines();
    const refusal = new Error(`GATEHOUSE_TEST_REQUIRE: ${missing.join('; ')}`);
    refusal.stack = refusal.message;
    throw refusal;
  }
}
