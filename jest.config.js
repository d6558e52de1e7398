/** Tests run as the product does: ES modules, types stripped by Node itself. */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/src/**/*.test.ts', '<rootDir>/test/**/*.test.ts'],
  transform: { '\\.ts$': '<rootDir>/test/support/strip-types.js' },
  globalSetup: '<rootDir>/test/support/global-setup.js',
  globalTeardown: '<rootDir>/test/support/global-teardown.js',
  reporters: ['default', '<rootDir>/test/support/engines-reporter.js'],
  // Only what hangs takes so long: a machine that is ten times slower, or busy, passes all the same.
  testTimeout: 300_000,
  // Much of the time is waiting: for browsers, servers, other processes.
  maxWorkers: 2,
  // A worker keeps the modules of every file that it has run.
  workerIdleMemoryLimit: '1GB',
};
