import { report } from './exit.ts';
import { program } from './program.ts';

// `gatehouse export acme | head`: the reader has had enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

try {
  await program().parseAsync(process.argv);
} catch (error) {
  process.exitCode = report(error, process.argv.includes('--json'));
}
