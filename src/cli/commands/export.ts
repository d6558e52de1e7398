import { Command } from 'commander';
import { stringify } from 'yaml';
import type { Services } from '../../services.ts';
import { hideSecrets } from '../../tenants/sealed-settings.ts';
import { tenantSettings } from '../../tenants/settings.ts';
import { fieldsOf, inputOf } from '../apply/current.ts';
import type { Wanted } from '../apply/schema.ts';
import { all, tenantNamed } from '../lookup.ts';
import { type OutputOptions, print } from '../output.ts';
import { withServices } from '../services.ts';

export const exportCommand = (): Command =>
  new Command('export')
    .description('print a tenant as a file for apply, without secrets and passwords')
    .argument('<tenant>')
    .option('--json', 'print JSON')
    .action((id: string, options: OutputOptions) =>
      withServices(async (services) => {
        const file = await exported(services, id);
        print(
          file,
          `# Secrets and passwords are not exported: "(set)" keeps the one that is there.\n${stringify(file, { lineWidth: 0 }).trimEnd()}`,
          options,
        );
      }),
    );

async function exported(services: Services, id: string): Promise<Wanted> {
  const tenant = await tenantNamed(services, id);
  const { name, issuer, settings } = (await services.tenants.get(id))!;
  const clients = await all((query) => services.clients.list(tenant, query));
  const organizations = await all((query) => services.organizations.list(tenant, query));
  const users = await all((query) => services.accounts.list(tenant, query));
  return {
    tenants: [
      {
        id,
        name,
        ...(issuer && { issuer }),
        settings: hideSecrets(tenantSettings, settings),
        clients: clients.map(({ id: client_id, metadata }) => ({ client_id, ...metadata })),
        ...(organizations.length > 0 && {
          organizations: organizations.map((one) => ({ id: one.id, ...inputOf(one) })),
        }),
        users: users.map((user) => fieldsOf(user) as NonNullable<Wanted['tenants'][number]['users']>[number]),
      },
    ],
  };
}
