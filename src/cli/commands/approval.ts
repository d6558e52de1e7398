import { Command } from 'commander';
import { all, tenantNamed, userNamed } from '../lookup.ts';
import type { OutputOptions } from '../output.ts';
import { date, print, table } from '../output.ts';
import { withServices } from '../services.ts';

export function approvalCommand(): Command {
  const command = new Command('approval').description(
    'users who signed up and wait for approval: list, approve, refuse',
  );
  command
    .command('list <tenant>')
    .description('who waits')
    .option('--json', 'print JSON')
    .action((id: string, options: OutputOptions) =>
      withServices(async (services) => {
        const tenant = await tenantNamed(services, id);
        const waiting = (await all(({ after }) => services.approvals.list(tenant, after))).map((user) => ({
          sub: user.id,
          email: user.email,
          since: date(user.createdAt),
        }));
        print(waiting, table(waiting.map(({ sub, email, since }) => [sub, email, since])), options);
      }),
    );
  command
    .command('approve <tenant> <user>')
    .description('let them sign in; they are told by mail')
    .option('--json', 'print JSON')
    .action((id: string, name: string, options: OutputOptions) =>
      withServices(async (services) => {
        const tenant = await tenantNamed(services, id);
        const user = await services.approvals.approve(tenant, (await userNamed(services, tenant, name)).id);
        print({ approved: user.id }, `approved ${user.email}`, options);
      }),
    );
  command
    .command('refuse <tenant> <user>')
    .description('remove the account that waits')
    .option('--reason <text>', 'for the audit trail')
    .option('--json', 'print JSON')
    .action((id: string, name: string, { reason, ...options }: OutputOptions & { reason?: string }) =>
      withServices(async (services) => {
        const tenant = await tenantNamed(services, id);
        const user = await userNamed(services, tenant, name);
        await services.approvals.refuse(tenant, user.id, reason);
        print({ refused: user.id }, `refused ${user.email}`, options);
      }),
    );
  return command;
}
