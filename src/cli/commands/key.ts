import { Command } from 'commander';
import type { Services } from '../../services.ts';
import { readPrivate } from '../input.ts';
import { tenantNamed } from '../lookup.ts';
import { date, type OutputOptions, print, table } from '../output.ts';
import { withServices } from '../services.ts';

type ImportKeyOptions = OutputOptions & { alg?: string; kid?: string; now?: boolean };

export function keyCommand(): Command {
  const command = new Command('key').description('signing keys of a tenant: list, rotate, import, revoke');
  command
    .command('list <tenant>')
    .description('the published keys and their states')
    .option('--json', 'print JSON')
    .action((id: string, options: OutputOptions) => withServices((services) => list(services, id, options)));
  command
    .command('rotate <tenant>')
    .description('publish a new key for each algorithm; it signs once every copy of the JWKS has expired')
    .option('--now', 'sign with it at once: relying parties may not know it yet')
    .option('--json', 'print JSON')
    .action((id: string, { now, ...options }: OutputOptions & { now?: boolean }) =>
      withServices(async (services) => {
        await services.tenants.rotateKeys(id, { now: now ?? false });
        await list(services, id, options);
      }),
    );
  command
    .command('import <tenant> <file>')
    .description('a private key of yours (JWK, or PEM in PKCS#8; - for the standard input): signs as after a rotation')
    .option('--alg <alg>', 'the algorithm that it is for; default: what the key says, or alone goes with it')
    .option('--kid <kid>', 'its name; default: what the key says, or its thumbprint')
    .option('--now', 'sign with it at once: relying parties may not know it yet')
    .option('--json', 'print JSON')
    .action((id: string, file: string, { alg, kid, now, ...options }: ImportKeyOptions) =>
      withServices(async (services) => {
        await services.tenants.importKey(id, readPrivate(file), { alg, kid, now: now ?? false });
        await list(services, id, options);
      }),
    );
  command
    .command('revoke <tenant>')
    .description('after a leak: end every key at once, and all that they signed; new ones sign from now on')
    .option('--json', 'print JSON')
    .action((id: string, options: OutputOptions) =>
      withServices(async (services) => {
        await services.tenants.revokeKeys(id);
        await list(services, id, options);
      }),
    );
  return command;
}

async function list(services: Services, id: string, options: OutputOptions): Promise<void> {
  const tenant = await tenantNamed(services, id);
  const keys = tenant.keys.map(({ kid, alg, state, activeFrom }) => ({
    kid,
    alg,
    state,
    active_from: date(activeFrom),
  }));
  print(keys, table(keys.map(({ kid, alg, state, active_from }) => [kid, alg, state, active_from])), options);
}
