import { Command } from 'commander';
import type { Invitation } from '../../accounts/registration/invitation-record.ts';
import type { Stored } from '../../store/records.ts';
import { all, tenantNamed } from '../lookup.ts';
import { date, facts, type OutputOptions, print, table } from '../output.ts';
import { withServices } from '../services.ts';

type Options = OutputOptions & { role?: string[]; organization?: string; locale?: string };

export const inviteCommand = (): Command =>
  new Command('invite')
    .description('mail an invitation; who accepts it chooses a password of their own')
    .argument('<tenant>')
    .argument('<email>')
    .option('--role <role...>', 'what they will be')
    .option('--organization <id>', 'of which they will be a member, with the roles there instead')
    .option('--locale <locale>', 'the language of the mail')
    .option('--json', 'print JSON')
    .action((id: string, email: string, { role = [], organization, locale, ...options }: Options) =>
      withServices(async (services) => {
        const tenant = await tenantNamed(services, id);
        const standing = organization ? { organizations: [{ id: organization, roles: role }] } : { roles: role };
        const given = { email, ...standing, ...(locale !== undefined && { locale }) };
        const invitation = shown(await services.invitations.invite(tenant, given));
        print(invitation, facts(invitation), options);
      }),
    );

export function invitationCommand(): Command {
  const command = new Command('invitation').description('invitations that wait: list, revoke; see also invite');
  command
    .command('list <tenant>')
    .description('all that nobody has accepted yet')
    .option('--json', 'print JSON')
    .action((id: string, options: OutputOptions) =>
      withServices(async (services) => {
        const tenant = await tenantNamed(services, id);
        const waiting = (await all((query) => services.invitations.list(tenant, query))).map(shown);
        print(waiting, table(waiting.map(({ invitation, email, expires }) => [invitation, email, expires])), options);
      }),
    );
  command
    .command('revoke <tenant> <invitation>')
    .description('make its link useless')
    .option('--json', 'print JSON')
    .action((id: string, invitation: string, options: OutputOptions) =>
      withServices(async (services) => {
        await services.invitations.revoke(await tenantNamed(services, id), invitation);
        print({ revoked: invitation }, `revoked ${invitation}`, options);
      }),
    );
  return command;
}

const shown = ({ id, email, roles, organizations, expires }: Stored<Invitation>) => ({
  invitation: id,
  email,
  roles,
  organizations,
  expires: date(expires),
});
