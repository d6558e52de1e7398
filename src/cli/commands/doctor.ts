import { Command } from 'commander';
import { examine } from '../doctor/examine.ts';
import { EXIT } from '../exit.ts';
import { type OutputOptions, print, table } from '../output.ts';
import { withServices } from '../services.ts';

export const doctorCommand = (): Command =>
  new Command('doctor')
    .description('look for what is wrong: settings, files, stores, keys, clock, and the server as the world sees it')
    .option('--json', 'print JSON')
    .action((options: OutputOptions) =>
      withServices(async (services) => {
        const findings = await examine(services);
        const text = table(findings.map(({ status, check, message }) => [status, check, message]));
        print(findings, text, options);
        if (findings.some(({ status }) => status === 'fail')) process.exitCode = EXIT.failed;
      }),
    );
