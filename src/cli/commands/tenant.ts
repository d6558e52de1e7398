import { Command } from 'commander';
import { notFound } from '../../core/errors.ts';
import type { Services } from '../../services.ts';
import type { Stored } from '../../store/records.ts';
import type { TenantRecord } from '../../tenants/record.ts';
import { hideSecrets } from '../../tenants/sealed-settings.ts';
import { type TenantSettingsInput, tenantSettings } from '../../tenants/settings.ts';
import { issuerOf } from '../../tenants/tenant.ts';
import { readObject } from '../document.ts';
import { all } from '../lookup.ts';
import { date, facts, type OutputOptions, print, table } from '../output.ts';
import { withServices } from '../services.ts';

type Options = OutputOptions & { name?: string; issuer?: string | false; settings?: string };

const DOES = { suspend: 'stop every flow of a tenant; nothing is lost', resume: 'let its flows go on' } as const;

export function tenantCommand(): Command {
  const command = new Command('tenant').description('tenants: create, list, show, change, suspend, resume');
  const settings = ['--settings <file>', 'settings as YAML or JSON, replaced as a whole'] as const;
  command
    .command('create <id>')
    .description('make a tenant, with its own keys')
    .requiredOption('--name <name>', 'for people')
    .option('--issuer <url>', 'an own origin instead of the path below GATEHOUSE_URL')
    .option(...settings)
    .option('--json', 'print JSON')
    .action((id: string, { name = '', issuer, ...options }: Options) =>
      withServices(async (services) => {
        const input = { id, name, ...(issuer && { issuer }), settings: settingsIn(options.settings) };
        show(services, await services.tenants.create(input), options);
      }),
    );
  command
    .command('list')
    .description('all tenants')
    .option('--json', 'print JSON')
    .action((options: OutputOptions) =>
      withServices(async (services) => {
        const tenants = (await all(services.tenants.list)).map((record) => shown(services, record));
        print(tenants, table(tenants.map(({ id, status, issuer, name }) => [id, status, issuer, name])), options);
      }),
    );
  command
    .command('show <id>')
    .description('one tenant with its settings')
    .option('--json', 'print JSON')
    .action((id: string, options: OutputOptions) =>
      withServices(async (services) => {
        const record = await services.tenants.get(id);
        if (!record) throw notFound(`tenant "${id}"`);
        show(services, record, options);
      }),
    );
  command
    .command('change <id>')
    .description('replace what is given')
    .option('--name <name>', 'for people')
    .option('--issuer <url>', 'an own origin')
    .option('--no-issuer', 'back to the path below GATEHOUSE_URL')
    .option(...settings)
    .option('--json', 'print JSON')
    .action((id: string, { name, issuer, ...options }: Options) =>
      withServices(async (services) => {
        const change = { name, issuer: issuer === false ? null : issuer, settings: settingsIn(options.settings) };
        show(services, await services.tenants.change(id, change), options);
      }),
    );
  for (const verb of ['suspend', 'resume'] as const) {
    command
      .command(`${verb} <id>`)
      .description(DOES[verb])
      .option('--json', 'print JSON')
      .action((id: string, options: OutputOptions) =>
        withServices(async (services) => show(services, await services.tenants[verb](id), options)),
      );
  }
  return command;
}

const settingsIn = (file: string | undefined): TenantSettingsInput | undefined =>
  file === undefined ? undefined : readObject(file, 'settings');

function show(services: Services, record: Stored<TenantRecord>, options: OutputOptions): void {
  const tenant = shown(services, record);
  print(tenant, facts(tenant), options);
}

function shown({ config }: Services, record: Stored<TenantRecord>) {
  const { id, name, status, createdAt } = record;
  const settings = hideSecrets(tenantSettings, record.settings);
  return { id, name, issuer: issuerOf(config.url, id, record), status, settings, created: date(createdAt) };
}
