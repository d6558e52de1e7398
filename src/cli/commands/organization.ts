import { Command } from 'commander';
import type { Organization, OrganizationInput } from '../../accounts/organizations/record.ts';
import { notFound } from '../../core/errors.ts';
import type { Stored } from '../../store/records.ts';
import { readObject } from '../document.ts';
import { all, tenantNamed, userNamed } from '../lookup.ts';
import { date, facts, type OutputOptions, print, table } from '../output.ts';
import { withServices } from '../services.ts';

type Options = OutputOptions & { name?: string; domain?: string[]; file?: string; role?: string[] };

export function organizationCommand(): Command {
  const command = new Command('organization').description(
    'organizations of a tenant: create, list, show, change, remove, add-member, remove-member',
  );
  const file = ['--file <file>', 'domains, policy and upstreams as YAML or JSON; - for the standard input'] as const;
  const domain = ['--domain <domain...>', 'a mail domain that is known to be theirs'] as const;
  command
    .command('create <tenant> <id>')
    .description('make an organization')
    .requiredOption('--name <name>', 'for people')
    .option(...domain)
    .option(...file)
    .option('--json', 'print JSON')
    .action((id: string, organization: string, options: Options) =>
      withServices(async (services) => {
        const tenant = await tenantNamed(services, id);
        show(await services.organizations.create(tenant, organization, inputOf(options)), options);
      }),
    );
  command
    .command('list <tenant>')
    .description('all organizations of a tenant')
    .option('--json', 'print JSON')
    .action((id: string, options: OutputOptions) =>
      withServices(async (services) => {
        const tenant = await tenantNamed(services, id);
        const found = (await all((query) => services.organizations.list(tenant, query))).map(shown);
        print(
          found,
          table(found.map(({ id, name, domains }) => [id, name, domains.map(({ name }) => name).join(' ')])),
          options,
        );
      }),
    );
  command
    .command('show <tenant> <id>')
    .description('one organization')
    .option('--json', 'print JSON')
    .action((id: string, organization: string, options: OutputOptions) =>
      withServices(async (services) => {
        const found = await services.organizations.get(await tenantNamed(services, id), organization);
        if (!found) throw notFound(`organization "${organization}"`);
        show(found, options);
      }),
    );
  command
    .command('change <tenant> <id>')
    .description('replace all of it')
    .requiredOption('--name <name>', 'for people')
    .option(...domain)
    .option(...file)
    .option('--json', 'print JSON')
    .action((id: string, organization: string, options: Options) =>
      withServices(async (services) => {
        const tenant = await tenantNamed(services, id);
        show(await services.organizations.change(tenant, organization, inputOf(options)), options);
      }),
    );
  command
    .command('remove <tenant> <id>')
    .description('remove it; its members stay users')
    .option('--json', 'print JSON')
    .action((id: string, organization: string, options: OutputOptions) =>
      withServices(async (services) => {
        await services.organizations.remove(await tenantNamed(services, id), organization);
        print({ removed: organization }, `removed ${organization}`, options);
      }),
    );
  command
    .command('add-member <tenant> <id> <user>')
    .description('make a user a member, or change what they are there')
    .option('--role <role...>', 'what they are there')
    .option('--json', 'print JSON')
    .action((id: string, organization: string, name: string, { role = [], ...options }: Options) =>
      withServices(async (services) => {
        const tenant = await tenantNamed(services, id);
        const user = await userNamed(services, tenant, name);
        const { organizations } = await services.organizations.addMember(tenant, organization, user.id, role);
        print({ sub: user.id, organizations }, `${user.email} is a member of ${organization}`, options);
      }),
    );
  command
    .command('remove-member <tenant> <id> <user>')
    .description('end a membership')
    .option('--json', 'print JSON')
    .action((id: string, organization: string, name: string, options: OutputOptions) =>
      withServices(async (services) => {
        const tenant = await tenantNamed(services, id);
        const user = await userNamed(services, tenant, name);
        const { organizations } = await services.organizations.removeMember(tenant, organization, user.id);
        print({ sub: user.id, organizations }, `${user.email} is no member of ${organization}`, options);
      }),
    );
  return command;
}

const inputOf = ({ name = '', domain, file }: Options): OrganizationInput => ({
  ...readObject(file, 'domains, policy and upstreams'),
  name,
  ...(domain && { domains: domain.map((text) => ({ name: text, verified: true })) }),
});

function show(organization: Stored<Organization>, options: OutputOptions): void {
  const value = shown(organization);
  print(value, facts(value), options);
}

const shown = ({ version, createdAt, updatedAt, ...organization }: Stored<Organization>) => ({
  ...organization,
  created: date(createdAt),
});
