import { Command } from 'commander';
import type { InitialToken } from '../../clients/registration/initial-token-record.ts';
import { invalidInput } from '../../core/errors.ts';
import type { Stored } from '../../store/records.ts';
import { readObject } from '../document.ts';
import { all, tenantNamed } from '../lookup.ts';
import { date, facts, type OutputOptions, print, table } from '../output.ts';
import { withServices } from '../services.ts';

type Options = OutputOptions & { uses: string; expires: string; note?: string; trusted?: boolean; policy?: string };

export function clientTokenCommand(): Command {
  const command = new Command('token').description(
    'initial access tokens, by which clients register themselves (RFC 7591): create, list, revoke',
  );
  command
    .command('create <tenant>')
    .description('make one; it is shown once')
    .option('--uses <number>', 'how many clients it can register, or "unlimited"', '1')
    .option('--expires <seconds>', 'how long it is good', String(7 * 86_400))
    .option('--note <text>', 'what it is for')
    .option('--trusted', 'the clients that it registers are treated as your own')
    .option(
      '--policy <file>',
      'over the parts of protocol.client_registration, as YAML or JSON; - for the standard input',
    )
    .option('--json', 'print JSON')
    .action((id: string, { uses, expires, note, trusted, policy, ...options }: Options) =>
      withServices(async (services) => {
        const { record, token } = await services.initialTokens.create(await tenantNamed(services, id), {
          uses: uses === 'unlimited' ? null : whole(uses, '--uses'),
          expiresIn: whole(expires, '--expires'),
          ...(note !== undefined && { note }),
          policy: { ...readObject(policy, 'a registration policy'), ...(trusted && { trusted }) },
        });
        const value = { initial_access_token: token, ...shown(record) };
        print(value, `${facts(value)}\nKeep the initial_access_token: it is not shown again.`, options);
      }),
    );
  command
    .command('list <tenant>')
    .description('all that are not over')
    .option('--json', 'print JSON')
    .action((id: string, options: OutputOptions) =>
      withServices(async (services) => {
        const tenant = await tenantNamed(services, id);
        const tokens = (await all((query) => services.initialTokens.list(tenant, query))).map(shown);
        const rows = tokens.map(({ token, left, used, expires, note }) => [
          token,
          `${left} left, ${used} used`,
          expires,
          note,
        ]);
        print(tokens, table(rows), options);
      }),
    );
  command
    .command('revoke <tenant> <token>')
    .description('end one, named as `list` names it; what it has registered stays')
    .option('--json', 'print JSON')
    .action((id: string, token: string, options: OutputOptions) =>
      withServices(async (services) => {
        await services.initialTokens.revoke(await tenantNamed(services, id), token);
        print({ revoked: token }, `revoked ${token}`, options);
      }),
    );
  return command;
}

function whole(text: string, option: string): number {
  if (!/^\d+$/.test(text)) throw invalidInput(`${option} must be a whole number, not "${text}"`);
  return Number(text);
}

const shown = ({ id, note, left, used, policy, expires }: Stored<InitialToken>) => ({
  token: id,
  left: left ?? 'unlimited',
  used,
  ...(Object.keys(policy).length > 0 && { policy }),
  expires: date(expires),
  ...(note !== undefined && { note }),
});
