import { writeSync } from 'node:fs';
import { engines } from './find-engines.js';

/** Says at the end which engines the tests ran on; the last line is for machines. */
export default class EnginesReporter {
  onRunComplete(_contexts, results) {
    const lines = ['', 'Engines: sqlite ran'];
    for (const [name, { variable, help }] of Object.entries(engines)) {
      lines.push(process.env[variable] ? `         ${name} ran` : `         ${name} SKIPPED: ${help}`);
    }
    // A file that does not even load has no test to count.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    lines.push(`${results.numPassedTests} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
    // jest's own summary comes after its reporters.
    process.once('exit', () => writeSync(1, `${lines.join('\n')}\n`));
  }
}
