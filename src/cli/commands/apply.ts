import { Command } from 'commander';
import type { Services } from '../../services.ts';
import { checkSource } from '../apply/check.ts';
import { loadCurrent } from '../apply/current.ts';
import { describe, summary } from '../apply/describe.ts';
import { execute } from '../apply/execute.ts';
import { type Change, plan } from '../apply/plan.ts';
import { readDocument } from '../document.ts';
import { EXIT } from '../exit.ts';
import { type OutputOptions, print } from '../output.ts';
import { progress } from '../progress.ts';
import { withServices } from '../services.ts';

type Options = OutputOptions & { plan?: boolean };

export const applyCommand = (): Command =>
  new Command('apply')
    .description('make what a YAML or JSON file describes; a second run changes nothing')
    .argument('<file>', 'the file, or - for the standard input')
    .option('--plan', 'only print the differences; exit code 3 when there are any')
    .option('--json', 'print JSON')
    .action((file: string, options: Options) => withServices((services) => apply(services, file, options)));

async function apply(services: Services, file: string, options: Options): Promise<void> {
  const wanted = await checkSource(services, readDocument(file));
  const changes = plan(await loadCurrent(services, wanted), wanted);
  const due = changes.filter(({ action }) => action !== 'none');
  if (options.plan) {
    print({ changes: changes.map(shown), summary: summary(changes) }, describe(changes), options);
    if (due.length > 0) process.exitCode = EXIT.differs;
    return;
  }
  const secrets = await execute(services, changes, progress('apply', due.length));
  print({ changes: due.map(shown), summary: summary(changes), secrets }, describe(changes, secrets), options);
}

const shown = ({ kind, tenant, id, action, fields }: Change) => ({ kind, tenant, id, action, fields });
