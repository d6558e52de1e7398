import { X509Certificate } from 'node:crypto';
import { Command } from 'commander';
import { stringify } from 'yaml';
import type { ClientInput } from '../../clients/prepare.ts';
import { invalidInput, isError } from '../../core/errors.ts';
import type { ReadMetadata } from '../../saml/metadata/sp.ts';
import type { Services } from '../../services.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { readText } from '../input.ts';
import { tenantNamed } from '../lookup.ts';
import { date, facts, type OutputOptions, print, table } from '../output.ts';
import { withServices } from '../services.ts';

type ImportOptions = OutputOptions & { id?: string; name?: string; print?: boolean };

export function samlCommand(): Command {
  const command = new Command('saml').description(
    'SAML 2.0 of a tenant: import, metadata, keys, rotate-key, revoke-key',
  );
  command
    .command('import <tenant> <file>')
    .description('a client from the metadata (XML) of a service provider; what they do not say stays as it is')
    .option('--id <client_id>', 'of a new client; default: made')
    .option('--name <name>', 'shown to users; default: that of the metadata')
    .option('--print', 'only print the client, as apply takes it')
    .option('--json', 'print JSON')
    .action((id: string, file: string, options: ImportOptions) =>
      withServices(async (services) => importClient(services, await tenantNamed(services, id), file, options)),
    );
  command
    .command('metadata <tenant>')
    .description('what service providers need to know of the tenant, as XML')
    .action((id: string) =>
      withServices(async (services) => {
        const { writeMetadata } = await import('../../saml/metadata/idp.ts');
        process.stdout.write(writeMetadata(speaking(services, await tenantNamed(services, id))));
      }),
    );
  command
    .command('keys <tenant>')
    .description('the published keys, their states, and the fingerprints of their certificates')
    .option('--json', 'print JSON')
    .action((id: string, options: OutputOptions) => withServices((services) => list(services, id, options)));
  command
    .command('rotate-key <tenant>')
    .description('publish a new key; it signs after saml.publish_ahead_days')
    .option('--now', 'sign with it at once: service providers may not know it yet')
    .option('--json', 'print JSON')
    .action((id: string, { now, ...options }: OutputOptions & { now?: boolean }) =>
      withServices(async (services) => {
        await services.tenants.rotateSamlKey(id, { now: now ?? false });
        await list(services, id, options);
      }),
    );
  command
    .command('revoke-key <tenant>')
    .description('after a leak: end every key at once; a new one signs from now on')
    .option('--json', 'print JSON')
    .action((id: string, options: OutputOptions) =>
      withServices(async (services) => {
        await services.tenants.revokeSamlKey(id);
        await list(services, id, options);
      }),
    );
  return command;
}

/** Error `invalid_input` where SAML is off; what the installation does not allow is warned of. */
function speaking({ config }: Services, tenant: Tenant): Tenant {
  if (!tenant.settings.saml.enabled)
    throw invalidInput(`the tenant "${tenant.id}" does not speak SAML: set saml.enabled in its settings`);
  if (!config.saml) console.error('warning: SAML is switched off in this installation: set GATEHOUSE_SAML=true');
  return tenant;
}

async function importClient(
  services: Services,
  tenant: Tenant,
  file: string,
  { id, name, ...options }: ImportOptions,
): Promise<void> {
  const { saml, name: told, notes } = await readMetadata(file);
  const there = await services.clients.serviceProvider(tenant, saml.entity_id);
  const before = (there?.metadata.saml ?? {}) as { attributes?: object[] };
  const clientId = there?.id ?? id;
  const clientName = name ?? there?.metadata.client_name ?? told;
  const client: ClientInput = {
    ...there?.metadata,
    ...(clientId !== undefined && { client_id: clientId }),
    ...(clientName !== undefined && { client_name: clientName }),
    saml: { ...before, ...saml, ...(before.attributes?.length && { attributes: before.attributes }) },
  };
  for (const note of notes) console.error(`note: ${note}`);
  if (options.print) {
    await services.clients.check(tenant, client, there);
    return print(client, stringify([client], { lineWidth: 0 }).trimEnd(), options);
  }
  speaking(services, tenant);
  const { clients } = services;
  const made = there ? await clients.change(tenant, there.id, client) : await clients.create(tenant, client);
  const shown = { client_id: made.client.id, ...made.client.metadata };
  print(shown, facts(shown), options);
}

async function readMetadata(file: string): Promise<ReadMetadata> {
  const { readSpMetadata } = await import('../../saml/metadata/sp.ts');
  try {
    return readSpMetadata(readText(file));
  } catch (error) {
    if (!isError(error, 'saml_refused')) throw error;
    throw invalidInput(`${file}: ${error.message}`);
  }
}

async function list(services: Services, id: string, options: OutputOptions): Promise<void> {
  const { samlKeys } = speaking(services, await tenantNamed(services, id));
  const keys = samlKeys.map(({ state, activeFrom, certificate }) => ({
    state,
    active_from: date(activeFrom),
    sha256: new X509Certificate(certificate).fingerprint256,
  }));
  print(keys, table(keys.map(({ state, active_from, sha256 }) => [state, active_from, sha256])), options);
}
