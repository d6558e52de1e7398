import { Command } from 'commander';
import type { NewUser } from '../../accounts/accounts.ts';
import type { User } from '../../accounts/record.ts';
import { randomSecret } from '../../core/ids.ts';
import type { Stored } from '../../store/records.ts';
import { fieldsOf } from '../apply/current.ts';
import { readObject } from '../document.ts';
import { readSecret } from '../input.ts';
import { all, tenantNamed, userNamed } from '../lookup.ts';
import { date, facts, type OutputOptions, print, table } from '../output.ts';
import { withServices } from '../services.ts';

type Options = OutputOptions & {
  username?: string;
  name?: string;
  verified?: boolean;
  claims?: string;
  password?: boolean;
  passwordStdin?: boolean;
};

export function userCommand(): Command {
  const command = new Command('user').description(
    'users of a tenant: create, list, show, disable, enable, sign-out, set-password, set-roles, reset-factors, remove',
  );
  command
    .command('create <tenant> <email>')
    .description('make a user')
    .option('--username <username>', 'another name to sign in with')
    .option('--name <name>', 'the full name')
    .option('--verified', 'the e-mail address is known to be theirs')
    .option('--claims <file>', 'standard claims as YAML or JSON')
    .option('--password-stdin', 'read the password from the standard input; else one is made and shown once')
    .option('--no-password', 'without password')
    .option('--json', 'print JSON')
    .action((id: string, email: string, options: Options) =>
      withServices(async (services) => {
        const tenant = await tenantNamed(services, id);
        const password = options.password === false ? undefined : await passwordFrom(options);
        const user = await services.accounts.create(tenant, inputOf(email, options, password));
        show(user, options, options.passwordStdin ? undefined : password);
      }),
    );
  command
    .command('list <tenant>')
    .description('all users of a tenant')
    .option('--json', 'print JSON')
    .action((id: string, options: OutputOptions) =>
      withServices(async (services) => {
        const tenant = await tenantNamed(services, id);
        const users = (await all((query) => services.accounts.list(tenant, query))).map((user) => shown(user));
        const rows = users.map(
          ({ sub, status, email, username, name }) => [sub, status, email, username, name] as string[],
        );
        print(users, table(rows), options);
      }),
    );
  command
    .command('set-password <tenant> <user>')
    .description('give a user, by id, e-mail address or username, another password')
    .option('--password-stdin', 'read it from the standard input; else one is made and shown once')
    .option('--json', 'print JSON')
    .action((id: string, name: string, options: Options) =>
      withServices(async (services) => {
        const tenant = await tenantNamed(services, id);
        const { id: userId } = await userNamed(services, tenant, name);
        const password = await passwordFrom(options);
        const user = await services.accounts.setPassword(tenant, userId, { password });
        show(user, options, options.passwordStdin ? undefined : password);
      }),
    );
  command
    .command('set-roles <tenant> <user> [roles...]')
    .description('replace the roles of a user; none takes all away')
    .option('--json', 'print JSON')
    .action((id: string, name: string, roles: string[], options: OutputOptions) =>
      withServices(async (services) => {
        const tenant = await tenantNamed(services, id);
        const user = await userNamed(services, tenant, name);
        show(await services.accounts.setRoles(tenant, user.id, { roles }), options);
      }),
    );
  command
    .command('reset-factors <tenant> <user>')
    .description('remove the second factors of a user who lost them, end every session, and tell the user')
    .requiredOption('--reason <text>', 'how you know who asked; for the audit trail')
    .option('--json', 'print JSON')
    .action((id: string, name: string, { reason, ...options }: OutputOptions & { reason: string }) =>
      withServices(async (services) => {
        const tenant = await tenantNamed(services, id);
        const user = await userNamed(services, tenant, name);
        const removed = await services.factorReset.resetNow(tenant, user.id, reason);
        print({ sub: user.id, removed }, `removed: ${removed.join(', ') || 'there was none'}`, options);
      }),
    );
  for (const verb of ['show', 'disable', 'enable', 'sign-out', 'remove'] as const) {
    command
      .command(`${verb} <tenant> <user>`)
      .description(VERBS[verb])
      .option('--json', 'print JSON')
      .action((id: string, name: string, options: OutputOptions) =>
        withServices(async (services) => {
          const tenant = await tenantNamed(services, id);
          const user = await userNamed(services, tenant, name);
          if (verb === 'show') return show(user, options);
          if (verb === 'disable' || verb === 'enable')
            return show(await services.accounts[verb](tenant, user.id), options);
          if (verb === 'sign-out') {
            await services.accounts.signOutEverywhere(tenant, user.id);
            return print({ signed_out: user.id }, `signed out ${user.id} everywhere`, options);
          }
          await services.accounts.remove(tenant, user.id);
          print({ removed: user.id }, `removed ${user.id}`, options);
        }),
      );
  }
  return command;
}

const VERBS = {
  show: 'show a user by id, e-mail address or username',
  disable: 'shut a user out, and end every session',
  enable: 'let a user in again',
  'sign-out': 'end every session of a user, and with it all that was issued to applications',
  remove: 'remove a user',
};

const passwordFrom = async ({ passwordStdin }: Options) =>
  passwordStdin ? readSecret('Password: ') : randomSecret(128);

function inputOf(email: string, { username, name, verified, claims }: Options, password?: string): NewUser {
  return {
    ...readObject(claims, 'claims'),
    email,
    email_verified: verified ?? false,
    ...(username !== undefined && { username }),
    ...(name !== undefined && { name }),
    ...(password !== undefined && { password }),
  };
}

/** `password` where it was made just now. */
function show(user: Stored<User>, options: OutputOptions, password?: string): void {
  const value = shown(user, password);
  const note = password === undefined ? '' : '\nTell them the password: it is not shown again.';
  print(value, facts(value) + note, options);
}

const shown = (user: Stored<User>, password?: string): Record<string, unknown> => ({
  sub: user.id,
  ...fieldsOf(user),
  ...(password !== undefined && { password }),
  has_password: user.passwordHash !== undefined,
  created: date(user.createdAt),
});
