import { Command } from 'commander';
import { notFound } from '../../core/errors.ts';
import { tenantNamed, userNamed } from '../lookup.ts';
import { date, type OutputOptions, print, table } from '../output.ts';
import { withServices } from '../services.ts';

export function grantCommand(): Command {
  const command = new Command('grant').description('what users have allowed to clients: list, revoke');
  command
    .command('list <tenant> <user>')
    .description('what a user, by id, e-mail address or username, has allowed')
    .option('--json', 'print JSON')
    .action((id: string, name: string, options: OutputOptions) =>
      withServices(async (services) => {
        const tenant = await tenantNamed(services, id);
        const user = await userNamed(services, tenant, name);
        const grants = (await services.grants.list(tenant, user.id)).map(({ clientId, since, ...allowed }) => ({
          client_id: clientId,
          since: date(since),
          ...allowed,
        }));
        const rows = grants.map(({ client_id, since, scopes, resources }) => [
          client_id,
          since,
          [...scopes, ...Object.entries(resources).map(([api, of]) => `${api}: ${of.join(' ')}`)].join(', '),
        ]);
        print(grants, table(rows), options);
      }),
    );
  command
    .command('revoke <tenant> <user> <client>')
    .description('take it back from one client: its tokens end at once, and it has to ask the user again')
    .option('--json', 'print JSON')
    .action((id: string, name: string, clientId: string, options: OutputOptions) =>
      withServices(async (services) => {
        const tenant = await tenantNamed(services, id);
        const user = await userNamed(services, tenant, name);
        const isRevoked = await services.grants.revoke(tenant, user.id, clientId, { actor: 'cli' });
        if (!isRevoked) throw notFound(`a grant of "${name}" to the client "${clientId}"`);
        print({ revoked: clientId, sub: user.id }, `revoked what ${user.id} allowed to ${clientId}`, options);
      }),
    );
  return command;
}
